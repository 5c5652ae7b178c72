"""What an answer cites: of each passage the sentences that say what the answer says."""

import re
from collections.abc import Sequence
from typing import Final

from chorei.agent.protocols import Quote
from chorei.core import Passage, fold, sentence_spans, words
from chorei.tools import number_spans, numeric_values

_MARK: Final = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_LEFT_OVER: Final = re.compile(r"[ \t]+(?=[.,;!?]|$)", re.MULTILINE)
_MOST: Final = 4
"""Sentences of the longest stretch; a passage that is needed all over is quoted whole."""
_NUMBER_WEIGHT: Final = 3

Features = frozenset[object]


def cited(text: str, passages: Sequence[Passage]) -> tuple[str, tuple[Quote, ...]]:
    """A text with its citation marks numbered from 1 in order, and the quotations they mean.

    A mark that means no passage is taken out: it would be evidence that does not exist.

    Args:
        text: The model's answer.
        passages: The passages found, in the order of the numbers it was told.
    """
    order: dict[int, int] = {}
    said = _said(text)

    def renumber(match: re.Match[str]) -> str:
        known = [number for number in _numbers(match[1]) if 1 <= number <= len(passages)]
        return "".join(f"[{order.setdefault(number, len(order) + 1)}]" for number in known)

    marked = _MARK.sub(renumber, text)
    if len(order) < len(said):
        marked = _LEFT_OVER.sub("", marked)
    quotes = [_quote(passages[n - 1], " ".join(said.get(n, ()))) for n in order]
    return marked, tuple(quotes)


def _said(text: str) -> dict[int, list[str]]:
    """What the text says with each mark: its sentence, or the one before a mark on its own."""
    said: dict[int, list[str]] = {}
    before = ""
    for start, end in sentence_spans(text):
        bare = _MARK.sub(" ", text[start:end]).strip(" .,;:")
        before = bare or before
        for match in _MARK.finditer(text, start, end):
            for number in _numbers(match[1]):
                said.setdefault(number, []).append(before)
    return said


def _numbers(inside: str) -> list[int]:
    return [int(part) for part in re.split(r"\s*[,;]\s*", inside)]


def _quote(passage: Passage, statement: str) -> Quote:
    start, end = _stretch(passage.text, _features(statement))
    return Quote(passage=passage, start=passage.start + start, end=passage.start + end, score=1.0)


def _stretch(text: str, wanted: Features) -> tuple[int, int]:
    """From the first to the last sentence that is needed; the whole text if none stands out."""
    spans = list(sentence_spans(text))
    found = [_features(text[start:end]) & wanted for start, end in spans]
    needed: list[int] = []
    missing = {feature for each in found for feature in each if not isinstance(feature, str)}
    best = max(range(len(found)), key=lambda i: (_weight(found[i]), -i), default=None)
    if best is None or not found[best]:
        return 0, len(text)
    needed.append(best)
    missing -= found[best]
    for index, features in enumerate(found):
        if features & missing:
            needed.append(index)
            missing -= features
    first, last = min(needed), max(needed)
    if last - first >= _MOST:
        return 0, len(text)
    return spans[first][0], spans[last][1]


def _weight(features: Features) -> int:
    return sum(1 if isinstance(each, str) else _NUMBER_WEIGHT for each in features)


def _features(text: str) -> Features:
    """The words and the values of the numbers in a text; words of one letter say nothing."""
    numbers = (numeric_values(text[start:end]) for start, end in number_spans(text))
    spoken = {word for word in words(fold(text)) if len(word) > 1 and not word.isdigit()}
    return frozenset([*spoken, *filter(None, numbers)])
