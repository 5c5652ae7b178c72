"""Reading the catalogue within one snapshot."""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from chorei.core import Document, Passage
from chorei.retrieval import lexical
from chorei.retrieval.filters import EVERYTHING, Filter

Vectors = npt.NDArray[np.float32]

TEXT_PART = 4_096
"""Characters in one part of a text: reading a passage reads one or two parts."""

_DOCUMENT = (
    "d.id, d.name, d.source, d.title, d.media, d.language, d.tags, d.date, d.sha256, d.size,"
    " d.characters, d.passages, d.added"
)
_PASSAGE = (
    "p.key, p.document, p.ordinal, p.start, p.end, p.heading, p.columns, p.page, p.row,"
    " p.language, d.id, d.name, d.title"
)


class Stored(NamedTuple):
    """What tells whether a file has to be read again.

    Attributes:
        key: Key of the document's stored version.
        name: The document's name.
        sha256: Hash of the bytes it was read from.
        size: Number of those bytes.
        modified: The file's modification time in ns when it was read, 0 if not to be relied on.
        loader: Version of the code that read it.
        tags: Its tags.
    """

    key: int
    name: str
    sha256: str
    size: int
    modified: int
    loader: str
    tags: tuple[str, ...]


class Reader:
    """Queries on one snapshot of the catalogue."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def meta(self, name: str) -> Any:
        """The value of one entry, None if there is none."""
        row = self._one("SELECT value FROM meta WHERE name = ?", name)
        return row[0] if row else None

    def documents(self, where: Filter = EVERYTHING) -> list[Document]:
        """Documents by name."""
        condition, values = where.sql()
        rows = self._rows(
            f"SELECT {_DOCUMENT} FROM documents AS d WHERE {condition} ORDER BY d.name", *values
        )
        return [_document(row) for row in rows]

    def document(self, column: str, value: str) -> Document | None:
        """The document whose ``id``, ``name`` or ``source`` is ``value``."""
        row = self._one(f"SELECT {_DOCUMENT} FROM documents AS d WHERE d.{column} = ?", value)
        return _document(row) if row else None

    def documents_ending(self, ending: str) -> list[Document]:
        """Documents whose name ends in these whole path components."""
        rows = self._rows(
            f"SELECT {_DOCUMENT} FROM documents AS d WHERE substr(d.name, -length(?1)) = ?1"
            " ORDER BY d.name",
            f"/{ending}",
        )
        return [_document(row) for row in rows]

    def stored(self, source: str) -> Stored | None:
        """What is known of the file with this source."""
        row = self._one(
            "SELECT key, name, sha256, size, modified, loader, tags FROM documents"
            " WHERE source = ?",
            source,
        )
        return Stored._make((*row[:6], tuple(json.loads(row[6])))) if row else None

    def key(self, identity: str) -> int | None:
        """Key of the stored version of a document."""
        row = self._one("SELECT key FROM documents WHERE id = ?", identity)
        return row[0] if row else None

    def text(self, document: int) -> str:
        """The whole text of a document."""
        rows = self._rows("SELECT text FROM texts WHERE document = ? ORDER BY part", document)
        return "".join(text for (text,) in rows)

    def texts(self, keys: Iterable[int]) -> dict[int, str]:
        """The texts of the passages with these keys; those that are gone are left out."""
        wanted = list(keys)
        rows = self._rows(
            "SELECT p.key, p.start, p.end, t.text FROM passages AS p JOIN texts AS t"
            f" ON t.document = p.document AND t.part BETWEEN p.start / {TEXT_PART}"
            f" AND (p.end - 1) / {TEXT_PART} WHERE p.key IN ({_marks(wanted)})"
            " ORDER BY p.key, t.part",
            *wanted,
        )
        found: dict[int, str] = {}
        for (key, start, end), parts in groupby(rows, key=itemgetter(0, 1, 2)):
            offset = start % TEXT_PART
            found[key] = "".join(part[3] for part in parts)[offset : offset + end - start]
        return found

    def passages(self, keys: Iterable[int]) -> dict[int, Passage]:
        """The passages with these keys; those that are gone are left out."""
        texts = self.texts(keys)
        rows = self._rows(
            f"SELECT {_PASSAGE} FROM passages AS p JOIN documents AS d ON d.key = p.document"
            f" WHERE p.key IN ({_marks(texts)})",
            *texts,
        )
        return {row[0]: _passage(row, texts[row[0]]) for row in rows}

    def passages_of(self, document: int) -> Iterator[tuple[int, Passage]]:
        """Keys and passages of one document, in order."""
        text = self.text(document)
        rows = self._rows(
            f"SELECT {_PASSAGE} FROM passages AS p JOIN documents AS d ON d.key = p.document"
            " WHERE p.document = ? ORDER BY p.ordinal",
            document,
        )
        for row in rows:
            yield row[0], _passage(row, text[row[3] : row[4]])

    def document_keys(self) -> list[int]:
        """Keys of all documents, oldest version first."""
        return [key for (key,) in self._rows("SELECT key FROM documents ORDER BY key")]

    def count(self, where: Filter = EVERYTHING) -> int:
        """Number of passages."""
        if where == EVERYTHING:
            return int(self.meta("passages"))
        condition, values = where.sql()
        (number,) = self._one(
            f"SELECT coalesce(sum(d.passages), 0) FROM documents AS d WHERE {condition}", *values
        )
        return int(number)

    def count_between(self, first: int, last: int | None, most: int = 2**62) -> int:
        """Number of passages with a key above ``first``, up to ``last``; counted up to ``most``."""
        (number,) = self._one(
            "SELECT count(*) FROM (SELECT 1 FROM passages WHERE key > ? AND key <= ? LIMIT ?)",
            first,
            2**62 if last is None else last,
            most,
        )
        return int(number)

    def by_words(self, expression: str, limit: int, where: Filter = EVERYTHING) -> list[int]:
        """Keys of passages by bm25, best first."""
        if where == EVERYTHING:
            rows = self._rows(
                "SELECT rowid FROM lexical WHERE lexical MATCH ? AND rank MATCH ?"
                " ORDER BY rank LIMIT ?",
                expression,
                lexical.RANK,
                limit,
            )
            return [key for (key,) in rows]
        condition, values = where.sql()
        # CROSS JOIN fixes the order: the matches by rank drive, the filter tests each of them.
        rows = self._rows(
            "SELECT l.rowid FROM lexical AS l CROSS JOIN passages AS p ON p.key = l.rowid"
            " CROSS JOIN documents AS d ON d.key = p.document"
            f" WHERE l.lexical MATCH ? AND l.rank MATCH ? AND {condition} ORDER BY l.rank LIMIT ?",
            expression,
            lexical.RANK,
            *values,
            limit,
        )
        return [key for (key,) in rows]

    def matching(self, expression: str) -> int:
        """Number of passages that match."""
        (number,) = self._one("SELECT count(*) FROM lexical WHERE lexical MATCH ?", expression)
        return int(number)

    def admitted(self, keys: Iterable[int], where: Filter) -> set[int]:
        """Those of the keys that exist and belong to documents that the filter admits."""
        wanted = list(keys)
        condition, values = where.sql()
        rows = self._rows(
            "SELECT p.key FROM passages AS p JOIN documents AS d ON d.key = p.document"
            f" WHERE p.key IN ({_marks(wanted)}) AND {condition}",
            *wanted,
            *values,
        )
        return {key for (key,) in rows}

    def vectors(self, first: int, last: int | None, limit: int) -> tuple[list[int], Vectors]:
        """Keys above ``first`` up to ``last`` in order, and their vectors, (n, dimensions)."""
        rows = self._rows(
            "SELECT passage, vector FROM embeddings WHERE passage > ? AND passage <= ?"
            " ORDER BY passage LIMIT ?",
            first,
            2**62 if last is None else last,
            limit,
        )
        return self._matrix(rows)

    def vector_keys(self, first: int, last: int) -> list[int]:
        """Keys of the stored vectors above ``first`` up to ``last``."""
        rows = self._rows(
            "SELECT passage FROM embeddings WHERE passage > ? AND passage <= ?", first, last
        )
        return [key for (key,) in rows]

    def vectors_where(self, where: Filter) -> tuple[list[int], Vectors]:
        """Keys and vectors, (n, dimensions), of all passages that the filter admits."""
        condition, values = where.sql()
        rows = self._rows(
            "SELECT e.passage, e.vector FROM documents AS d"
            " JOIN passages AS p ON p.document = d.key"
            f" JOIN embeddings AS e ON e.passage = p.key WHERE {condition}",
            *values,
        )
        return self._matrix(rows)

    def summary(self) -> tuple[int, int, int, dict[str, int], dict[str, int]]:
        """Documents, passages, characters, documents per language and per type."""
        documents, passages, characters = self._one(
            "SELECT count(*), coalesce(sum(passages), 0), coalesce(sum(characters), 0)"
            " FROM documents"
        )
        languages, media = (
            dict(self._rows(f"SELECT {c}, count(*) FROM documents GROUP BY 1 ORDER BY 2 DESC"))
            for c in ("language", "media")
        )
        return documents, passages, characters, languages, media

    def files(self) -> list[tuple[str, str, str, int, int]]:
        """Name, source, hash, size and modification time of each document from a file."""
        return list(
            self._rows(
                "SELECT name, source, sha256, size, modified FROM documents"
                " WHERE source NOT LIKE 'text:%' ORDER BY name"
            )
        )

    @property
    def connection(self) -> sqlite3.Connection:
        """For modules that keep tables of their own in the catalogue."""
        return self._connection

    def _rows(self, query: str, *values: Any) -> sqlite3.Cursor:
        return self._connection.execute(query, values)

    def _one(self, query: str, *values: Any) -> Any:
        return self._connection.execute(query, values).fetchone()

    def _matrix(self, rows: Iterable[tuple[int, bytes]]) -> tuple[list[int], Vectors]:
        found = list(rows)
        dimensions = int(self.meta("dimensions"))
        joined = b"".join(vector for _, vector in found)
        matrix = np.frombuffer(joined, dtype="<f2").astype(np.float32)
        return [key for key, _ in found], matrix.reshape(len(found), dimensions)


def _marks(values: Sized) -> str:
    return ", ".join("?" * len(values))


def _document(row: Sequence[Any]) -> Document:
    return Document(
        id=row[0],
        name=row[1],
        source=row[2],
        title=row[3],
        media=row[4],
        language=row[5],
        tags=tuple(json.loads(row[6])),
        date=dt.date.fromisoformat(row[7]) if row[7] else None,
        sha256=row[8],
        size=row[9],
        characters=row[10],
        passages=row[11],
        added=dt.datetime.fromisoformat(row[12]),
    )


def _passage(row: Sequence[Any], text: str) -> Passage:
    return Passage(
        id=f"{row[10]}:{row[2]}",
        document_id=row[10],
        document=row[11],
        title=row[12],
        text=text,
        start=row[3],
        end=row[4],
        heading=tuple(json.loads(row[5])),
        columns=tuple(json.loads(row[6])),
        page=row[7],
        row=row[8],
        language=row[9],
    )
