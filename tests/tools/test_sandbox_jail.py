"""CPython in bubblewrap: what it recovers, and one hostile test for each property claimed."""

import os
import socket
from pathlib import Path

import pytest

from chorei.tools.sandbox import Limits, Sandbox
from chorei.tools.sandbox.bubblewrap import Bubblewrap
from chorei.tools.sandbox.result import ProgramResult
from chorei.tools.sandbox.seccomp import seccomp_filter

pytestmark = pytest.mark.skipif(
    Bubblewrap.find() is None, reason="bwrap is absent or does not work"
)


def jailed(
    program: str, *, entry: str | None = None, limits: Limits | None = None
) -> ProgramResult:
    jail = Bubblewrap.find()
    assert jail is not None
    return jail.execute(program, entry=entry, limits=limits or Limits())


@pytest.mark.parametrize(
    ("program", "entry", "value"),
    [
        ("def f():\n    yield 3\n    yield 4\nans = sum(f())", "ans", 7),
        ("class A: x = 2\nclass B(A): pass\nans = B().x", "ans", 2),
        ("import statistics\nans = statistics.mean([1, 2, 6])", "ans", 3),
        ("from fractions import Fraction\nans = Fraction(1, 3) + Fraction(1, 6)", "ans", "1/2"),
        ("import numpy as np\nans = np.array([1.5, 2.5]).sum()", "ans", 4.0),
        ("import numpy as np\nans = np.arange(3)", "ans", [0, 1, 2]),
        ("import heapq\nheapq.nsmallest(2, [3, 1, 2])", None, [1, 2]),
    ],
)
def test_what_monty_lacks_is_recovered(program: str, entry: str | None, value: object) -> None:
    with Sandbox(limits=Limits(seconds=5)) as sandbox:
        result = sandbox.run(program, entry=entry)
        assert result.error is None
        assert (result.value, result.engine) == (value, "bubblewrap")


@pytest.mark.parametrize(
    "program",
    [
        "import os\nos.listdir('/')",
        "import subprocess\nsubprocess.run(['ls'])",
        "import statistics, socket\nsocket.socket(), statistics.mean([1])",
        "import statistics\nopen('x')",
        "import statistics\nstatistics.__loader__",
    ],
)
def test_programs_that_want_more_than_to_compute_do_not_get_there(program: str) -> None:
    with Sandbox() as sandbox:
        result = sandbox.run(program)
        assert not result.ok
        assert result.engine == "monty"


def test_a_traceback_holds_the_program_only() -> None:
    error = str(jailed("x = 1\ny = x / 0").error)
    assert 'File "<program>", line 2' in error
    assert "y = x / 0" in error
    assert "jailed.py" not in error


def test_files_of_the_machine_are_not_there(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the canary")
    for path in (secret, Path.home(), Path("/etc/passwd"), Path("/proc/self"), Path("/sys")):
        assert jailed(f"import os\nos.path.exists({str(path)!r})").value is False


def test_the_system_is_read_only() -> None:
    for path in ("/usr/lib/x", "/sandbox/x", "/x", "/packages/x"):
        assert "Error" in str(jailed(f"open({path!r}, 'w')").error)


def test_the_temporary_folder_is_small_and_goes_with_the_call() -> None:
    assert jailed("open('/tmp/left', 'w').write('x')").value == 1
    assert jailed("import os\nos.listdir('/tmp')").value == []
    assert "OSError" in str(jailed("open('/tmp/x', 'w').write('x' * 10 ** 7)").error)


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREI_CANARY", "the canary")
    assert "canary" not in jailed("import os\nstr(os.environ)").shown


def test_there_is_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        result = jailed(f"import socket\nsocket.create_connection(('127.0.0.1', {port}))")
        assert not result.ok
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.skipif(seccomp_filter() is None, reason="no filter for this processor")
@pytest.mark.parametrize(
    "attempt",
    [
        "import os\nos.fork()",
        "import subprocess\nsubprocess.run(['true'])",
        "import socket\nsocket.socket()",
        "import socket\nsocket.socket(socket.AF_VSOCK)",
        "import os\nos.execv('/usr/bin/env', ['env'])",
    ],
)
def test_no_process_and_no_socket_can_be_made(attempt: str) -> None:
    assert "Error" in str(jailed(attempt).error)


def test_the_program_is_nobody_without_capabilities() -> None:
    program = "import os\nos.getuid(), os.getgid(), os.getpid() < 10"
    assert jailed(program).value == [65534, 65534, True]
    assert "OSError" in str(jailed("import os\nos.setuid(0)").error)
    assert "PermissionError" in str(jailed("import os\nos.chroot('/tmp')").error)


def test_signals_do_not_reach_the_parent() -> None:
    assert not jailed(f"import os\nos.kill({os.getpid()}, 10)").ok


@pytest.mark.parametrize(
    "attempt",
    [
        "while True: pass",
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ],
)
def test_time_is_limited(attempt: str) -> None:
    result = jailed(attempt, limits=Limits(seconds=0.5))
    assert "TimeoutError" in str(result.error)
    assert result.seconds < 3


def test_memory_is_limited() -> None:
    assert "MemoryError" in str(jailed("bytearray(2 * 10 ** 9)").error)


def test_output_is_limited() -> None:
    result = jailed("print('x' * 10 ** 6)\nans = 1", entry="ans")
    assert (result.value, len(result.output), result.truncated) == (1, 65_536, True)


@pytest.mark.parametrize(
    "attempt",
    [
        "import os\nos._exit(0)",
        "import ctypes\nctypes.string_at(0)",
        "import os\nfor f in range(3, 60):\n try: os.write(f, b'garbage!')\n except OSError: pass",
        "import sys\nsys.setrecursionlimit(10 ** 9)\nf = lambda: f()\nf()",
        "raise SystemExit(3)",
        "10 ** 5000",
    ],
)
def test_a_program_that_breaks_its_process_is_a_failed_program(attempt: str) -> None:
    result = jailed(attempt)
    assert result.error


def test_a_forged_reply_is_held_to_its_form() -> None:
    forged = "import json, struct, os\ndata = json.dumps({reply}).encode()\n"
    forged += "for f in range(3, 20):\n"
    forged += "    try: os.write(f, struct.pack('>I', len(data)) + data)\n"
    forged += "    except OSError: pass\n"
    for reply in ("{'value': {'dict': 5}}", "[1]", "{'value': 1}", "{'error': 5}"):
        assert "brought its process down" in str(jailed(forged.replace("{reply}", reply)).error)


def test_the_filter_is_known_for_common_processors_only() -> None:
    for machine in ("x86_64", "aarch64"):
        code = seccomp_filter(machine)
        assert code is not None
        assert len(code) % 8 == 0
    assert seccomp_filter("m68k") is None
