"""What a library holds: documents, and the passages they are searched by."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "vi"]


class Frozen(BaseModel):
    """A value: immutable, hashable, and refusing fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(Frozen):
    """One document of a library, without its text.

    Attributes:
        id: 16 hexadecimal digits derived from ``source``; the same on every machine run.
        name: What people see and cite: the path from the folder that was added (with that
            folder's own name in front), or the name given with a text.
        source: Where it came from: the absolute path of a file, or ``text:NAME``.
        title: The document's own title; falls back to its name.
        media: Its type as a lower-case file ending without the dot (``md``, ``pdf``, …).
        language: The language most of its text is in.
        tags: Labels given when it was added, sorted.
        date: The document's own date if it states one, else the file's modification date.
        sha256: Hash of the bytes it was read from, 64 hexadecimal digits.
        size: Number of those bytes.
        characters: Length of its text.
        passages: Number of passages.
        added: When this version was stored (UTC).
    """

    id: str
    name: str
    source: str
    title: str
    media: str
    language: Language
    tags: tuple[str, ...] = ()
    date: dt.date | None = None
    sha256: str
    size: int
    characters: int
    passages: int
    added: dt.datetime


class Passage(Frozen):
    """A stretch of one document, the unit of search.

    ``text`` is exactly ``document_text[start:end]``, where the document's text is the
    file's own characters for .md, .txt and .csv, and the extracted text for the other types
    (``chorei show --text`` prints either).

    Attributes:
        id: ``DOCUMENT_ID:ORDINAL``.
        document_id: The document's id.
        document: The document's name.
        title: The document's title.
        text: The characters of the passage.
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        heading: The headings above it, outermost first.
        columns: For rows of a table, the names of the columns; empty for prose.
        page: Page number (from 1) where the type has pages.
        row: Number of its first row (from 1, header not counted) where it is a table.
        language: The language of this passage.
    """

    id: str
    document_id: str
    document: str
    title: str
    text: str
    start: int
    end: int
    heading: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    page: int | None = None
    row: int | None = None
    language: Language = "en"


class Hit(Frozen):
    """A passage found by a search.

    Attributes:
        passage: What was found.
        score: Fused relevance; higher is better, comparable within one search only.
        lexical_rank: Rank (from 1) among the hits by words (bm25), if it was one.
        vector_rank: Rank (from 1) among the nearest vectors, if it was one.
    """

    passage: Passage
    score: float
    lexical_rank: int | None = None
    vector_rank: int | None = None
