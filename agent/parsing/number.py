"""The number that a final answer states."""

import re
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final

from chorei.agent.parsing.final import final_answer
from chorei.agent.parsing.thinking import split_thinking
from chorei.core import Language, nfc
from chorei.tools import number_spans, numeric_values

_FRACTION: Final = re.compile(
    r"(?P<sign>[-−])?(?:(?P<whole>[0-9]{1,9}) )?"
    r"(?:\\[dt]?frac\{(?P<up>[0-9]{1,18})\}\{(?P<down>[0-9]{1,18})\}"
    r"|(?P<above>[0-9]{1,18})[ ]?[/⁄][ ]?(?P<below>[0-9]{1,18}))(?![0-9/]|[.,][0-9])"
)
_TEX: Final = re.compile(r"\\(?:text|mathrm|mathbf)\{([^{}]{0,200})\}")
_SPACING: Final = re.compile(r"\\[!,;: ]|\{,\}")
_NEGATIVE: Final = re.compile(r"(?:negative|minus|âm|trừ)\s*\Z", re.IGNORECASE)
_LAST: Final = 2000


def final_number(
    text: str, language: Language | None = None, *, anywhere: bool = False
) -> Decimal | None:
    """The number that a text that reasons gives as its answer.

    Currency, thousands separators, scale words and units are read (``$1,234.50``,
    ``1.234,56 đ``, ``2,5 triệu``, ``18 eggs``, ``3/4``); of a percentage it is the number before
    the sign. Of an equation it is the right side, otherwise the first number counts. A date or a
    time is no number.

    Args:
        text: What the model wrote; if it states no answer, it is taken for one itself when it
            is a single line that begins with a number.
        language: Decides what ``1.234`` is; without it, digits that can be grouped are.
        anywhere: Take the last number of the text if it states no answer.

    Returns:
        The number, exact but for a fraction such as 1/3; None if there is none.
    """
    answer = final_answer(text)
    if answer is not None:
        return _first(answer, language)
    said = nfc(split_thinking(text).text).strip()
    if "\n" not in said and len(said) < _LAST and re.match(r"[-−+$£€₫¥\s]*[0-9]", said):
        return _first(said, language)
    return _last(said[-_LAST:], language) if anywhere else None


def _first(answer: str, language: Language | None) -> Decimal | None:
    plain = _SPACING.sub(lambda found: "," if found.group() == "{,}" else "", answer)
    plain = _TEX.sub(r" \1", plain).replace(r"\$", "$").replace(r"\%", "%")
    plain = plain.rpartition("=")[2]
    fraction = _FRACTION.search(plain)
    for start, end in number_spans(plain):
        if fraction is not None and fraction.start() <= start:
            return _quotient(fraction)
        value = _value(plain[start:end], language)
        if value is not None:
            return -value if _NEGATIVE.search(plain, 0, start) else value
    return _quotient(fraction) if fraction is not None else None


def _last(text: str, language: Language | None) -> Decimal | None:
    for start, end in reversed(list(number_spans(text))):
        value = _value(text[start:end], language)
        if value is not None:
            return value
    return None


def _value(written: str, language: Language | None) -> Decimal | None:
    """The value of one number; of several readings the largest: 15 of 15%, 5000 of 5k."""
    values = numeric_values(written, language)
    return max(values, key=abs) if values else None


def _quotient(fraction: re.Match[str]) -> Decimal | None:
    above, below = fraction["up"] or fraction["above"], fraction["down"] or fraction["below"]
    try:
        value = Decimal(fraction["whole"] or 0) + Decimal(above) / Decimal(below)
    except (DivisionByZero, InvalidOperation, Overflow):
        return None
    return -value if fraction["sign"] else value
