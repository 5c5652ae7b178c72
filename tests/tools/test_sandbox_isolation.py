"""One hostile test for each property that docs/sandbox.md claims of the Monty engine."""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chorei.tools.sandbox import Limits, Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits(seconds=1), bubblewrap=False) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _still_right_afterwards(sandbox: Sandbox) -> Iterator[None]:
    yield
    assert sandbox.run("6 * 7").value == 42


def _workers(sandbox: Sandbox) -> list[int]:
    return [worker.pid for worker in sandbox._pool._idle]


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


@pytest.mark.parametrize(
    "attempt",
    [
        "open({path!r}).read()",
        "from pathlib import Path\nPath({path!r}).read_text()",
        "import os\nos.open({path!r}, 0)",
        "().__class__.__base__.__subclasses__()",
        "eval('open({path!r}).read()')",
    ],
)
def test_files_cannot_be_read(sandbox: Sandbox, tmp_path: Path, attempt: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the canary")
    result = sandbox.run(attempt.replace("{path!r}", repr(str(secret)).replace("'", '"')))
    assert not result.ok
    assert "the canary" not in f"{result.output}{result.error}"


@pytest.mark.parametrize(
    "attempt",
    [
        "open({path!r}, 'w').write('x')",
        "from pathlib import Path\nPath({path!r}).write_text('x')",
        "import os\nos.mkdir({path!r})",
        "import os\nos.system('touch {path}')",
    ],
)
def test_files_cannot_be_written(sandbox: Sandbox, tmp_path: Path, attempt: str) -> None:
    target = tmp_path / "written"
    sandbox.run(attempt.replace("{path!r}", repr(str(target))).replace("{path}", str(target)))
    assert not target.exists()


def test_the_environment_is_empty(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREI_CANARY", "the canary")
    with Sandbox(bubblewrap=False) as fresh:
        result = fresh.run("import os\nprint(os.environ, os.getenv('CHOREI_CANARY'))")
        assert "the canary" not in f"{result.output}{result.error}"
        for worker in _workers(fresh):
            for pid in _family(worker):
                environment = Path(f"/proc/{pid}/environ").read_bytes()
                assert b"CHOREI" not in environment
                assert b"HOME" not in environment


def test_the_network_cannot_be_reached(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        result = sandbox.run(f"import socket\nsocket.create_connection(('127.0.0.1', {port}))")
        assert not result.ok
        with pytest.raises(TimeoutError):
            server.accept()


def test_the_workers_hold_no_descriptor_of_the_parent(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as held, Sandbox(bubblewrap=False) as fresh:
        os.set_inheritable(held.fileno(), True)
        fresh.run("1")
        for worker in _workers(fresh):
            for pid in _family(worker):
                targets = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
                allowed = ("socket:", "pipe:", "anon_inode:", os.devnull)
                assert all(target.startswith(allowed) for target in targets), targets


def test_a_worker_has_a_session_and_a_process_group_of_its_own(sandbox: Sandbox) -> None:
    sandbox.run("1")
    (worker, *_) = _workers(sandbox)
    assert os.getsid(worker) == os.getpgid(worker) == worker != os.getsid(0)
    assert {os.getpgid(pid) for pid in _family(worker)} == {worker}


def test_a_worker_has_hard_limits(sandbox: Sandbox) -> None:
    sandbox.run("1")
    for pid in _family(_workers(sandbox)[0]):
        limits = Path(f"/proc/{pid}/limits").read_text()
        rows = {row[:25].strip(): row[25:].split() for row in limits.splitlines()}
        assert rows["Max file size"][:2] == ["0", "0"]
        assert rows["Max core file size"][:2] == ["0", "0"]
        assert rows["Max open files"][:2] == ["64", "64"]
        assert rows["Max address space"][1] != "unlimited"


@pytest.mark.parametrize(
    "attempt",
    [
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import time\ntime.sleep(100)",
        "sum(range(10 ** 18))",
        "import math\nmath.comb(10 ** 9, 10 ** 6)",
        "x = []\nfor i in range(60): x = [x, x]\nprint(x)",
    ],
)
def test_time_is_limited(sandbox: Sandbox, attempt: str) -> None:
    result = sandbox.run(attempt, limits=Limits(seconds=0.3))
    assert not result.ok
    assert result.seconds < 1.5


@pytest.mark.parametrize(
    "attempt",
    [
        "'a' * 10 ** 10",
        "[0] * 10 ** 10",
        "1 << 10 ** 11",
        "import math\nmath.factorial(10 ** 8)",
        "d = {}\ni = 0\nwhile True:\n    d[i] = 'x' * 1000\n    i += 1",
    ],
)
def test_memory_is_limited(sandbox: Sandbox, attempt: str) -> None:
    result = sandbox.run(attempt, limits=Limits(memory_mb=32))
    assert not result.ok


def test_a_value_that_unfolds_without_end_is_refused(sandbox: Sandbox) -> None:
    assert not sandbox.run("x = []\nfor i in range(60): x = [x, x]\nx").ok


@pytest.mark.parametrize(
    "attempt",
    ["def f(): return f()\nf()", "(" * 5000, "-" * 50_000 + "1", "[" * 900 + "]" * 900],
)
def test_depth_is_limited(sandbox: Sandbox, attempt: str) -> None:
    assert not sandbox.run(attempt).ok


def test_output_is_limited(sandbox: Sandbox) -> None:
    result = sandbox.run("while True: print('spam' * 1000)", limits=Limits(output_bytes=1000))
    assert result.truncated
    assert len(result.output) == 1000


def test_nothing_is_carried_to_the_next_call(sandbox: Sandbox) -> None:
    sandbox.run("LEAK = 'canary'\nimport math\nmath.pi = 3\nround = None")
    for _ in range(4):
        assert "NameError" in str(sandbox.run("LEAK").error)
        assert sandbox.run("import math\nround(math.pi, 2)").value == 3.14


def test_a_result_cannot_be_forged_by_printing(sandbox: Sandbox) -> None:
    result = sandbox.run("print('{\"value\": 42, \"error\": null}')\nraise ValueError('real')")
    assert "ValueError: real" in str(result.error)
    assert result.value is None


def test_every_test_that_the_document_names_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    document = (root / "docs" / "sandbox.md").read_text(encoding="utf-8")
    tests = "".join(p.read_text() for p in Path(__file__).parent.glob("test_sandbox*.py"))
    named = set(re.findall(r"`(test_\w+)`", document))
    assert len(named) > 15
    for name in named:
        assert f"def {name}(" in tests, name
