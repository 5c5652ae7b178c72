"""A lock between processes that the system releases when its holder dies."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from chorei.core import RegistryError

if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[bytes]) -> None:
        """Take the lock or raise OSError."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def try_lock(file: IO[bytes]) -> None:
        """Take the lock or raise OSError."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def file_lock(path: Path, *, wait: float = 10.0) -> Iterator[None]:
    """Hold the lock of a file.

    Raises:
        RegistryError: Another process held it for ``wait`` seconds.
    """
    deadline = time.monotonic() + wait
    with path.open("a+b") as file:
        while True:
            try:
                try_lock(file)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise RegistryError(
                        "Another process is changing the registry.", hint="Try again."
                    ) from None
                time.sleep(0.02)
        yield
