"""What a file becomes: its text, and where its parts are."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

from chorei.core import Frozen, Settings

Kind = Literal["heading", "paragraph", "item", "code", "row"]

_MOST_BLOCKS = 2_000_000


class Block(NamedTuple):
    """One part of a text: a heading line, a paragraph, a list item, a code fence or a table row.

    A plain tuple because a large file has a million of them.

    Attributes:
        start: Offset of its first character in the text.
        end: Offset after its last character.
        kind: What it is.
        heading: The headings above it, outermost first, its own included if it is one;
            readable text without markup.
        page: Page number (from 1) where the type has pages.
        row: Row number (from 1, header not counted) of a table row or record.
        columns: Names of the columns of a table row; empty if the table has no header.
    """

    start: int
    end: int
    kind: Kind = "paragraph"
    heading: tuple[str, ...] = ()
    page: int | None = None
    row: int | None = None
    columns: tuple[str, ...] = ()


class TooManyBlocksError(Exception):
    """The text has more parts than memory should be spent on."""


class Blocks(list[Block]):
    """Blocks in the order of the text, not more than 2 million."""

    def append(self, block: Block) -> None:
        """Add the next block.

        Raises:
            TooManyBlocksError: There are too many.
        """
        if len(self) >= _MOST_BLOCKS:
            raise TooManyBlocksError
        super().append(block)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document as text.

    Attributes:
        text: For .md, .txt and .csv the file's own characters (a byte order mark dropped, line
            ends as they are: what ``open(path, newline="")`` reads), else extracted text,
            written as Markdown.
        title: The document's own title, else the stem of its name.
        blocks: The parts in order; they do not overlap. What is in no block (front matter,
            comments, rules, header lines of tables) is not evidence.
        date: The date that the document states for itself (front matter, properties).
        keywords: Keywords that the author gave (front matter).
    """

    text: str
    title: str
    blocks: tuple[Block, ...]
    date: dt.date | None = None
    keywords: tuple[str, ...] = ()


class Limits(Frozen):
    """What parsing one document may cost.

    Attributes:
        max_bytes: Largest file, packed or unpacked.
        seconds: Wall-clock and processor time of a parser of a binary format.
        memory_mb: Its memory in MiB, beyond what it needs idle.
    """

    max_bytes: int = 100 * 2**20
    seconds: float = 30.0
    memory_mb: int = 1024

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings ask for."""
        return cls(
            max_bytes=settings.max_file_bytes,
            seconds=settings.parse_seconds,
            memory_mb=settings.parse_memory_mb,
        )
