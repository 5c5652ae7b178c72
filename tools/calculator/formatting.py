"""Numbers as people of each language write them."""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Final

from chorei.core import Language
from chorei.tools.calculator.units import CURRENCIES, PERCENT
from chorei.tools.calculator.wording import places, say

# The most decimal places that are shown by unit; a plain number may have more digits than money.
_PLACES: Final[dict[str, int]] = {"₫": 0, "¥": 0, PERCENT: 2, "$": 2, "£": 2, "€": 2}
_PLAIN_PLACES: Final = 6
# A small number keeps this many significant digits, so that 0.00012 does not become 0.
_SIGNIFICANT: Final = 4
_MOST_PLACES: Final = 20
_SPACE: Final = "\u00a0"


def _rounded(value: Decimal, unit: str) -> tuple[Decimal, int]:
    """The value rounded half up as it is shown, and to how many places."""
    most = _PLACES.get(unit, _PLAIN_PLACES)
    if value and abs(value) < 1:
        most = max(most, min(_SIGNIFICANT - 1 - value.adjusted(), _MOST_PLACES + _SIGNIFICANT))
    wide = Context(prec=max(1, value.adjusted() + 1) + most + 2, rounding=ROUND_HALF_UP)
    return value.quantize(Decimal(1).scaleb(-most), context=wide), most


def _digits(value: Decimal, language: Language, least: int) -> str:
    """Digits in groups of three with at least ``least`` decimals if there are any."""
    whole, _, decimals = format(value.copy_abs(), "f").partition(".")
    decimals = decimals.rstrip("0")
    if decimals:
        decimals = decimals.ljust(least, "0")
    grouped = f"{int(whole):,}"
    if language == "vi":
        grouped = grouped.replace(",", ".")
    mark = "," if language == "vi" else "."
    return f"{grouped}{mark}{decimals}" if decimals else grouped


def _scientific(value: Decimal, language: Language) -> tuple[str, str]:
    """A value too near to zero for decimals, as ``8.129e-904``, and the note if it is rounded."""
    rounded = Context(prec=_SIGNIFICANT, rounding=ROUND_HALF_UP).create_decimal(value.copy_abs())
    digits, _, exponent = format(rounded.normalize(), "e").partition("e")
    text = f"{digits}e{exponent}"
    note = say("rounded", language, places=places(_SIGNIFICANT - value.adjusted() - 1, language))
    return text.replace(".", "," if language == "vi" else "."), (
        "" if rounded == value.copy_abs() else note
    )


def show(value: Decimal, unit: str, language: Language) -> tuple[str, str]:
    """A result for people, and the note that it was rounded ("" if it is exact).

    Rounding is half up (2.5 → 3), as in commerce: to whole dong and yen, to two places for
    other money and percentages, to six places otherwise; a value below 1 keeps four
    significant digits.

    Args:
        value: The result, in its unit (15 for 15%).
        unit: "", "%", a currency sign, or a word such as ``hours``.
        language: English writes ``$1,234.50``, Vietnamese ``1.234,50 $``.
    """
    rounded, most = _rounded(value, unit)
    note = "" if rounded == value else say("rounded", language, places=places(most, language))
    digits = _digits(rounded, language, 2 if unit in CURRENCIES else 0)
    if value and value.adjusted() < -_MOST_PLACES:
        digits, note = _scientific(value, language)
    sign = "-" if rounded < 0 else ""
    if not unit:
        return f"{sign}{digits}", note
    if unit == PERCENT:
        return f"{sign}{digits}%", note
    if unit in CURRENCIES and unit != "₫" and language == "en":
        return f"{sign}{unit}{digits}", note
    return f"{sign}{digits}{_SPACE}{unit}", note


def to_decimal(value: Fraction, digits: int) -> Decimal:
    """A fraction as a Decimal: exact if whole, else rounded half even to ``digits`` digits.

    A number with many digits before the mark keeps all of them.
    """
    if value.denominator == 1:
        return Decimal((int(value < 0), tuple(map(int, str(abs(value.numerator)))), 0))
    whole = len(str(abs(value.numerator) // value.denominator))
    context = Context(prec=max(digits, whole + 20))
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return quotient.normalize(context) if quotient else Decimal(0)
