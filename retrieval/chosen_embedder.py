"""The embedder a library was opened with, against the one it remembers."""

import threading

from langchain_core.embeddings import Embeddings

from chorei.core import EmbedderMismatchError
from chorei.retrieval.catalogue_reading import Reader
from chorei.retrieval.embedding import Embedder, embedder_for


class ChosenEmbedder:
    """Opens an embedder when it is first needed: a model may take seconds.

    Args:
        wanted: What :func:`embedder_for` takes.
        threads: Threads it may use.
    """

    def __init__(self, wanted: str | Embeddings, *, threads: int) -> None:
        self._wanted = wanted
        self._threads = threads
        self._embedder: Embedder | None = None
        self._lock = threading.Lock()

    def choose(self, wanted: str | Embeddings) -> None:
        """Take another one from now on."""
        with self._lock:
            self._wanted, self._embedder = wanted, None

    def opened(self) -> Embedder:
        """The embedder itself."""
        with self._lock:
            if self._embedder is None:
                self._embedder = embedder_for(self._wanted, threads=self._threads)
            return self._embedder

    def checked(self, view: Reader) -> Embedder:
        """The embedder, which is the one that the library was embedded with.

        Raises:
            EmbedderMismatchError: It is another one.
        """
        embedder = self.opened()
        present = view.meta("embedder")
        if present and present != embedder.name:
            again = (
                f"chorei rebuild --embedder {self._wanted}"
                if isinstance(self._wanted, str)
                else "library.rebuild()"
            )
            raise EmbedderMismatchError(
                f"The library was embedded with '{present}', not with '{embedder.name}'.",
                hint=f"Embed it again with: {again}",
            )
        return embedder
