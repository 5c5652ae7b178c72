"""Any LangChain ``Embeddings`` as an embedder."""

from functools import cached_property

import numpy as np
from langchain_core.embeddings import Embeddings

from chorei.retrieval.embedding import Embedder


class ForeignEmbedder(Embedder):
    """Wraps somebody else's ``Embeddings``; its vectors are scaled to unit length.

    Args:
        embeddings: What to wrap. Its identity is its class and its ``model``, ``model_name``
            or ``name``, whichever it has.
    """

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings

    @cached_property
    def name(self) -> str:
        """Its class, model and dimension."""
        kind = type(self._embeddings)
        labels = (getattr(self._embeddings, key, None) for key in ("model", "model_name", "name"))
        label = next((text for text in labels if isinstance(text, str)), "")
        return f"{kind.__module__}.{kind.__qualname__}:{label}:{self.dimensions}"

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector, found by embedding a word."""
        return len(self._embeddings.embed_query("dimensions"))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector per text."""
        return _unit(self._embeddings.embed_documents(texts)) if texts else []

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a query."""
        return _unit([self._embeddings.embed_query(text)])[0]


def _unit(vectors: list[list[float]]) -> list[list[float]]:
    matrix = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    norms[norms == 0] = 1.0
    scaled: list[list[float]] = (matrix / norms).tolist()
    return scaled
