"""Locks between processes, released by the system when a process dies."""

import os
import shlex
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from chorei.core import LibraryError, LibraryLockedError

if sys.platform == "win32":
    import msvcrt

    def _try(file: IO[bytes], *, shared: bool) -> None:  # noqa: ARG001
        # Windows has no shared byte locks in the standard library, so readers queue there. The
        # byte lies behind the contents because Windows forbids reading what is locked.
        file.seek(2**30)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try(file: IO[bytes], *, shared: bool) -> None:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file, kind | fcntl.LOCK_NB)


_POLL = 0.01


@contextmanager
def file_lock(path: Path, *, shared: bool = False, wait: float) -> Iterator[IO[bytes]]:
    """Hold an advisory lock on a file, made if need be.

    Each call opens the file anew, so threads of one process exclude each other too.

    Args:
        path: The file.
        shared: Allow other shared holders.
        wait: Seconds to wait for the lock.

    Raises:
        TimeoutError: Somebody else held it for that long.
    """
    deadline = time.monotonic() + wait
    with path.open("a+b") as file:
        while True:
            try:
                _try(file, shared=shared)
                break
            except OSError:
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"{path} is locked.") from None
                time.sleep(_POLL)
        yield file


class _Queue:
    """The threads of this process that want to write to one library, and how often one holds it."""

    def __init__(self) -> None:
        self.turn = threading.RLock()
        self.depth = 0


class WriteLock:
    """The right to write to one library: one process at a time, its threads one after another.

    Args:
        path: The lock file; it names the holder for people.
        wait: Seconds after which another process's hold is an error.
    """

    _queues: dict[Path, _Queue] = {}  # noqa: RUF012 - shared on purpose
    _registry = threading.Lock()

    def __init__(self, path: Path, *, wait: float = 0.5) -> None:
        self._path = path
        self._wait = wait
        with self._registry:
            self._queue = self._queues.setdefault(path.resolve(), _Queue())

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock; may be nested in one thread.

        Raises:
            LibraryLockedError: Another process holds it.
            LibraryError: The folder cannot be written to.
        """
        with self._queue.turn, ExitStack() as stack:
            if not self._queue.depth:
                try:
                    file = stack.enter_context(file_lock(self._path, wait=self._wait))
                except TimeoutError:
                    raise LibraryLockedError(
                        f"Another process is writing to the library{self._holder()}.",
                        hint="Try again when it has finished; searching works meanwhile.",
                    ) from None
                except OSError as error:
                    raise LibraryError(
                        f"The library cannot be written to: {error}.",
                        hint="Check the permissions of its folder.",
                    ) from error
                _sign(file)
                stack.callback(file.truncate, 0)
            self._queue.depth += 1
            try:
                yield
            finally:
                self._queue.depth -= 1

    def _holder(self) -> str:
        with suppress(OSError, ValueError):
            process, command = self._path.read_text(encoding="utf-8").split("\n", 1)
            return f" (process {int(process)}: {command.strip()})"
        return ""


def _sign(file: IO[bytes]) -> None:
    command = shlex.join([Path(sys.argv[0] or sys.executable).name, *sys.argv[1:]])[:200]
    file.truncate(0)
    file.write(f"{os.getpid()}\n{command}\n".encode(errors="replace"))
    file.flush()
