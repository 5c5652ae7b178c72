"""The catalogue: the one file that holds the truth about a library."""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from chorei.core import LibraryError
from chorei.retrieval.catalogue_reading import Reader
from chorei.retrieval.catalogue_schema import connect, prepare, translated
from chorei.retrieval.catalogue_writing import Writer

_IDLE = 8


class Catalogue:
    """A SQLite file in WAL mode: readers see a snapshot and never wait for the writer.

    Thread-safe: each reading borrows a connection of its own, writings of one process queue.

    Args:
        path: The file.
        create: Make it if it is not there.

    Raises:
        LibraryError: It is not there, or its folder cannot be written to.
        LibraryCorruptError: It cannot be read.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        if not create and not path.exists():
            raise LibraryError(
                f"There is no library in {path.parent}.",
                hint="Add documents first: chorei add FOLDER",
            )
        self.path = path
        self._idle: deque[sqlite3.Connection] = deque(maxlen=_IDLE)
        self._turn = RLock()
        self._closed = False
        with translated(path):
            self._connection = connect(path, writing=True)
            try:
                prepare(self._connection, path)
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One consistent view of the catalogue, as of now."""
        self._check_open()
        with translated(self.path):
            connection = self._borrow()
            try:
                connection.execute("BEGIN")
                yield Reader(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if len(self._idle) < _IDLE and not self._closed:
                    self._idle.append(connection)
                else:
                    connection.close()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction: all of it is stored when the block is left, or nothing."""
        with self._turn, translated(self.path):
            self._check_open()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Writer(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._turn:
            self._closed = True
            self._connection.close()
        while self._idle:
            self._idle.pop().close()

    def _check_open(self) -> None:
        if self._closed:
            raise LibraryError("The library is closed.", hint="Open it again: Library(directory)")

    def _borrow(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return connect(self.path)
