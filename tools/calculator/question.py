"""A question as words and numbers, the form in which phrases match."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chorei.core import CalculationError, Language, nfc
from chorei.tools.calculator.numerals import (
    NUMBER,
    WORD,
    Numeral,
    currency_before,
    plain_digits,
    read,
)
from chorei.tools.calculator.spans import CLOCK
from chorei.tools.calculator.template import marked

_SIGNED: Final = re.compile(r"(?<![\w)%.,])[-−](?=[0-9$£€₫¥])")
_PERCENT: Final = re.compile(r"\s?(?:%|per ?cent\b|phần trăm\b|phan tram\b)", re.IGNORECASE)
_PERCENT_WORDS: Final = re.compile(
    r"%|\b(?:percentages?|percent|per cent|phần trăm|phan tram)\b", re.IGNORECASE
)
_SEPARATED: Final = re.compile(r"[0-9]+(?:,[0-9]+)+")
_DROPPED: Final = frozenset('.?!:"“”=()')
_COMMAS: Final = frozenset(",;")


class Question(NamedTuple):
    """A question made ready for matching.

    Attributes:
        words: Its words in lower case, marked as :mod:`chorei.tools.calculator.template` says,
            and its numbers as ``<p0>`` (percent), ``<m1>`` (money) and ``<n2>``; a space
            after each.
        kinds: The kinds of its numbers in order, ``pn``.
        sources: For each number, how it is written in an expression.
        notes: How ambiguous numbers were read.
    """

    words: str
    kinds: str
    sources: tuple[str, ...]
    notes: tuple[str, ...]


def parse_question(text: str, language: Language) -> Question | None:
    """The question as words and numbers; None if it holds no number, or a date or a time."""
    text = _PERCENT_WORDS.sub("%", nfc(text).replace("’", "'"))
    words: list[str] = []
    kinds, sources, notes = "", [], []
    for item in _items(text, language):
        if item is None:
            return None
        if isinstance(item, str):
            words.append(item)
            continue
        numeral, percent, negative = item
        kind = "p" if percent else "m" if numeral.unit else "n"
        words.append(f"<{kind}{len(kinds)}>")
        kinds += kind
        sources.append(_source(numeral, percent, negative))
        notes.append(numeral.note)
    if not kinds:
        return None
    kept = "".join(f"{marked(word)} " for word in _without_commas(words))
    return Question(kept, kinds, tuple(sources), tuple(note for note in notes if note))


def _source(numeral: Numeral, percent: bool, negative: bool) -> str:
    digits = plain_digits(numeral.value)
    text = f"{digits}%" if percent else f"{digits} {numeral.unit}".strip()
    return f"(-{text})" if negative else text


def _items(text: str, language: Language) -> Iterator[str | tuple[Numeral, bool, bool] | None]:
    """Words, signs and numbers in order; None for what makes the question no arithmetic."""
    position = 0
    while position < len(text):
        character = text[position]
        if character.isspace():
            position += 1
            continue
        sign = _SIGNED.match(text, position)
        start = sign.end() if sign else position
        if NUMBER.match(text, currency_before(text, start)[1]) and not _inside_number(text, start):
            if CLOCK.match(text, start):
                yield None
                return
            item, position = _number(text, start, language)
            yield (
                item
                if item is None
                else (item, _PERCENT.match(text, position) is not None, sign is not None)
            )
            percent = _PERCENT.match(text, position)
            position = percent.end() if percent else position
            continue
        word = WORD.match(text, position)
        if word is not None:
            yield nfc(word.group()).lower()
            position = word.end()
            if text[position : position + 1].isdigit():
                yield None if word.group().lower() != "x" else ""
        else:
            yield "percent" if character == "%" else character
            position += 1


def _inside_number(text: str, position: int) -> bool:
    return position > 0 and text[position] in ".," and text[position - 1].isdigit()


def _number(text: str, start: int, language: Language) -> tuple[Numeral | None, int]:
    """The number at ``start``; digits that only make sense as a list are cut at the comma."""
    try:
        numeral = read(text, start, language)
    except CalculationError:
        separated = _SEPARATED.match(text, start)
        if separated is None:
            return None, start
        numeral = read(text, start, language, limit=start + separated.group().index(","))
    if text[numeral.end : numeral.end + 1].isalpha() and text[numeral.end] not in "xX":
        return None, start
    return numeral, numeral.end


def _without_commas(words: list[str]) -> list[str]:
    """The words without punctuation, but for a comma or semicolon after a number."""
    kept: list[str] = []
    for word in words:
        if word in _DROPPED or not word:
            continue
        if word in _COMMAS and not (kept and kept[-1].startswith("<")):
            continue
        kept.append(word)
    while kept and kept[-1] in _COMMAS:
        kept.pop()
    return kept
