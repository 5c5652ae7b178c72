"""Numbers in running text: where they stand and what they can mean."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from chorei.core import Language
from chorei.tools.calculator.numerals import (
    NUMBER,
    WORD,
    currency_after,
    currency_before,
    exact_decimal,
    readings,
    scale_after,
)
from chorei.tools.calculator.units import CURRENCY_WORDS, TIGHT_CURRENCY, TIGHT_SCALES

_CLOCK: Final = (
    r"(?<![0-9.,:])(?:[0-9]{4}(?P<iso>[-/])[0-9]{1,2}(?P=iso)[0-9]{1,2}"
    r"|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}(?:[0-9]{2})?"
    r"|[0-9]{1,2}(?P<dmy>[.-])[0-9]{1,2}(?P=dmy)[0-9]{4}"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?|[0-9]{1,2}h[0-9]{2})(?![0-9]|[:.,/-][0-9])"
)
_SCAN: Final = re.compile(
    # Addresses, citation marks, and names with digits in them hold no numbers.
    r"(?P<name>(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[\w.]+|\[[0-9]{1,3}\]"
    r"|(?<!\w)[^\W\d]\w*[0-9]\w*(?:[.-]\w+)*"
    r"|(?<!\w)[^\W\d]{0,30}[A-ZĐ][^\W\d]{0,30}-[0-9]\w*)"
    rf"|(?P<clock>{_CLOCK})"
    r"|(?P<number>(?:(?<![\w)%\]])[-−])?(?:(?:US)?[$£€₫¥]\s?|\b[A-Za-z]{3} ?)?"
    r"(?=[0-9]|(?<![\w.,])[.,][0-9]))"
)
# A date or a time.
CLOCK: Final = re.compile(_CLOCK)
_SPACES: Final = re.compile(r"[ \u00a0\u2009\u202f]*")
_PERCENT: Final = re.compile(r"[ \u00a0\u202f]?%|[ \u00a0]?\bpercent\b|[ \u00a0]?phần trăm\b")
_RUN: Final = re.compile(r"[\w.,-]*\w")
_SHORT: Final = re.compile(r"[0-9]+(?:\.[0-9]+(?!\.?[0-9]))?")
# What may follow digits without a space and leave them a number: "24h", "5kg", "1st".
_SUFFIXES: Final = frozenset(
    "h s g l x am pm st nd rd th km kg cm mm ml gb mb tb kb px ms hr hrs min mins w kw kwh"
    " oz lb lbs ft in p".split()
)


def number_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers stand in running text, as ``(start, end)`` offsets in reading order.

    A span covers a number as written: digits with their separators, a minus sign, a percent
    sign, a currency and a scale word beside it (``$1.5 million``, ``1.200 ₫``, ``15%``). A
    date or a time is one span (``2024-05-01``, ``10:30``, ``8h30``); a range is two.
    Digits that belong to a name are no number: ``SOC2``, ``COVID-19``, ``v1.2.3``, ``2FA``,
    ``192.168.0.1``, addresses, and citation marks such as ``[1]``.
    """
    position = 0
    while (found := _SCAN.search(text, position)) is not None:
        if found["name"] is not None:
            position = found.end()
        elif found["clock"] is not None:
            position = found.end()
            yield found.span()
        else:
            start, digits = _number_start(text, found.start(), found.end())
            end = _number_end(text, digits)
            if end is None:
                run = _RUN.match(text, digits)
                position = run.end() if run else digits + 1
            else:
                yield start, end
                position = end


def _number_start(text: str, start: int, digits: int) -> tuple[int, int]:
    """Drop what looked like a currency word but is none: "the 5" starts at "5"."""
    sign = 1 if text[start : start + 1] in ("-", "−") else 0
    before = text[start + sign : digits].strip().lower()
    if before.isalpha() and before not in CURRENCY_WORDS:
        return digits, digits
    return start, digits


def _number_end(text: str, start: int) -> int | None:
    """The offset after the number whose digits start at ``start``, None if it is a name."""
    match = NUMBER.match(text, start)
    if match is None:
        return None
    end = match.end()
    if not readings(match.group()):
        short = _SHORT.match(text, start)
        if "," not in match.group() or short is None:
            return None
        return short.end()
    word = WORD.match(text, end)
    scaled = scale_after(text, end).end
    after = currency_after(text, scaled)[1]
    if after == end and word is not None and word.group().lower() not in _SUFFIXES:
        return None
    if word is None and text[end : end + 1] == "_":
        return None
    if after != end and text[after : after + 1].isalnum():
        return None
    percent = _PERCENT.match(text, after)
    return percent.end() if percent else after


def numeric_values(written: str, language: Language | None = None) -> frozenset[Decimal]:
    """The values that one number as written can have.

    ``15%`` is 15 or 0.15, ``5m`` is 5 (metres) or 5000000; a time or a date has none. Two
    numbers can be the same if their sets meet.

    Args:
        written: The text of one number, such as :func:`number_spans` finds it.
        language: Decides what ``1.234`` is; without it, it is both 1.234 and 1234. Digits
            that follow the other language's format only are read all the same.

    Returns:
        The values, exact; empty if it is not a number, or is a date or a time.
    """
    text = written.strip()
    if CLOCK.fullmatch(text):
        return frozenset()
    return frozenset(exact_decimal(value) for value in _values(text, language))


def _values(text: str, language: Language | None) -> Iterator[Fraction]:
    sign = -1 if text[:1] in ("-", "−") else 1
    text = text.lstrip("-−+")
    unit, start = currency_before(text, 0)
    match = NUMBER.match(text, start)
    if match is None:
        return
    scale = scale_after(text, match.end())
    behind, end = currency_after(text, scale.end)
    found = readings(match.group())
    if len(found) > 1 and language is not None:
        form: Language = language
        if "₫" in (unit, behind):
            form = "en" if "," in match.group() else "vi"
        found = [(value, read) for value, read in found if read == form]
    suffix = WORD.match(text, match.end())
    for value, _ in found:
        scaled = sign * (value * scale.factor + scale.extra)
        yield scaled
        if suffix is not None and suffix.group().lower() in TIGHT_SCALES | TIGHT_CURRENCY:
            yield sign * value
        if _PERCENT.match(text, end):
            yield scaled / 100
