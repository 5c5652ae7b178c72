"""Lines on pages put together to headings, paragraphs, items and tables, in the child process."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

_ITEM = re.compile(r"(?:[-*•◦▪‣·–]\s|(?:\d{1,3}|[a-zđA-ZĐ])[.)]\s)")
_BULLET = re.compile(r"[•◦▪‣·]\s*")
_MARKUP = re.compile(r"#{1,6}(?:\s|$)|```|~~~|<!--|\{%|---|===|\|")
_DIGITS = re.compile(r"\d+")
# Relative to the size of most of the text.
_HEADING_SIZE = 1.15
_LONGEST_HEADING = 120
_MOST_LEVELS = 4
_PARAGRAPH_GAP = 1.75
# How PDFium writes a hyphen at the end of a line, and the line end with it.
LINE_HYPHEN = "\x02"
_NEAR = 5


class Line(NamedTuple):
    """One line of a page.

    Attributes:
        cells: Its text; several where wide gaps separate them.
        size: Height of its letters in points.
        bottom: Distance from the lower edge of the page.
        left: Distance of its start from the left edge.
        right: Distance of its end from the left edge.
        bold: Whether it begins and ends in bold.
    """

    cells: tuple[str, ...]
    size: float
    bottom: float
    left: float
    right: float
    bold: bool = False

    @property
    def text(self) -> str:
        """The line as one string."""
        return " ".join(self.cells)


def written(pages: Sequence[Sequence[Line]]) -> list[str]:
    """Each page as Markdown."""
    levels = _levels(pages)
    bold = _bold_level(pages, levels)
    running = _running(pages)
    kept = (
        [line for line in page if _place(line) not in running or round(line.size) in levels]
        for page in pages
    )
    return ["\n\n".join(_parts(page, levels, bold)).replace(LINE_HYPHEN, "-") for page in kept]


def _levels(pages: Sequence[Sequence[Line]]) -> Mapping[float, int]:
    """The heading level of each size of letters that is clearly above that of most text."""
    weights: Counter[float] = Counter()
    for page in pages:
        for line in page:
            weights[round(line.size)] += len(line.text)
    body = weights.most_common(1)[0][0] if weights else 0.0
    large = sorted((size for size in weights if size > _HEADING_SIZE * body), reverse=True)
    return {size: min(level, _MOST_LEVELS) for level, size in enumerate(large, start=1)}


def _bold_level(pages: Sequence[Sequence[Line]], levels: Mapping[float, int]) -> int:
    """The level of short bold lines in the size of the text; 0 if most of the text is bold."""
    lines = [line for page in pages for line in page]
    bold = sum(len(line.text) for line in lines if line.bold)
    if 2 * bold > sum(len(line.text) for line in lines):
        return 0
    return max(levels.values(), default=0) + 1


def _running(pages: Sequence[Sequence[Line]]) -> set[tuple[str, int]]:
    """First and last lines that stand on most pages: running heads and page numbers.

    The header of a table that goes on over pages is none.
    """
    if len(pages) < 2:
        return set()
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        ends = {0, len(page) - 1} if page else set()
        seen.update({_place(page[index]) for index in ends if not _in_table(page, index)})
    return {place for place, count in seen.items() if 2 * count > len(pages)}


def _place(line: Line) -> tuple[str, int]:
    return _DIGITS.sub("0", line.text), round(line.bottom / 4)


def _parts(lines: Sequence[Line], levels: Mapping[float, int], bold: int) -> Iterator[str]:
    """The parts of a page; each is one heading, paragraph, item or table."""
    numbered = list(enumerate(lines))
    for is_table, run in groupby(numbered, key=lambda item: _in_table(lines, item[0])):
        if is_table:
            yield from _tables([line for _, line in run])
            continue
        open_parts: list[str] = []
        for index, line in run:
            level = _heading_level(line, levels, bold)
            if level:
                yield from open_parts
                open_parts = []
                yield f"{'#' * level} {line.text}"
            elif open_parts and _goes_on(lines, index, levels, bold):
                open_parts[-1] = _joined(open_parts[-1], line.text)
            else:
                yield from open_parts
                open_parts = [_marked(line.text)]
        yield from open_parts


def _in_table(lines: Sequence[Line], index: int) -> bool:
    width = len(lines[index].cells)
    near = [*lines[max(index - 1, 0) : index], *lines[index + 1 : index + 2]]
    return width > 1 and any(len(line.cells) == width for line in near)


def _tables(lines: Sequence[Line]) -> Iterator[str]:
    for width, run in groupby(lines, key=lambda line: len(line.cells)):
        rows = ["| " + " | ".join(c.replace("|", "\\|") for c in line.cells) + " |" for line in run]
        yield "\n".join([rows[0], "|" + " --- |" * width, *rows[1:]])


def _heading_level(line: Line, levels: Mapping[float, int], bold: int) -> int:
    text = line.text
    if len(text) > _LONGEST_HEADING or not any(character.isalpha() for character in text):
        return 0
    if level := levels.get(round(line.size), 0):
        return level
    return bold if line.bold and text[-1] not in ".,;" and not _ITEM.match(text) else 0


def _goes_on(lines: Sequence[Line], index: int, levels: Mapping[float, int], bold: int) -> bool:
    """Whether a line continues the paragraph of the line before it.

    It does not where its first word would have had room on the line before: whoever set the
    text broke it on purpose.
    """
    before, line = lines[index - 1], lines[index]
    if _heading_level(before, levels, bold) or _ITEM.match(line.text):
        return False
    if before.text.endswith(LINE_HYPHEN):
        return True
    if before.bottom - line.bottom > _PARAGRAPH_GAP * max(before.size, line.size):
        return False
    near = lines[max(index - _NEAR, 0) : index + _NEAR]
    edge = max(other.right for other in near if other.left < before.right)
    width = (before.right - before.left) / max(len(before.text), 1)
    return before.right + width * (len(line.text.split(" ", 1)[0]) + 1) > edge


def _joined(text: str, following: str) -> str:
    """Two lines in one; a hyphen before a small letter was there for the line end only."""
    if text.endswith(LINE_HYPHEN):
        return text[:-1] + following if following[:1].islower() else f"{text[:-1]}-{following}"
    return f"{text} {following}"


def _marked(text: str) -> str:
    """A paragraph as Markdown: bullets of any kind as ``-``, nothing else read as markup."""
    if _MARKUP.match(text):
        return f"\\{text}"
    return _BULLET.sub("- ", text, count=1) if _BULLET.match(text) else text
