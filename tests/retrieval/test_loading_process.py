import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest
from office_files import lines, pdf

from chorei.core import MalformedDocumentError, ParserLimitError
from chorei.retrieval.loading import Limits, parse
from chorei.retrieval.loading.converter import Converter
from chorei.retrieval.loading.protocol import REPLY, REQUEST

PAGE = pdf(lines(("Some text on a page.", 0)))
SLOW = b"<p>a<b>" * 2_000_000
LIMITS = Limits()


def alive(pid: int) -> bool:
    """Whether the process runs (one that has ended and is not yet collected does not)."""
    try:
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=True
        ).stdout
    except subprocess.CalledProcessError:
        return False
    return not state.startswith("Z")


def soon(happened: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


def gone(pid: int, seconds: float = 10) -> bool:
    return soon(lambda: not alive(pid), seconds)


def unread(pipe: IO[bytes]) -> int:
    """Bytes that wait in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def pid_of(converter: Converter) -> int:
    process = converter._process
    assert process is not None
    return process.pid


def convert(converter: Converter, data: bytes = PAGE, media: str = "pdf", **more: float) -> str:
    limits = LIMITS.model_copy(update=more)
    return converter.convert(data, media=media, name=f"a.{media}", limits=limits).pages[0]


def test_one_child_parses_many_documents_and_ends_with_its_owner() -> None:
    with Converter() as converter:
        assert convert(converter) == "Some text on a page."
        pid = pid_of(converter)
        assert convert(converter, b"<p>page", "html") == "page"
        with pytest.raises(MalformedDocumentError):
            convert(converter, b"%PDF-nonsense")
        assert convert(converter) == "Some text on a page."
        assert pid_of(converter) == pid
    assert gone(pid)
    assert convert(converter) == "Some text on a page."
    converter.close()


def test_a_killed_child_is_replaced() -> None:
    with Converter() as converter:
        convert(converter)
        first = pid_of(converter)
        with pytest.raises(ParserLimitError):
            convert(converter, SLOW, "html", seconds=0.3)
        assert gone(first)
        assert convert(converter) == "Some text on a page."
        second = pid_of(converter)
        os.kill(second, signal.SIGKILL)
        assert gone(second)
        with pytest.raises(ParserLimitError):
            convert(converter)
        assert convert(converter) == "Some text on a page."


def test_a_child_that_left_for_want_of_work_is_not_an_error() -> None:
    with Converter() as converter:
        convert(converter)
        process = converter._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0
        process.stdin = open(os.devnull, "wb")  # noqa: PTH123, SIM115
        assert convert(converter) == "Some text on a page."


def test_threads_share_the_child() -> None:
    with Converter() as converter, ThreadPoolExecutor(4) as pool:
        pages = [f"<p>page {number}</p>".encode() for number in range(40)]
        found = list(pool.map(lambda page: convert(converter, page, "html"), pages))
    assert found == [f"page {number}" for number in range(40)]


def test_a_document_interrupted_by_the_user_leaves_no_reply_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Converter() as converter:
        convert(converter)
        pid = pid_of(converter)
        asked = converter._ask

        def interrupted(*_: object) -> bytes:
            raise KeyboardInterrupt

        monkeypatch.setattr(converter, "_ask", interrupted)
        with pytest.raises(KeyboardInterrupt):
            convert(converter)
        monkeypatch.setattr(converter, "_ask", asked)
        assert gone(pid)
        assert convert(converter) == "Some text on a page."


OWNER = """
import sys, threading, time
from chorei.retrieval.loading import Limits, parse
from chorei.retrieval.loading.converter import shared
if sys.argv[1] == "busy":
    work = lambda: parse(b"<p>a<b>" * 2_000_000, media="html", name="a", limits=Limits(seconds=60))
    threading.Thread(target=work, daemon=True).start()
    time.sleep(1.0)
else:
    parse(b"<p>a", media="html", name="a")
print(shared._process.pid, flush=True)
if sys.argv[1] != "leaving":
    time.sleep(60)
"""


@pytest.mark.parametrize("state", ["busy", "idle", "leaving"])
def test_the_child_dies_with_its_parent(state: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, state], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        if state == "leaving":
            assert owner.wait(20) == 0
        else:
            assert alive(pid)
            owner.kill()
        assert gone(pid, 3)


def test_a_request_that_comes_during_an_answer_does_not_end_the_child() -> None:
    with Converter() as converter:
        child = converter._started()
        assert child.stdin is not None
        assert child.stdout is not None
        head = json.dumps(Limits().model_dump() | {"media": "html"}).encode()
        # Both replies fit into the pipe.
        bodies = b"<p>a<b>" * 8_000, b"<p>second"

        def send(body: bytes) -> None:
            child.stdin.write(REQUEST.pack(len(head), len(body)) + head + body)
            child.stdin.flush()

        def reply() -> bytes:
            (length,) = REPLY.unpack(child.stdout.read(REPLY.size))
            return child.stdout.read(length)

        alone = []
        for body in bodies:
            send(body)
            alone.append(reply())
        for body in bodies:
            send(body)
            time.sleep(0.1)
        # A reply that is read during the next answer would look like the parent's end.
        expected = sum(REPLY.size + len(one) for one in alone)
        assert soon(lambda: unread(child.stdout) == expected)
        assert [reply() for _ in bodies] == alone
        assert json.loads(alone[0]).get("reason") is None


def test_a_forked_process_uses_a_child_of_its_own() -> None:
    parse(b"<p>parent", media="html", name="a")
    forked = os.fork()
    if forked == 0:
        same = parse(b"<p>forked", media="html", name="a").text == "forked"
        from chorei.retrieval.loading.converter import shared

        shared.close()
        os._exit(0 if same else 1)
    assert os.waitpid(forked, 0)[1] == 0
    assert parse(b"<p>parent", media="html", name="a").text == "parent"


def test_the_child_knows_no_secrets_and_no_heavy_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "x")
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    with Converter() as converter:
        convert(converter)
        folder = Path(f"/proc/{pid_of(converter)}")
        assert b"SECRET" not in (folder / "environ").read_bytes()
        mapped = (folder / "maps").read_text()
    assert "pypdfium2" in mapped
    assert not any(name in mapped for name in ("chromadb", "pydantic_core", "numpy", "openpyxl"))


def test_the_child_cannot_write_files(tmp_path: Path) -> None:
    with Converter() as converter:
        convert(converter)
        limits = Path(f"/proc/{pid_of(converter)}/limits")
        if not limits.exists():
            pytest.skip("needs /proc")
        table = limits.read_text()
    for name in ("Max file size", "Max core file size"):
        row = next(line for line in table.splitlines() if line.startswith(name))
        assert row.split(name)[1].split()[0] == "0"


def test_time_is_measured_for_each_document_alone() -> None:
    with Converter() as converter:
        convert(converter, seconds=3)
        first = cpu_limit(pid_of(converter))
        convert(converter, b"<p>a</p>" * 60_000, "html", seconds=60)
        convert(converter, seconds=3)
        assert cpu_limit(pid_of(converter)) > first


def cpu_limit(pid: int) -> int:
    """Seconds of processor time after which the kernel ends the process."""
    limits = Path(f"/proc/{pid}/limits")
    if not limits.exists():
        pytest.skip("needs /proc")
    row = next(line for line in limits.read_text().splitlines() if "cpu time" in line)
    return int(row.split("cpu time")[1].split()[0])
