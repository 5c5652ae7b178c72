"""The life of the worker processes: threads, deaths, leaks, the death of the parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chorei.core import SandboxError
from chorei.tools.sandbox import Limits, Sandbox, process


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= {int(child), *_descendants(int(child))}
    return found


def _open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _gone(pids: set[int], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(_alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_thousand_calls_from_eight_threads_leak_nothing() -> None:
    before = _descendants(os.getpid())
    descriptors = _open_descriptors()
    with Sandbox() as sandbox, ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda n: sandbox.run(f"{n} * {n}").value, range(1000)))
        assert results == [n * n for n in range(1000)]
        assert len(sandbox._pool._idle) <= 3
    assert _descendants(os.getpid()) <= before
    assert _open_descriptors() == descriptors


def test_stopped_programs_leak_nothing() -> None:
    before = _descendants(os.getpid())
    descriptors = _open_descriptors()
    with Sandbox(limits=Limits(seconds=0.05)) as sandbox, ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: sandbox.run("while True: pass").ok, range(12)))
        assert not any(results)
        assert sandbox.run("6 * 7").value == 42
    assert _gone(_descendants(os.getpid()) - before)
    assert _open_descriptors() == descriptors


def test_workers_outlive_the_thread_that_first_asked() -> None:
    with Sandbox() as sandbox:
        thread = threading.Thread(target=sandbox.run, args=("1",))
        thread.start()
        thread.join()
        pids = {worker.pid for worker in sandbox._pool._idle}
        assert sandbox.run("6 * 7").value == 42
        assert all(_alive(pid) for pid in pids)


def test_a_worker_that_is_killed_is_replaced() -> None:
    with Sandbox() as sandbox:
        sandbox.run("1")
        for worker in list(sandbox._pool._idle):
            os.killpg(worker.pid, signal.SIGKILL)
        outcomes = [sandbox.run("6 * 7") for _ in range(4)]
        assert outcomes[-1].value == 42
        assert all(o.ok or "brought its process down" in str(o.error) for o in outcomes)


def test_a_worker_that_hangs_is_killed_by_the_parent() -> None:
    with Sandbox(limits=Limits(seconds=0.3)) as sandbox:
        sandbox.run("1")
        for worker in list(sandbox._pool._idle):
            os.kill(worker.pid, signal.SIGSTOP)
        result = sandbox.run("6 * 7")
        assert "TimeoutError" in str(result.error)


def test_a_hanging_worker_takes_its_interpreter_with_it() -> None:
    stuck = "x = []\nfor i in range(60): x = [x, x]\nprint(x)"
    before = _descendants(os.getpid())
    with Sandbox(limits=Limits(seconds=0.6)) as sandbox, ThreadPoolExecutor(1) as threads:
        sandbox.run("1")
        # The spare worker must have started, or it counts as one of the busy ones.
        until = time.monotonic() + process.START
        while len(sandbox._pool._idle) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        running = threads.submit(sandbox.run, stuck)
        time.sleep(0.3)
        idle = {worker.pid for worker in sandbox._pool._idle}
        idle = idle.union(*(_descendants(pid) for pid in idle))
        busy = _descendants(os.getpid()) - before - idle
        for pid in busy:
            if os.getpgid(pid) == pid:
                os.kill(pid, signal.SIGSTOP)
        assert "TimeoutError" in str(running.result().error)
        assert len(busy) >= 2
        assert _gone(busy)


def test_everything_dies_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "from chorei.tools.sandbox import Limits, Sandbox\n"
        "with Sandbox(limits=Limits(seconds=60)) as sandbox:\n"
        "    sandbox.run('1')\n"
        "    print('ready', flush=True)\n"
        "    sandbox.run('while True: pass')\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    time.sleep(0.3)
    pids = _descendants(parent.pid)
    assert len(pids) >= 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert _gone(pids)


def test_a_sandbox_that_is_dropped_stops_its_workers() -> None:
    before = _descendants(os.getpid())
    sandbox = Sandbox()
    sandbox.run("1")
    del sandbox
    assert _gone(_descendants(os.getpid()) - before)


def test_a_forked_child_is_told_to_open_its_own() -> None:
    with Sandbox() as sandbox:
        sandbox.run("1")
        sandbox._pool._process += 1
        with pytest.raises(SandboxError, match="another process"):
            sandbox.run("1")
        sandbox._pool._process -= 1


def test_closing_lets_running_programs_finish() -> None:
    sandbox = Sandbox(limits=Limits(seconds=0.5))
    sandbox.run("1")
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(sandbox.run, "while True: pass")
        time.sleep(0.1)
        sandbox.close()
        assert "TimeoutError" in str(running.result().error)


def test_a_worker_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WORKER", Path("nowhere.py"))
    with Sandbox() as sandbox:
        with pytest.raises(SandboxError, match="did not start"):
            sandbox.run("1")
        monkeypatch.undo()
        assert sandbox.run("6 * 7").value == 42


def test_a_missing_interpreter_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.importlib.util, "find_spec", lambda name: None)
    with Sandbox() as sandbox, pytest.raises(SandboxError, match="pip install"):
        sandbox.run("1")
