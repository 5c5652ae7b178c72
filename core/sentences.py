"""Sentences, list items and table rows: the units that are quoted."""

import re
from collections.abc import Iterator

# A sentence may end at . ! ? … (and closing quotes, brackets, emphasis) before white space.
_END = re.compile(r"[.!?…]+[\"'”’»)\]*_`]*(?=\s)")
# Never the end of a sentence: titles, "e.g.", initials, the number of a list item.
_ABBREVIATION = re.compile(
    r"(?:(?:^|[\s(\[*_\"'“])(?:e\.g|i\.e|cf|vs|mr|mrs|ms|dr|prof|st|no|nos|vol|sec|fig|approx|est"
    r"|jr|sr|dept|tp|ths|ts|gs|pgs|kts|q|p|[a-zđ](?:\.[a-zđ])*)|(?:^|\n)[\s>*_]*\d{1,3})\.$",
    re.IGNORECASE,
)
# These end a sentence only where the next one visibly starts.
_UNSURE = re.compile(r"(?:^|[\s(])(?:etc|inc|ltd|co|corp|u\.s|a\.m|p\.m|v\.v)\.$", re.IGNORECASE)
# A line break ends a unit before a blank line, a list item, a heading, a table row, a rule, a
# code fence, a block of HTML; and after a heading or a table row.
_BREAK = re.compile(
    r"\n(?=[ \t]*(?:\n|[-*+•–]\s|#{1,6}\s|[>|]|```|~~~|(?:\d{1,3}|[a-zA-Z])[.)]\s"
    r"|[-=*_]{3,}[ \t]*\n|</?(?:tr|li|p|div|h\d|table|ul|ol|dt|dd|tbody|thead)\b))"
    r"|(?:(?<=\n)|^)[ \t]*(?:#{1,6}\s|\|)[^\n]*\n"
)


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end offsets of each sentence, list item, heading line or table row of ``text``.

    Line breaks inside a paragraph or a list item do not end a sentence. White space around a
    unit is left out; every other character belongs to exactly one unit.
    """
    start = 0
    for block in [*(m.end() for m in _BREAK.finditer(text)), len(text)]:
        for match in _END.finditer(text, start, block):
            if _goes_on(text, start, match):
                continue
            yield from _trimmed(text, start, match.end())
            start = match.end()
        yield from _trimmed(text, start, block)
        start = block


def _goes_on(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the sentence that began at ``start`` continues after this full stop."""
    mark = match.group()
    if mark not in (".", "…", "..."):
        return False
    if text[match.end() : match.end() + 32].lstrip()[:1].islower():
        return True
    if mark != ".":
        return False
    before = text[max(start, match.end() - 16) : match.end()]
    if _UNSURE.search(before):
        return False
    return _ABBREVIATION.search(before) is not None


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if left < right:
        yield left, right
