"""Chroma, embedded or as a server: one collection per shard of the vector index.

Only this module knows Chroma. Every collection has a random name that is never used again.
"""

import shutil
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from chorei.core import IndexUnavailableError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection as ChromaCollection

Vectors = npt.NDArray[np.float32]


_CONNECT_SECONDS = 1.0
_REQUEST_SECONDS = 30.0


class _Opened(NamedTuple):
    client: "Client"
    collection: "ChromaCollection"
    generation: int


class Chroma(ABC):
    """Collections of vectors by token.

    Args:
        threads: Threads that building and searching an index may use.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._opened: dict[str, _Opened] = {}

    def is_open(self, token: str, generation: int) -> bool:
        """Whether a collection is open here as of this generation of its contents."""
        opened = self._opened.get(token)
        return opened is not None and opened.generation == generation

    def open(self, token: str, generation: int) -> None:
        """Open an existing collection, anew if others have changed it since."""
        if not self.is_open(token, generation):
            self.shut(token)
            with _translated():
                client = self._client(token)
                collection = client.get_collection(_name(token), embedding_function=None)
                self._opened[token] = _Opened(client, collection, generation)

    def write(
        self, token: str, generation: int, ids: Sequence[int], vectors: Vectors, *, new: bool
    ) -> None:
        """Add vectors, shape (n, dimensions), to a collection.

        Args:
            token: The collection.
            generation: The generation that the contents have afterwards.
            ids: One id per vector, not yet in the collection.
            vectors: Unit vectors.
            new: Make the collection first.
        """
        with _translated():
            if new:
                client = self._client(token)
                collection = client.create_collection(
                    _name(token), embedding_function=None, configuration=self._configuration()
                )
                self._opened[token] = _Opened(client, collection, 0)
            opened = self._opened[token]
            opened.collection.add(ids=[str(key) for key in ids], embeddings=vectors)
            self._opened[token] = opened._replace(generation=generation)

    def nearest(self, token: str, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """Ids and cosine similarities of the nearest vectors in an open collection."""
        with _translated():
            found = self._opened[token].collection.query(
                query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"]
            )
        distances = found["distances"] or [[]]
        return [(int(i), 1.0 - d) for i, d in zip(found["ids"][0], distances[0], strict=True)]

    def ids(self, token: str, page: int = 10_000) -> Iterator[set[int]]:
        """All ids of an open collection, a page at a time."""
        collection = self._opened[token].collection
        offset = 0
        while True:
            with _translated():
                found = collection.get(include=[], limit=page, offset=offset)["ids"]
            if not found:
                return
            yield {int(i) for i in found}
            offset += len(found)

    def keep(self, tokens: Collection[str]) -> None:
        """Close the collections that are not among these."""
        for token in [token for token in self._opened if token not in tokens]:
            self.shut(token)

    def shut(self, token: str) -> None:
        """Close a collection and free its memory."""
        opened = self._opened.pop(token, None)
        if opened is not None:
            self._release(opened.client)

    def close(self) -> None:
        """Close everything that is open."""
        for token in list(self._opened):
            self.shut(token)

    def _configuration(self) -> Any:
        # A threshold of 2 makes every write complete on disk: otherwise the next process that
        # opens the index would replay Chroma's log, and write to its files in doing so.
        return {
            "hnsw": {
                "space": "ip",
                "batch_size": 2,
                "sync_threshold": 2,
                "num_threads": self._threads,
            }
        }

    @abstractmethod
    def exists(self, token: str) -> bool:
        """Whether there is such a collection; it is not opened."""

    @abstractmethod
    def drop(self, token: str) -> None:
        """Delete a collection unopened, whatever state it is in."""

    @abstractmethod
    def _client(self, token: str) -> "Client": ...

    @abstractmethod
    def _release(self, client: "Client") -> None: ...


class EmbeddedChroma(Chroma):
    """Chroma in this process: a folder per collection, so that one can be dropped unopened.

    Args:
        directory: The folder of folders.
        threads: Threads it may use.
    """

    _shared: dict[Path, tuple["EmbeddedChroma", int]] = {}  # noqa: RUF012 - shared on purpose
    _registry = threading.Lock()

    def __init__(self, directory: Path, threads: int) -> None:
        super().__init__(threads)
        self._directory = directory

    @classmethod
    def acquire(cls, directory: Path, threads: int) -> "EmbeddedChroma":
        """The one object of this process for a folder; Chroma caches its clients by path."""
        with cls._registry:
            chroma, users = cls._shared.get(directory) or (cls(directory, threads), 0)
            cls._shared[directory] = chroma, users + 1
            return chroma

    def close(self) -> None:
        """Give back what :meth:`acquire` gave; the last one closes everything."""
        with self._registry:
            chroma, users = self._shared.get(self._directory, (self, 1))
            if users > 1:
                self._shared[self._directory] = chroma, users - 1
                return
            self._shared.pop(self._directory, None)
        super().close()

    def exists(self, token: str) -> bool:
        """Whether its folder holds a database."""
        return (self._directory / token / "chroma.sqlite3").is_file()

    def drop(self, token: str) -> None:
        """Delete its folder."""
        self.shut(token)
        shutil.rmtree(self._directory / token, ignore_errors=True)

    def leftovers(self, tokens: set[str]) -> list[str]:
        """Collections that are on the disk and not among ``tokens``."""
        with suppress(FileNotFoundError):
            return [path.name for path in self._directory.iterdir() if path.name not in tokens]
        return []

    def _client(self, token: str) -> "Client":
        import chromadb
        from chromadb.config import Settings

        path = self._directory / token
        path.mkdir(parents=True, exist_ok=True)
        settings = Settings(anonymized_telemetry=False)
        return cast("Client", chromadb.PersistentClient(str(path), settings=settings))

    def _release(self, client: "Client") -> None:
        client.close()


class ServerChroma(Chroma):
    """A Chroma server (``chroma run``).

    Args:
        url: ``http://host:port``.
        threads: Threads it may use.
    """

    def __init__(self, url: str, threads: int) -> None:
        super().__init__(threads)
        self._url = url
        self._http: Client | None = None

    def exists(self, token: str) -> bool:
        """Whether the server knows it."""
        if token in self._opened:
            return True
        from chromadb.errors import NotFoundError

        with _translated():
            try:
                self._client(token).get_collection(_name(token), embedding_function=None)
            except NotFoundError:
                return False
        return True

    def drop(self, token: str) -> None:
        """Delete it on the server."""
        self.shut(token)
        if self.exists(token):
            with _translated():
                self._client(token).delete_collection(_name(token))

    def close(self) -> None:
        """Close the connections."""
        super().close()
        if self._http is not None:
            for session in _sessions(self._http):
                session.close()
            self._http.close()
            self._http = None

    def _client(self, token: str) -> "Client":  # noqa: ARG002
        if self._http is None:
            import chromadb
            from chromadb.config import Settings

            parts = urlsplit(self._url)
            secure = parts.scheme == "https"
            host, port = parts.hostname or "127.0.0.1", parts.port or (443 if secure else 8000)
            # Chroma's client waits for ever for a host that does not answer.
            socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
            settings = Settings(anonymized_telemetry=False)
            client = chromadb.HttpClient(host, port, ssl=secure, settings=settings)
            self._http = cast("Client", client)
            for session in _sessions(self._http):
                session.timeout = _REQUEST_SECONDS
        return self._http

    def _release(self, client: "Client") -> None:
        """The client serves all collections; it stays."""


def _sessions(client: "Client") -> Iterator[Any]:
    """The httpx clients inside a Chroma client, which it neither closes nor lets one configure."""
    for holder in (client, client._admin_client):
        session = getattr(getattr(holder, "_server", None), "_session", None)
        if session is not None:
            yield session


def _name(token: str) -> str:
    return f"chorei-{token}"


@contextmanager
def _translated() -> Iterator[None]:
    # Chroma raises its own errors, httpx's, ValueError and RuntimeError for the same troubles; and
    # a panic in its Rust code arrives as a BaseException of a class that cannot be imported.
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise IndexUnavailableError(
            f"The vector index does not answer: {error}.",
            hint="Search goes on by words. If it stays so, run: chorei rebuild",
        ) from error
