"""Embedding with a sentence-transformers model (extra ``local``)."""

import importlib
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

from chorei.core import MissingExtraError, SettingsError
from chorei.retrieval.embedding import Embedder


class SentenceTransformerEmbedder(Embedder):
    """A sentence-transformers model by name or folder; loaded when first needed.

    Models that define prompts (E5's ``query: `` and ``passage: ``) get them.

    Args:
        model: Name on the model hub, or a folder.
        threads: Threads that the model may use. PyTorch has one such number per process, and
            the embedder loaded last sets it.
        batch_size: Texts that go through the model together.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
        SettingsError: There is no such model, or it cannot be loaded. (Both are raised when
            the model is first needed.)
    """

    def __init__(self, model: str, *, threads: int = 2, batch_size: int = 32) -> None:
        self.model = model
        self._threads = threads
        self._batch_size = batch_size
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The model's name (a folder's last component) and dimension."""
        folder = Path(self.model)
        label = folder.resolve().name if folder.is_dir() else self.model
        return f"sentence-transformers:{label}:{self.dimensions}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._loaded.get_embedding_dimension())

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector per text."""
        return self._embed("encode_document", texts) if texts else []

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a query."""
        return self._embed("encode_query", [text])[0]

    def _embed(self, method: str, texts: list[str]) -> list[list[float]]:
        model = self._loaded
        with self._lock:
            vectors: list[list[float]] = getattr(model, method)(
                texts,
                batch_size=self._batch_size,
                normalize_embeddings=True,
                show_progress_bar=False,
            ).tolist()
        return vectors

    @cached_property
    def _loaded(self) -> Any:
        try:
            import sentence_transformers

            torch = importlib.import_module("torch")
        except ImportError as error:
            raise MissingExtraError("sentence-transformers", "local") from error
        torch.set_num_threads(self._threads)
        try:
            return sentence_transformers.SentenceTransformer(self.model)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The embedding model '{self.model}' cannot be loaded: {error}",
                hint="Give 'builtin', the name of a sentence-transformers model, or its folder.",
            ) from error
