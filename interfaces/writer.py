"""Writes an answer to the screen while it is being made."""

import re
from typing import TYPE_CHECKING

from chorei.interfaces.console import printable

if TYPE_CHECKING:
    from rich.console import Console

_MARKER = re.compile(r"(\[\d+\])")
# A citation stays on the line of the word before it.
_TOKEN = re.compile(r"\n|[^\S\n]+|\S+(?: \[\d+\]\S*)*")
# The last word, and what may yet become its citation.
_UNFINISHED = re.compile(r"\S+(?: (?:\[\d*\]?\S*)?)?\Z")
_BULLETS = frozenset({"-", "*", "•", "–", ">"})


class AnswerWriter:
    """Streams text to a console, on a terminal wrapped at words with citations set off.

    The last word is held back until the next piece shows where it ends, so a word is never
    broken by the width of the screen. Without a terminal the text goes out as it came.

    Args:
        console: Where to write.
    """

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._pending = ""
        self._column = 0
        self._gap = ""
        self._indent = ""
        self.written = ""

    def write(self, piece: str) -> None:
        """Writes the next piece of the text."""
        piece = printable(piece)
        self.written += piece
        if not self._console.is_terminal:
            self._console.file.write(piece)
            self._console.file.flush()
            return
        text = self._pending + piece
        unfinished = _UNFINISHED.search(text)
        complete = unfinished.start() if unfinished else len(text)
        self._pending = text[complete:]
        self._put_all(text[:complete])

    def finish(self) -> None:
        """Writes what was held back, and ends the line."""
        self._put_all(self._pending)
        self._pending = ""
        if self.written and not self.written.endswith("\n"):
            self._console.file.write("\n")
        self._console.file.flush()

    def _put_all(self, text: str) -> None:
        for part in _TOKEN.findall(text):
            if part == "\n":
                self._console.file.write("\n")
                self._column, self._gap, self._indent = 0, "", ""
            elif part.isspace():
                # A run of spaces may arrive in several pieces.
                self._gap += part
                if self._column == 0:
                    self._indent = self._gap
            else:
                self._put_word(part)

    def _put_word(self, word: str) -> None:
        from rich.cells import cell_len
        from rich.text import Text

        first = self._column == 0
        width = cell_len(word)
        if not first and self._column + cell_len(self._gap) + width > self._console.width:
            self._console.file.write("\n")
            self._gap, self._column = self._indent, 0
        styled = Text(self._gap)
        for part in _MARKER.split(word):
            styled.append(part, style="cyan" if _MARKER.fullmatch(part) else "")
        self._console.print(styled, end="", soft_wrap=True)
        self._column += cell_len(self._gap) + width
        self._gap = ""
        if first and word in _BULLETS:
            self._indent += "  "
