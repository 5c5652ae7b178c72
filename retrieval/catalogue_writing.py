"""Changing the catalogue within one transaction."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from chorei.core import Document, Language
from chorei.retrieval import lexical
from chorei.retrieval.catalogue_reading import TEXT_PART, Reader
from chorei.retrieval.catalogue_schema import lexical_identity, lexical_table
from chorei.retrieval.embedding import embedded_text
from chorei.retrieval.splitting import Piece

_CHUNK = 512


class Entry(NamedTuple):
    """A document as it goes into the catalogue.

    Attributes:
        document: The document.
        text: Its text.
        spans: Its passages, in order.
        languages: The language of each passage.
        modified: The file's modification time in ns, 0 if it is not to be relied on.
        loader: Version of the code that read it.
    """

    document: Document
    text: str
    spans: Sequence[Piece]
    languages: Sequence[Language]
    modified: int
    loader: str

    def embedded_texts(self) -> Iterator[str]:
        """What is embedded for each passage."""
        title, name = self.document.title, self.document.name
        for span in self.spans:
            text = self.text[span.start : span.end]
            yield embedded_text(text, span.heading, title, span.columns, name)


class Writer(Reader):
    """Statements of one transaction; reads see what it has written so far."""

    def set_meta(self, name: str, value: str | int) -> None:
        """Store one entry."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def put(self, entry: Entry, vectors: Iterator[npt.NDArray[np.float32]]) -> None:
        """Store a document in place of its older version, if there is one.

        Args:
            entry: The document.
            vectors: Yields at least one vector per passage; only as many are taken.
        """
        old = self.key(entry.document.id)
        if old is not None:
            self.delete(old)
        document = self._put_document(entry)
        self._connection.executemany(
            "INSERT INTO texts VALUES (?, ?, ?)",
            (
                (document, part, entry.text[start : start + TEXT_PART])
                for part, start in enumerate(range(0, len(entry.text), TEXT_PART))
            ),
        )
        row = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'passages'")
        first = (row[0] if row else 0) + 1
        for start in range(0, len(entry.spans), _CHUNK):
            self._put_passages(entry, document, first, start, vectors)
        self._changed(len(entry.spans))

    def delete(self, key: int) -> None:
        """Remove the version of a document that has this key."""
        columns = ", ".join(lexical.COLUMNS)
        marks = ", ".join("?" * len(lexical.COLUMNS))
        (passages,) = self._one("SELECT passages FROM documents WHERE key = ?", key)
        self._connection.executemany(
            f"INSERT INTO lexical (lexical, rowid, {columns}) VALUES ('delete', ?, {marks})",
            ((passage, *_fields(p)) for passage, p in self.passages_of(key)),
        )
        for statement in (
            "DELETE FROM embeddings WHERE passage IN (SELECT key FROM passages WHERE document = ?)",
            "DELETE FROM passages WHERE document = ?",
            "DELETE FROM texts WHERE document = ?",
            "DELETE FROM documents WHERE key = ?",
        ):
            self._connection.execute(statement, (key,))
        self._changed(-passages)

    def touch(self, key: int, modified: int) -> None:
        """Record that the file was found unchanged under a new modification time."""
        self._connection.execute("UPDATE documents SET modified = ? WHERE key = ?", (modified, key))

    def reindex(self) -> None:
        """Fill the lexical index anew from the passages."""
        self._connection.execute("DROP TABLE lexical")
        self._connection.execute(lexical_table())
        for document in self.document_keys():
            self._insert_lexical((key, *_fields(p)) for key, p in self.passages_of(document))
        self.set_meta("lexical", lexical_identity())
        self._changed()

    def check_lexical(self) -> None:
        """Let FTS5 check its own structure.

        Raises:
            sqlite3.DatabaseError: It is damaged.
        """
        self._connection.execute("INSERT INTO lexical (lexical) VALUES ('integrity-check')")

    def begin_embedding(self) -> None:
        """Make room for the vectors of another embedder beside the present ones."""
        self._connection.execute("DROP TABLE IF EXISTS embeddings_new")
        self._connection.execute(
            "CREATE TABLE embeddings_new (passage INTEGER PRIMARY KEY, vector BLOB NOT NULL)"
        )

    def put_embeddings(self, keys: Sequence[int], vectors: npt.NDArray[np.float32]) -> None:
        """Store vectors of the other embedder, shape (n, dimensions)."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO embeddings_new VALUES (?, ?)",
            ((k, _packed(v)) for k, v in zip(keys, vectors, strict=True)),
        )

    def finish_embedding(self, embedder: str, dimensions: int) -> None:
        """Let the new vectors take the place of the old ones."""
        self._connection.execute("DROP TABLE embeddings")
        self._connection.execute("ALTER TABLE embeddings_new RENAME TO embeddings")
        self.set_meta("embedder", embedder)
        self.set_meta("dimensions", dimensions)
        self._changed()

    def _put_document(self, entry: Entry) -> int:
        d = entry.document
        values = (
            d.id,
            d.name,
            d.source,
            d.title,
            d.media,
            d.language,
            json.dumps(d.tags, ensure_ascii=False),
            d.date.isoformat() if d.date else None,
            d.sha256,
            d.size,
            d.characters,
            d.passages,
            d.added.isoformat(),
            entry.modified,
            entry.loader,
        )
        cursor = self._connection.execute(
            f"INSERT INTO documents VALUES (NULL, {', '.join('?' * len(values))})", values
        )
        return int(cursor.lastrowid or 0)

    def _put_passages(
        self,
        entry: Entry,
        document: int,
        first: int,
        start: int,
        vectors: Iterator[npt.NDArray[np.float32]],
    ) -> None:
        spans = entry.spans[start : start + _CHUNK]
        keys = range(first + start, first + start + len(spans))
        title, name = entry.document.title, entry.document.name
        self._connection.executemany(
            f"INSERT INTO passages VALUES ({', '.join('?' * 10)})",
            (
                (
                    key,
                    document,
                    ordinal,
                    span.start,
                    span.end,
                    _packed_strings(span.heading),
                    _packed_strings(span.columns),
                    span.page,
                    span.row,
                    entry.languages[ordinal],
                )
                for ordinal, (key, span) in enumerate(zip(keys, spans, strict=True), start)
            ),
        )
        self._insert_lexical(
            (
                key,
                *lexical.fields(
                    entry.text[span.start : span.end], span.heading, title, span.columns, name
                ),
            )
            for key, span in zip(keys, spans, strict=True)
        )
        self._connection.executemany(
            "INSERT INTO embeddings VALUES (?, ?)",
            (
                (key, _packed(vector))
                for key, vector in zip(keys, islice(vectors, len(spans)), strict=True)
            ),
        )

    def _insert_lexical(self, rows: Iterator[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * (len(lexical.COLUMNS) + 1))
        columns = ", ".join(lexical.COLUMNS)
        self._connection.executemany(
            f"INSERT INTO lexical (rowid, {columns}) VALUES ({marks})", rows
        )

    def _changed(self, more: int = 0) -> None:
        change = "UPDATE meta SET value = value + ? WHERE name = ?"
        self._connection.executemany(change, ((1, "revision"), (more, "passages")))


def _fields(passage: Any) -> tuple[str, ...]:
    return lexical.fields(
        passage.text, passage.heading, passage.title, passage.columns, passage.document
    )


def _packed(vector: npt.NDArray[np.float32]) -> bytes:
    return vector.astype("<f2").tobytes()


def _packed_strings(strings: Sequence[str]) -> str:
    return json.dumps(strings, ensure_ascii=False) if strings else "[]"
