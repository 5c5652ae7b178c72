"""A stretch of a document with what stands around it, and the words of a query within it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chorei.interfaces.console import printable

if TYPE_CHECKING:
    from rich.text import Text

AROUND = 400
"""Characters shown on either side of an opened citation."""

SNIPPET = 240
"""Characters of a search result's snippet."""


def surroundings(text: str, start: int, end: int, around: int = AROUND) -> tuple[str, str, str]:
    """What stands before, in and after ``text[start:end]``, cut at a white space.

    An ellipsis marks where the document goes on.
    """
    left, right = max(0, start - around), min(len(text), end + around)
    before, after = text[left:start], text[end:right]
    if left:
        before = "…" + re.sub(r"^\S*\s+", "", before)
    if right < len(text):
        after = re.sub(r"\s+\S*$", "", after) + "…"
    return before, text[start:end], after


def highlighted(text: str, start: int, end: int) -> "Text":
    """The surroundings of a span, with the span itself set off."""
    from rich.text import Text

    before, inside, after = surroundings(text, start, end)
    shown = Text(printable(before), style="dim")
    # Marks besides the style, so that the span is seen without colours too.
    shown.append(f"»{printable(inside)}«", style="bold not dim")
    shown.append(printable(after), style="dim")
    return shown


def snippet(text: str, query: str, size: int = SNIPPET) -> "Text":
    """The part of ``text`` in which the query's words stand densest, those words emphasised."""
    from rich.text import Text

    spans = list(_matches(text, query))
    start = _densest(spans, size)
    end = min(len(text), start + size)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + size // 2)
    shown = Text("…" if start else "")
    at = start
    for left, right, _ in spans:
        if left < start or right > end:
            continue
        shown.append(printable(text[at:left]))
        shown.append(printable(text[left:right]), style="bold")
        at = right
    shown.append(printable(text[at:end]))
    if end < len(text):
        shown.append("…")
    return shown


def _matches(text: str, query: str) -> Iterator[tuple[int, int, str]]:
    from chorei.core import fold, word_spans, words

    wanted = {fold(word) for word in words(query)}
    for word, start, end in word_spans(text):
        folded = fold(word)
        if folded in wanted or any(_related(folded, other) for other in wanted):
            yield start, end, folded


def _related(one: str, other: str) -> bool:
    """Whether two folded words look like forms of one English word (``policy, policies``)."""
    short, long = sorted((one, other), key=len)
    stem = max(4, len(short) - 1)
    return len(short) >= stem and len(long) - len(short) <= 3 and long[:stem] == short[:stem]


def _densest(spans: list[tuple[int, int, str]], size: int) -> int:
    best, most = 0, 0
    for left, _, _ in spans:
        found = {word for start, end, word in spans if left <= start and end <= left + size}
        if len(found) > most:
            best, most = left, len(found)
    # A match within the first line is shown from the beginning: it reads better.
    return 0 if best < size // 2 else best
