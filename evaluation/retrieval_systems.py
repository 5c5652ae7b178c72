"""What is compared: plain FTS5, Chroma alone, and chorei's library."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import chromadb
import numpy as np
from chromadb.config import Settings as ChromaSettings

from chorei.core import EmptyDocumentError, words
from chorei.retrieval import Library
from chorei.retrieval.embedding import Embedder

FOUND = 10
"""Documents that each system returns."""

Documents = Mapping[str, tuple[str, str]]


class System(ABC):
    """Something that finds documents.

    Attributes:
        name: What it is called in the report.
    """

    name: str

    @abstractmethod
    def find(self, query: str) -> list[str]:
        """Keys of up to ``FOUND`` documents, best first."""

    @abstractmethod
    def close(self) -> None:
        """Release what is held."""


class PlainFTS5(System):
    """SQLite's own full-text search: title and text, the words of the query or-ed, bm25.

    Args:
        documents: What is searched.
        tokenize: The FTS5 tokenizer.
    """

    def __init__(self, documents: Documents, tokenize: str) -> None:
        self.name = f"FTS5 bm25, {tokenize}"
        self._connection = sqlite3.connect(":memory:")
        self._connection.execute(
            f'CREATE VIRTUAL TABLE f USING fts5(key UNINDEXED, title, text, tokenize="{tokenize}")'
        )
        self._connection.executemany(
            "INSERT INTO f VALUES (?, ?, ?)", [(key, *parts) for key, parts in documents.items()]
        )

    def find(self, query: str) -> list[str]:
        """Keys of documents by bm25."""
        asked = " OR ".join(f'"{word}"' for word in dict.fromkeys(words(query)))
        rows = self._connection.execute(
            "SELECT key FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?", (asked, FOUND)
        )
        return [key for (key,) in rows]

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


class Hybrid(System):
    """chorei's library, one file per document.

    Args:
        documents: What is searched.
        folder: An empty folder to work in.
        embedder: Name of the embedder.
    """

    def __init__(self, documents: Documents, folder: Path, embedder: str) -> None:
        self.name = "chorei"
        files = folder / "documents"
        files.mkdir()
        for key, (title, text) in documents.items():
            ending, head = ("md", f"# {title}\n\n") if title else ("txt", "")
            (files / f"{key}.{ending}").write_text(f"{head}{text}", encoding="utf-8")
        self.library = Library(folder / "library", embedder=embedder)
        report = self.library.add(files)
        for error in report.failed:
            if not isinstance(error, EmptyDocumentError):  # Cranfield has two empty documents
                raise error

    def find(self, query: str) -> list[str]:
        """Keys of documents by their best passage."""
        hits = self.library.search(query, k=3 * FOUND)
        return list(dict.fromkeys(Path(hit.passage.document).stem for hit in hits))[:FOUND]

    def close(self) -> None:
        """Close the library."""
        self.library.close()


class ChromaOnly(System):
    """Chroma with the vectors of an embedder alone, queries weighted as the library does.

    Args:
        hybrid: The library whose passages are searched.
        embedder: The embedder.
        number: Makes the collection's name unique in this process.
    """

    def __init__(self, hybrid: Hybrid, embedder: Embedder, number: int) -> None:
        self.name = "Chroma alone"
        self._library, self._embedder = hybrid.library, embedder
        passages = [
            passage
            for document in self._library.documents()
            for passage in self._library.passages(document.id)
        ]
        self._total = len(passages)
        self._client = chromadb.EphemeralClient(ChromaSettings(anonymized_telemetry=False))
        self._collection = self._client.create_collection(
            f"passages{number}",
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine"}},
        )
        for start in range(0, len(passages), 1000):
            some = passages[start : start + 1000]
            vectors = embedder.embed_documents([f"{p.title}\n{p.text}" for p in some])
            self._collection.add(
                ids=[passage.id for passage in some],
                embeddings=np.asarray(vectors, dtype=np.float32),
                metadatas=[{"key": Path(passage.document).stem} for passage in some],
            )

    def find(self, query: str) -> list[str]:
        """Keys of documents by their nearest passage."""
        vector = self._embedder.embed_query_weighted(query, self._library.frequency, self._total)
        found = self._collection.query(
            query_embeddings=np.asarray([vector], dtype=np.float32),
            n_results=min(3 * FOUND, self._total),
            include=["metadatas"],
        )
        metadatas = (found["metadatas"] or [[]])[0]
        return list(dict.fromkeys(str(one["key"]) for one in metadatas))[:FOUND]

    def close(self) -> None:
        """Drop the collection."""
        self._client.delete_collection(self._collection.name)
