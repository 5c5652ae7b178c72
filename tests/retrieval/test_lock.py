import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chorei.core import LibraryLockedError
from chorei.retrieval.lock import WriteLock, file_lock

HOLD = """
import sys, time
from pathlib import Path
from chorei.retrieval.lock import WriteLock
with WriteLock(Path(sys.argv[1])).hold():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "write.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"held\n"
    with process:
        yield process
        process.kill()


def test_another_process_is_refused_soon_and_told_who_holds(tmp_path, holder):
    began = time.monotonic()
    refused = pytest.raises(LibraryLockedError, match=rf"process {holder.pid}: ")
    with refused, WriteLock(tmp_path / "write.lock").hold():
        pass
    assert time.monotonic() - began < 5


def test_a_killed_holder_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    with WriteLock(tmp_path / "write.lock").hold():
        pass


def test_threads_queue(tmp_path):
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with WriteLock(tmp_path / "write.lock").hold():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.05)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 15


def test_nesting_in_one_thread(tmp_path):
    lock = WriteLock(tmp_path / "write.lock")
    with lock.hold(), lock.hold():
        pass
    with lock.hold():
        pass


def test_nesting_through_another_object(tmp_path):
    first, second = WriteLock(tmp_path / "write.lock"), WriteLock(tmp_path / "write.lock")
    with first.hold(), second.hold():
        pass


def test_an_error_inside_is_passed_on_and_releases(tmp_path):
    lock = WriteLock(tmp_path / "write.lock")
    with pytest.raises(TimeoutError), lock.hold():
        raise TimeoutError
    with lock.hold():
        pass


def test_readers_share_and_exclude_a_writer(tmp_path):
    path = tmp_path / "index.lock"

    def refused(*, shared: bool) -> bool:
        try:
            with file_lock(path, shared=shared, wait=0.02):
                return False
        except TimeoutError:
            return True

    with file_lock(path, shared=True, wait=0):
        assert not refused(shared=True)
        assert refused(shared=False)
    with file_lock(path, wait=0):
        assert refused(shared=True)
        assert refused(shared=False)
