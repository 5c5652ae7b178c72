"""The vector index: follows the catalogue, and is thrown away whenever in doubt.

Chroma cannot be the record: killed while it writes, it may be unusable for good, and opening what
is left can end the process. So each write is announced in the catalogue first (``dirty``); what is
found dirty, missing or unknown is deleted unopened and filled again from the catalogue. The index
is cut into shards: only the one that was being written is lost, and filling takes memory for one.
"""

import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from chorei.core import IndexUnavailableError
from chorei.retrieval import shards as table
from chorei.retrieval.catalogue import Catalogue
from chorei.retrieval.catalogue_writing import Writer
from chorei.retrieval.chroma import Chroma, EmbeddedChroma, ServerChroma, Vectors
from chorei.retrieval.lock import file_lock
from chorei.retrieval.shards import Shard

SHARD = 100_000
"""Vectors in one shard."""

CHUNK = 2_000
"""Vectors written at a time; readers do without the index meanwhile."""

_STALE = 0.25
"""Share of a shard that may be vectors of removed passages before it is filled anew."""

# After Chroma failed, searches do without it for so many seconds instead of waiting each time.
_REST = 5.0

_AHEAD = 4
_READ_WAIT, _OPEN_WAIT, _WRITE_WAIT = 0.05, 0.3, 10.0


class Nearest(NamedTuple):
    """What the index answers.

    Attributes:
        found: Keys of passages (perhaps gone since) and similarities, best first.
        uncovered: Ranges of keys, (above, up to or None), that the index does not hold.
        exhausted: Fewer vectors than asked for were there to be found.
    """

    found: list[tuple[int, float]]
    uncovered: list[tuple[int, int | None]]
    exhausted: bool


_NOTHING = Nearest([], [(0, None)], exhausted=True)


class VectorIndex:
    """The vectors of one library in Chroma.

    Args:
        directory: The library's folder.
        catalogue: Its catalogue.
        url: A Chroma server; empty for Chroma in this process.
        threads: Threads it may use.
    """

    def __init__(self, directory: Path, catalogue: Catalogue, *, url: str, threads: int) -> None:
        self._lock = directory / "index.lock"
        self._catalogue = catalogue
        self._chroma: Chroma = (
            ServerChroma(url, threads)
            if url
            else EmbeddedChroma.acquire(directory / "chroma", threads)
        )
        self._ahead = ThreadPoolExecutor(_AHEAD, thread_name_prefix="chorei-nearest")
        self._resting = 0.0
        self._used = False
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def first_use(self) -> bool:
        """Whether this is asked for the first time."""
        first, self._used = not self._used, True
        return first

    def nearest(self, vector: Vectors, limit: int) -> Nearest:
        """The passages nearest to a unit vector; never waits long, never raises.

        Without an answer (another process writes, the server is down), everything is uncovered.
        """
        if time.monotonic() < self._resting:
            return _NOTHING
        try:
            with file_lock(self._lock, shared=True, wait=_READ_WAIT):
                usable, uncovered = self._usable()
                if all(self._chroma.is_open(s.token, s.generation) for s in usable):
                    return self._query(usable, uncovered, vector, limit)
            # Opening writes to Chroma's files, so it must be alone.
            with file_lock(self._lock, wait=_OPEN_WAIT):
                usable, uncovered = self._usable()
                self._chroma.keep({shard.token for shard in usable})
                for shard in usable:
                    self._chroma.open(shard.token, shard.generation)
                return self._query(usable, uncovered, vector, limit)
        except TimeoutError:
            return _NOTHING
        except IndexUnavailableError:
            self._resting = time.monotonic() + _REST
            return _NOTHING

    def nearest_ahead(self, vector: Vectors, limit: int) -> Future[Nearest]:
        """As :meth:`nearest`, begun in another thread."""
        return self._ahead.submit(self.nearest, vector, limit)

    def behind(self) -> bool:
        """Whether so much is missing that it is worth writing now."""
        with self._catalogue.reading() as view:
            shards = table.shards(view.connection)
            last = shards[-1].last if shards else 0
            return view.count_between(last, None, most=CHUNK) >= CHUNK

    def follow(self) -> bool:
        """Write to the index what the catalogue has and the index lacks.

        Returns:
            True if it is complete; False if it was stopped, or another process is at it.

        Raises:
            IndexUnavailableError: Chroma does not work.
        """
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        try:
            while not self._stop.is_set():
                with file_lock(self._lock, wait=_WRITE_WAIT):
                    if not self._step():
                        return True
        except TimeoutError:
            return False
        return False

    def follow_in_background(self) -> None:
        """Start :meth:`follow` in a thread unless it is running; what it meets stays silent."""
        with self._starting:
            if self._stop.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            thread = threading.Thread(target=self._quietly, name="chorei-index", daemon=True)
            thread.start()
            self._thread = thread

    def discard(self, also: Callable[[Writer], None] = lambda _: None) -> None:
        """Forget the whole index.

        Args:
            also: What else changes in the same transaction.

        Raises:
            IndexUnavailableError: Chroma is in use elsewhere, or its server does not answer.
        """
        try:
            with file_lock(self._lock, wait=_WRITE_WAIT):
                with self._catalogue.writing() as writer:
                    also(writer)
                    tokens = [shard.token for shard in table.shards(writer.connection)]
                    for token in tokens:
                        table.forget(writer.connection, token)
                for token in tokens:
                    self._chroma.drop(token)
        except TimeoutError:
            raise IndexUnavailableError(
                "Another process is using the vector index.", hint="Try again in a moment."
            ) from None

    def held(self) -> int:
        """Passages of the catalogue that the index holds."""
        with self._catalogue.reading() as view:
            return sum(
                view.count_between(shard.first, shard.last)
                for shard in table.shards(view.connection)
                if not shard.dirty
            )

    def problems(self) -> list[str]:
        """What is wrong with the index compared to the catalogue."""
        try:
            with file_lock(self._lock, wait=_WRITE_WAIT):
                usable, uncovered = self._usable()
                with self._catalogue.reading() as view:
                    behind = sum(view.count_between(*between) for between in uncovered)
                lost = sum(self._lost(shard) for shard in usable)
        except TimeoutError:
            return ["The vector index is being written by another process; it was not checked."]
        except IndexUnavailableError as error:
            return [str(error)]
        counts = ((behind, "not in the vector index yet"), (lost, "missing in the vector index"))
        return [f"{n} passages are {what}. Run: chorei rebuild" for n, what in counts if n]

    def close(self) -> None:
        """Stop the background work at its next step and close Chroma."""
        with self._starting:
            self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._ahead.shutdown()
        self._chroma.close()

    def _quietly(self) -> None:
        try:
            self.follow()
        except IndexUnavailableError:
            # Searching goes on by words; a later search or write tries again.
            return

    def _shards(self) -> list[Shard]:
        with self._catalogue.reading() as view:
            return table.shards(view.connection)

    def _usable(self) -> tuple[list[Shard], list[tuple[int, int | None]]]:
        """Shards that may be opened, and the ranges of keys that they leave out."""
        usable: list[Shard] = []
        uncovered: list[tuple[int, int | None]] = []
        shards = self._shards()
        for shard in shards:
            if shard.dirty or not shard.held or not self._chroma.exists(shard.token):
                uncovered.append((shard.first, shard.upper))
                continue
            usable.append(shard)
            if shard.upper is None or shard.last < shard.upper:
                uncovered.append((shard.last, shard.upper))
        return usable, uncovered if shards else [(0, None)]

    def _query(
        self,
        usable: list[Shard],
        uncovered: list[tuple[int, int | None]],
        vector: Vectors,
        limit: int,
    ) -> Nearest:
        found: list[tuple[int, float]] = []
        for shard in usable:
            found += self._chroma.nearest(shard.token, vector, min(limit, shard.held))
        found.sort(key=lambda pair: -pair[1])
        exhausted = limit >= sum(shard.held for shard in usable)
        return Nearest(found[:limit], uncovered, exhausted)

    def _step(self) -> bool:
        """One bounded piece of work under the exclusive lock; False if there is none left."""
        shards = self._shards()
        if isinstance(self._chroma, EmbeddedChroma):
            for token in self._chroma.leftovers({shard.token for shard in shards}):
                self._chroma.drop(token)
        for shard in shards:
            if self._doubtful(shard):
                self._replace(shard, _begun(shard.first, shard.upper))
                return True
            if shard.upper is None and shard.held >= SHARD:
                self._store(shard._replace(upper=shard.last), _begun(shard.last, None))
                self._chroma.shut(shard.token)
                return True
        for shard in shards or [_begun(0, None)]:
            with self._catalogue.reading() as view:
                room = CHUNK if shard.upper else min(CHUNK, SHARD - shard.held)
                keys, vectors = view.vectors(shard.last, shard.upper, room)
            if keys:
                self._write(shard, keys, vectors)
                return True
        return False

    def _doubtful(self, shard: Shard) -> bool:
        if shard.dirty:
            return True
        if not shard.held:
            return False
        with self._catalogue.reading() as view:
            live = view.count_between(shard.first, shard.last)
        return live < shard.held * (1 - _STALE) or not self._chroma.exists(shard.token)

    def _write(self, shard: Shard, keys: list[int], vectors: Vectors) -> None:
        new = not shard.held
        if not new:
            self._chroma.open(shard.token, shard.generation)
        self._store(shard._replace(dirty=True))
        after = shard._replace(
            last=keys[-1], held=shard.held + len(keys), generation=shard.generation + 1
        )
        written = False
        try:
            self._chroma.write(after.token, after.generation, keys, vectors, new=new)
            written = True
        finally:
            # Also on Ctrl-C, which Python delivers when Chroma has returned.
            if written:
                self._store(after)

    def _store(self, *changed: Shard) -> None:
        with self._catalogue.writing() as writer:
            for shard in changed:
                table.store(writer.connection, shard)

    def _replace(self, old: Shard, new: Shard) -> None:
        with self._catalogue.writing() as writer:
            table.forget(writer.connection, old.token)
            table.store(writer.connection, new)
        self._chroma.drop(old.token)

    def _lost(self, shard: Shard) -> int:
        """Passages that should be in a shard and are not."""
        self._chroma.open(shard.token, shard.generation)
        there: set[int] = set()
        for page in self._chroma.ids(shard.token):
            there |= page
        with self._catalogue.reading() as view:
            return len(set(view.vector_keys(shard.first, shard.last)) - there)


def _begun(first: int, upper: int | None) -> Shard:
    return Shard(secrets.token_hex(8), first, first, upper, 0, dirty=False, generation=0)
