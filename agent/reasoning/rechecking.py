"""Equations that a model wrote while it reasoned, computed again."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from chorei.core import CalculationError, Frozen, Language
from chorei.tools import calculate, numeric_values
from chorei.tools.calculator.spans import CLOCK

_NUMBER: Final = r"(?:[$£€₫]\s?)?\d(?:[\d.,]*\d)?\s?(?:%|₫|đ\b|VND\b|đồng\b|dollars?\b|USD\b)?"
_TERM: Final = rf"[(]*\s*[-−]?{_NUMBER}\s*[)]*"
_EQUATION: Final = re.compile(
    rf"(?<![\w.,/*×÷+^=-])(?P<left>{_TERM}(?:\s*(?:[-+*/×÷·−:]|\*\*|\bx\b)\s*{_TERM}){{1,12}})"
    rf"\s*(?P<sign>=|≈)\s*(?P<right>[-−]?{_NUMBER})(?![\w%])(?!\s*[-+*/×÷^(])"
)
_WORDS: Final = re.compile(r"(?i)\b(?:dollars?|usd|vnd|đồng|đ)\b|[$£€₫]")
_STARS: Final = re.compile(r"(?<!\*)\*\*(?!\*)|__|`|\\[()\[\]]|<<[^<>]*>>|\\(?:,|text\{[^}]*\})")
_TIMES: Final = re.compile(r"(?<=[\d)%])\s*(?:\bx\b|\\times)\s*(?=[\d($-])")
_OPERATORS: Final = frozenset("-−+*/×÷·^(")
_LONGEST: Final = 20_000


class Equation(Frozen):
    """An equation as a model wrote it.

    Attributes:
        text: The equation as it stands.
        value: What its left side really is.
        holds: Whether the right side says so, to the places that it gives.
    """

    text: str
    value: Decimal
    holds: bool


def equations(text: str, language: Language) -> tuple[Equation, ...]:
    """The equations ``a op b = c`` in a text, each computed again by the calculator.

    Formatting (``**``, LaTeX brackets, GSM8K's ``<<…>>``) is passed over. An equation that the
    calculator cannot read is left out: what is not understood is not called wrong. The right
    side may be rounded to the places that it shows.
    """
    readable = _TIMES.sub(" * ", _STARS.sub(" ", text[:_LONGEST]))
    return tuple(_equations(readable, language))


def wrong_equations(text: str, language: Language) -> tuple[Equation, ...]:
    """Those of :func:`equations` that do not hold."""
    return tuple(each for each in equations(text, language) if not each.holds)


def _equations(text: str, language: Language) -> Iterator[Equation]:
    for match in _EQUATION.finditer(text):
        before = text[: match.start()].rstrip()[-1:]
        if before in _OPERATORS or before.isdigit() or CLOCK.search(match["left"]):
            continue  # "eggs - 3 * 2 = 10", "1 1/2 - 1 = 0.5": only half of it is seen
        left = _balanced(match["left"])
        readings: tuple[Language, ...] = (language, "vi" if language == "en" else "en")
        found = [each for each in (_judge(left, match, how) for how in readings) if each]
        if found:
            yield next((each for each in found if each.holds), found[0])


def _judge(left: str | None, match: re.Match[str], language: Language) -> Equation | None:
    if left is None:
        return None
    try:
        value = calculate(_WORDS.sub("", left).strip(), language=language).result
    except CalculationError:
        return None
    stated = numeric_values(_WORDS.sub("", match["right"]).strip(), language)
    if not stated:
        return None
    percent = "%" in match["right"]
    holds = any(_rounds_to(value, right) for right in stated) or (
        percent and any(_rounds_to(value * 100, right) for right in stated)
    )
    return Equation(text=" ".join(match.group().split()), value=value, holds=holds)


def _balanced(left: str) -> str | None:
    """The left side without brackets of the sentence around it; None if they do not match."""
    left = left.strip()
    while left.count("(") > left.count(")") and left.startswith("("):
        left = left[1:].lstrip()
    return left if left.count("(") == left.count(")") else None


def _rounds_to(value: Decimal, stated: Decimal) -> bool:
    exponent = stated.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    step = Decimal(1).scaleb(-places)
    wide = Context(prec=max(value.adjusted(), 0) + places + 30, rounding=ROUND_HALF_UP)
    # One unit in the last place shown: people cut as often as they round.
    return abs(wide.subtract(value, stated)) < step if places or value % 1 else value == stated
