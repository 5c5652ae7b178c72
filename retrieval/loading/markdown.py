"""The structure of Markdown: where its headings, paragraphs, items, fences and tables are."""

import re

from chorei.core import plain
from chorei.core.tables import is_delimiter_row, pipe_cells
from chorei.retrieval.loading.parsed import Block, Blocks, Kind

# A longer "heading" is a paragraph, and a longer table header names nothing: the passages
# below repeat them, by which a hostile file could multiply its size.
_LONGEST_HEADING = 300
_LONGEST_HEADER = 5_000
_LONGEST_TAGS = 1_000

_SPECIAL = frozenset("#`~-*+•=_|<{[0123456789")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_TIGHT_ATX = re.compile(r"(#{1,6})(?=[^\W\d_])")
_ITEM = re.compile(r"[-*+•][ \t]|\d{1,9}[.)][ \t]")
_COMMENT = re.compile(r"(<!--)|\{%-?[ \t]*comment[ \t]*-?%\}")
_END_COMMENT = re.compile(r"\{%-?[ \t]*endcomment[ \t]*-?%\}")
_REFERENCE = re.compile(r"\[[^\[\]^][^\[\]]*\]:[ \t]*(?:<?(?:https?:|mailto:|[/#.])|\{%)")


class Outline:
    """The headings that stand above the current place."""

    def __init__(self) -> None:
        self._levels: list[int] = []
        self.heading: tuple[str, ...] = ()

    def enter(self, level: int, title: str) -> None:
        """A heading of ``level`` (1 is outermost) begins here."""
        self.leave(level)
        self.heading = (*self.heading, title)
        self._levels.append(level)

    def leave(self, level: int) -> None:
        """The part under the last heading of ``level`` ends here."""
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
        self.heading = self.heading[: len(self._levels)]


class Scanner:
    """Finds the blocks of a text in one pass over its lines.

    The parts of CommonMark (https://spec.commonmark.org/0.31.2/) and GitHub's tables that
    tell a document's structure, read leniently: ``#Heading`` without the space counts after a
    blank line. Time is linear in the text.

    Args:
        text: The whole text; offsets of the blocks are offsets in it.
        markup: Whether it is Markdown; if not, only paragraphs and list items are told apart.
    """

    def __init__(self, text: str, *, markup: bool = True) -> None:
        self.blocks = Blocks()
        self.outline = Outline()
        self.page: int | None = None
        self._text = text
        self._break = "\n" if "\n" in text else "\r"
        self._markup = markup
        self._kind: Kind = "paragraph"
        self._start = self._end = -1
        self._unclosed: set[bool] = set()

    def scan(self, start: int = 0, end: int | None = None) -> Blocks:
        """Add the blocks of ``text[start:end]`` to :attr:`blocks` and return them all."""
        text = self._text
        end = len(text) if end is None else end
        position = start
        find, newline = text.find, self._break
        while position < end:
            stop = find(newline, position, end) + 1 or end
            line = text[position:stop]
            bare = line.strip()
            if not bare:
                self._close()
            elif bare[0] in _SPECIAL or "|" in bare:
                stop = self._special(position, stop, end, line, bare)
            elif self._start < 0:
                self._prose(position, line)
            else:
                self._end = position + len(line.rstrip())
            position = stop
        self._close()
        return self.blocks

    def _line_end(self, position: int, end: int) -> int:
        return self._text.find(self._break, position, end) + 1 or end

    def _special(self, position: int, stop: int, end: int, line: str, bare: str) -> int:
        """Take a line that may begin another block; returns where the scan goes on."""
        first = bare[0]
        if self._markup:
            if first == "#" and self._atx(position, line):
                return stop
            if first in "`~" and bare[:3] in ("```", "~~~"):
                return self._code(position, stop, end, line, bare)
            if first in "<{" and (after := self._comment(position, end, line, bare)):
                return after
            if first in "=-*_" and self._underline(position, line, bare):
                return stop
            if first == "[" and self._start < 0 and _REFERENCE.match(bare):
                return stop
        if _ITEM.match(bare):
            self._close()
            self._prose(position, line)
            self._kind = "item"
        elif not (self._markup and "|" in bare and (after := self._table(stop, end, bare))):
            self._prose(position, line)
        else:
            return after
        return stop

    def _prose(self, position: int, line: str) -> None:
        if self._start < 0:
            self._start = position + len(line) - len(line.lstrip())
            self._kind = "paragraph"
        self._end = position + len(line.rstrip())

    def _close(self) -> None:
        if self._start < 0:
            return
        start, self._start = self._start, -1
        # Tags alone (`<div>`, `{% include … %}`) say nothing.
        tagged = self._markup and self._text[start] in "<{"
        if not tagged or self._end - start > _LONGEST_TAGS or plain(self._text[start : self._end]):
            self._emit(start, self._end, self._kind)

    def _emit(self, start: int, end: int, kind: Kind) -> None:
        self.blocks.append(Block(start, end, kind, self.outline.heading, self.page))

    def _heading(self, start: int, end: int, level: int) -> bool:
        if end - start > 2 * _LONGEST_HEADING:
            return False
        title = plain(self._text[start:end].strip("# \t\r\n"))
        if len(title) > _LONGEST_HEADING:
            return False
        self._start = -1
        if title:
            self.outline.enter(level, title)
            self._emit(start, end, "heading")
        return True

    def _atx(self, position: int, line: str) -> bool:
        match = _ATX.match(line)
        if match is None and self._start < 0 and (tight := _TIGHT_ATX.match(line)):
            match = tight if len(tight[1]) > 1 or line[1].isupper() else None
        if match is None:
            return False
        self._close()
        start = position + match.start(1)
        return self._heading(start, position + len(line.rstrip()), len(match[1]))

    def _underline(self, position: int, line: str, bare: str) -> bool:
        """A setext underline or a thematic break."""
        if bare.strip("-=*_ \t"):
            return False
        kinds = set(bare)
        if len(bare) > 1 and kinds in ({"="}, {"-"}) and self._start >= 0:
            end = position + len(line.rstrip())
            if self._kind == "paragraph" and self._heading(
                self._start, end, 1 if "=" in kinds else 2
            ):
                return True
        if len(kinds - {" ", "\t"}) == 1 and bare[0] != "=" and bare.count(bare[0]) > 2:
            self._close()
            return True
        return False

    def _code(self, position: int, stop: int, end: int, line: str, bare: str) -> int:
        """A fenced block; one that is never closed ends with the text."""
        self._close()
        mark = bare[0]
        length = len(bare) - len(bare.lstrip(mark))
        if mark == "`" and mark in bare[length:]:
            self._prose(position, line)
            return stop
        start = position + len(line) - len(line.lstrip())
        last = position + len(line.rstrip())
        while stop < end:
            here, stop = stop, self._line_end(stop, end)
            inner = self._text[here:stop].rstrip()
            last = here + len(inner) if inner else last
            closing = inner.lstrip()
            if len(closing) >= length and not closing.strip(mark):
                break
        self._emit(start, last, "code")
        return stop

    def _comment(self, position: int, end: int, line: str, bare: str) -> int:
        """Where a comment that begins the line ends, 0 if there is none."""
        match = _COMMENT.match(bare)
        if match is None:
            return 0
        liquid = match[1] is None
        if liquid in self._unclosed:
            return 0
        start = position + line.index(bare[0]) + match.end()
        if not liquid:
            found = self._text.find("-->", start, end)
            after = found + 3 if found >= 0 else 0
        else:
            closing = _END_COMMENT.search(self._text, start, end)
            after = closing.end() if closing else 0
        if after:
            self._close()
        else:
            self._unclosed.add(liquid)
        return after

    def _table(self, stop: int, end: int, bare: str) -> int:
        """Take the table whose header line ended at ``stop``; where it ends, 0 if none begins."""
        after = self._line_end(stop, end)
        rule = self._text[stop:after]
        if not is_delimiter_row(rule):
            return 0
        header = pipe_cells(bare)
        if len(header) != len(pipe_cells(rule)):
            return 0
        columns = tuple(plain(cell) for cell in header) if len(bare) <= _LONGEST_HEADER else ()
        rows = Blocks()
        while after < end:
            here, following = after, self._line_end(after, end)
            line = self._text[here:following]
            if "|" not in line:
                break
            rows.append(
                Block(
                    here + len(line) - len(line.lstrip()),
                    here + len(line.rstrip()),
                    "row",
                    self.outline.heading,
                    self.page,
                    len(rows) + 1,
                    columns,
                )
            )
            after = following
        if not rows:
            return 0
        self._close()
        for block in rows:
            self.blocks.append(block)
        return after
