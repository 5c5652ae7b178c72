"""Embedders: texts to unit vectors, each with an identity that a library remembers."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from langchain_core.embeddings import Embeddings

BUILTIN = "builtin"


class Embedder(Embeddings, ABC):
    """A LangChain ``Embeddings`` that knows its identity and dimension.

    Vectors have unit length. A document's vector depends on its text alone, never on the other
    documents, so that adding documents never changes stored vectors.

    Attributes:
        weight: How much a ranking by these vectors counts in ``fusion.hybrid_ranking``, where
            one by words counts 1.
    """

    weight: ClassVar[float] = 0.5

    @property
    @abstractmethod
    def name(self) -> str:
        """Identity with version and dimension: equal names give comparable vectors."""

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """Length of a vector."""

    def embed_query_weighted(
        self,
        query: str,
        frequency: Callable[[str], int],  # noqa: ARG002
        total: int,  # noqa: ARG002
    ) -> list[float]:
        """The vector of a query, its rare words weighted up where the embedder supports that.

        Args:
            query: The query.
            frequency: Number of passages of the library that contain a word.
            total: Number of passages of the library.
        """
        return self.embed_query(query)


def embedder_for(setting: str | Embeddings, *, threads: int) -> Embedder:
    """The embedder that a setting names.

    Args:
        setting: ``builtin``, the name or folder of a sentence-transformers model, or any
            LangChain ``Embeddings``.
        threads: Threads that a model may use.

    Raises:
        MissingExtraError: The extra ``local`` is needed and not installed.
        SettingsError: There is no such model.
    """
    if isinstance(setting, Embedder):
        return setting
    if isinstance(setting, Embeddings):
        from chorei.retrieval.foreign_embedder import ForeignEmbedder

        return ForeignEmbedder(setting)
    if setting == BUILTIN:
        from chorei.retrieval.builtin_embedder import BuiltinEmbedder

        return BuiltinEmbedder()
    from chorei.retrieval.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(setting, threads=threads)


def embedded_text(
    passage_text: str,
    heading: tuple[str, ...],
    title: str,
    columns: tuple[str, ...],
    name: str,
) -> str:
    """What is embedded for a passage; the arguments are those of ``lexical.fields``."""
    above = " › ".join(dict.fromkeys(part for part in (title or name, *heading) if part))
    return "\n".join(part for part in (above, ", ".join(columns), passage_text) if part)
