"""Numbers as people write them in English and Vietnamese."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from chorei.core import Language, nfc
from chorei.tools.calculator.units import (
    CURRENCY_SIGNS,
    CURRENCY_WORDS,
    HALF,
    MILLION_DONG,
    SCALE_WORDS,
    SPOKEN_FRACTION,
    TIGHT_CURRENCY,
    TIGHT_SCALES,
)
from chorei.tools.calculator.wording import fault, say

# Spaces of every width, apostrophes and underscores between digits can only group them.
NUMBER: Final = re.compile(
    r"(?:[1-9][0-9]{0,2}(?:[ \u00a0\u2009\u202f'’_][0-9]{3})+(?![0-9])(?:[.,][0-9]+)?"
    r"|[0-9]+(?:[.,][0-9]+){0,30}"
    r"|[.,][0-9]+)"
    r"(?:[eE][+-]?[0-9]+(?![^\W_]))?"
)
# Letters with their combining marks; superscript digits and fractions count as letters in `re`.
_LETTER = r"[^\W\d_²³¹⁰⁴-⁹₀-₉¼-¾]"
WORD: Final = re.compile(rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f])*")
_GROUPING_ONLY = re.compile(r"[ \u00a0\u2009\u202f'’_]")
_EXPONENT = re.compile(r"[eE][+-]?[0-9]+$")
_FORMS: Final[dict[Language, re.Pattern[str]]] = {
    "en": re.compile(r"([0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)?(\.[0-9]+)?"),
    "vi": re.compile(r"([0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)?(,[0-9]+)?"),
}
_FORM_NAMES: Final[dict[Language, dict[Language, str]]] = {
    "en": {"en": "English", "vi": "Vietnamese"},
    "vi": {"en": "Anh", "vi": "Việt Nam"},
}
_MOST_EXPONENT: Final = 2000
_MOST_DIGITS: Final = 1000
# "trăm nghìn tỷ" is the longest that people write.
_MOST_SCALES: Final = 3
_SPOKEN_DIGITS = re.compile(r"[0-9]{1,3}(?![0-9.,])")
_LOWER_PART = re.compile(r"[ \u00a0]+([0-9]{1,3})(?![0-9.,])")


class Numeral(NamedTuple):
    """A number that was read, with what stood around it.

    Attributes:
        value: Its exact value, scale words included.
        unit: The sign of its currency, or "".
        start: Offset of its first character, a currency before it included.
        end: Offset after its last character.
        note: How an ambiguous number was read, or "".
    """

    value: Fraction
    unit: str
    start: int
    end: int
    note: str


def readings(written: str) -> list[tuple[Fraction, Language]]:
    """The values that digits with separators can have, each with the format it follows.

    English groups digits with commas and marks decimals with a dot, Vietnamese the other way
    round. An empty list means that the digits are grouped wrongly in both.
    """
    exponent = _EXPONENT.search(written)
    digits = written[: exponent.start()] if exponent else written
    power = int(exponent.group()[1:][:9]) if exponent else 0
    if abs(power) > _MOST_EXPONENT or len(digits) > _MOST_DIGITS:
        return []
    digits = _GROUPING_ONLY.sub("", digits)
    found: list[tuple[Fraction, Language]] = []
    forms: tuple[Language, Language] = ("en", "vi")
    for form in forms:
        group, mark = (",", ".") if form == "en" else (".", ",")
        if _FORMS[form].fullmatch(digits):
            plain = digits.replace(group, "").replace(mark, ".")
            value = Fraction(plain) * Fraction(10) ** power
            if all(value != other for other, _ in found):
                found.append((value, form))
    return found


def plain_digits(value: Fraction) -> str:
    """A terminating fraction as ASCII digits with a decimal dot (``1e300`` when very long)."""
    decimal = exact_decimal(value)
    text = format(decimal, "f")
    if len(text) > 40:
        sign, digits, exponent = decimal.as_tuple()
        short = "-" * sign + "".join(map(str, digits)).rstrip("0")
        zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
        assert isinstance(exponent, int)
        scientific = f"{short}e{exponent + zeros}"
        return min(text, scientific, key=len)
    return text


def exact_decimal(value: Fraction) -> Decimal:
    """The Decimal that equals ``value``, whose expansion must terminate, without rounding."""
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        raise ValueError(f"{value} has no terminating decimal expansion")
    places = max(twos, fives)
    scaled = value.numerator * 10**places // value.denominator
    return Decimal((int(scaled < 0), Decimal(abs(scaled)).as_tuple().digits, -places))


def _grouping_fault(text: str, start: int, written: str, language: Language) -> Exception:
    """The error for digits that no format groups this way, at the first bad group."""
    position = start
    for match in re.finditer(r"(?<=[.,])[0-9]+(?=[.,])", written):
        if len(match.group()) != 3:
            position = start + match.start()
            break
    else:
        separator = re.search(r"[.,]", written)
        position = start + (separator.start() if separator else 0)
    if _EXPONENT.search(written) and not re.search(r"[.,].*[.,]", written):
        return fault("size", language, text, start, limit=_MOST_EXPONENT)
    return fault("grouping", language, text, position, text=written)


def _choose(
    written: str, unit: str, language: Language, found: list[tuple[Fraction, Language]]
) -> tuple[Fraction, str]:
    """The value meant by ``written``, and a note if another one was possible.

    The language decides. An amount of money with exactly three digits after the mark is
    grouped in practice: dong always, other currencies where the language agrees.
    """
    if len(found) == 1:
        value, form = found[0]
        odd = form != language and len(re.findall(r"[.,]", written)) == 1
        note = odd and not re.search(r"[ \u00a0\u2009\u202f'’_]", written)
    else:
        chosen: Language = language
        grouping: Language = "en" if "," in written else "vi"
        if unit == "₫":
            chosen = grouping
        value, form = next((v, f) for v, f in found if f == chosen)
        note = not (unit and form == grouping == language)
    if not note:
        return value, ""
    fields = {"text": written, "value": plain_digits(value), "form": _FORM_NAMES[language][form]}
    shown = fields["value"]
    if language == "vi":
        fields["value"] = shown.replace(".", ",")
    return value, say("read_as", language, **fields)


def _word_after(text: str, position: int) -> tuple[str, int, bool] | None:
    """The word after optional spaces in lower case, its end, and whether it is tight."""
    start = position
    while start < len(text) and text[start] in " \u00a0\u2009\u202f":
        start += 1
    match = WORD.match(text, start)
    if match is None:
        return None
    return nfc(match.group()).lower(), match.end(), start == position


class Scale(NamedTuple):
    """The scale words after a number: it stands for ``value * factor + extra``."""

    factor: Fraction
    extra: Fraction
    end: int


def scale_after(text: str, position: int) -> Scale:
    """Read the scale words at ``position``: ``triệu``, ``k``, ``tỷ rưỡi``, ``triệu 200 nghìn``."""
    factor, extra, end = _scale_words(text, position)
    ceiling = factor
    while ceiling > 1 and (part := _LOWER_PART.match(text, end)) is not None:
        lower = _scale_words(text, part.end())
        value = int(part.group(1)) * lower.factor + lower.extra
        if lower.end == part.end() or value >= ceiling:
            break
        extra, end, ceiling = extra + value, lower.end, lower.factor
    return Scale(factor, extra, end)


def _scale_words(text: str, position: int) -> Scale:
    """The scale words of one part, such as ``trăm nghìn``, with the half or digits after them."""
    factor, extra, end = Fraction(1), Fraction(0), position
    for _ in range(_MOST_SCALES):
        power = _power_after(text, end)
        if power is None:
            break
        name, exponent, end = power
        unit = Fraction(10) ** exponent
        factor, extra = factor * unit, extra * unit
        spoken = _SPOKEN_DIGITS.match(text, end)
        half = _word_after(text, end)
        if name in SPOKEN_FRACTION and spoken:
            extra += Fraction(int(spoken.group()), 10 ** len(spoken.group())) * unit
            return Scale(factor, extra, spoken.end())
        if half is not None and half[0] in HALF:
            extra, end = extra + unit / 2, half[1]
    return Scale(factor, extra, end)


def _power_after(text: str, position: int) -> tuple[str, int, int] | None:
    """The scale word at ``position``: its name, its power of ten and the offset after it."""
    word = _word_after(text, position)
    if word is None:
        return None
    name, end, tight = word
    if name in MILLION_DONG:
        name, end = "tr", end - 1
    if name in SCALE_WORDS:
        return name, SCALE_WORDS[name], end
    if tight and name in TIGHT_SCALES:
        return name, TIGHT_SCALES[name], end
    return None


def currency_after(text: str, position: int) -> tuple[str, int]:
    """The currency that follows a number, and the offset after it ("" if there is none)."""
    start = position
    while start < len(text) and text[start] in " \u00a0\u2009\u202f":
        start += 1
    if start < len(text) and text[start] in CURRENCY_SIGNS:
        # "5 $3" is two amounts: the sign belongs to the digits behind it.
        behind = text[start + 1 : start + 2]
        if not (behind.isdigit() and start > position):
            return CURRENCY_SIGNS[text[start]], start + 1
    word = _word_after(text, position)
    if word is not None:
        name, end, tight = word
        if name in CURRENCY_WORDS:
            return CURRENCY_WORDS[name], end
        if name in TIGHT_CURRENCY and (tight or name == "đ"):
            return TIGHT_CURRENCY[name], end
        if name == "đô":
            follow = _word_after(text, end)
            return "$", follow[1] if follow is not None and follow[0] == "la" else end
    return "", position


def currency_before(text: str, position: int) -> tuple[str, int]:
    """The currency sign or word at ``position`` if a number follows it, and that number's start.

    Returns:
        The sign and the offset of the number; ``("", position)`` if there is no currency.
    """
    unit, after = "", position
    if text[position : position + 1] in CURRENCY_SIGNS and position < len(text):
        unit, after = CURRENCY_SIGNS[text[position]], position + 1
    elif text[position : position + 3].upper() == "US$":
        unit, after = "$", position + 3
    else:
        match = WORD.match(text, position)
        if match is not None:
            unit, after = CURRENCY_WORDS.get(nfc(match.group()).lower(), ""), match.end()
    if not unit:
        return "", position
    while after < len(text) and text[after] in " \u00a0\u2009\u202f":
        after += 1
    return (unit, after) if NUMBER.match(text, after) else ("", position)


def read(text: str, position: int, language: Language, *, limit: int | None = None) -> Numeral:
    """Read the number at ``position``, with its scale words and its currency.

    Args:
        text: Any text.
        position: Offset of a currency sign or word, or of the first digit.
        language: Decides what ``1.234`` means.
        limit: Offset at which the digits end at the latest (for ``max(1,2)``).

    Raises:
        CalculationError: The digits are grouped wrongly, or two currencies clash.
    """
    unit, start = currency_before(text, position)
    match = NUMBER.match(text, start) if limit is None else NUMBER.match(text, start, limit)
    if match is None:
        raise fault("expected_number", language, text, start, text=text[start : start + 1])
    written = match.group()
    money = unit or currency_after(text, scale_after(text, match.end()).end)[0]
    found = readings(written)
    if not found:
        raise _grouping_fault(text, start, written, language)
    value, note = _choose(written, money, language, found)
    factor, extra, end = scale_after(text, match.end())
    value = value * factor + extra
    if not unit or unit == "$":
        behind, after = currency_after(text, end)
        if behind and unit and behind != unit:
            raise fault("currencies", language, text, end, left=unit, right=behind)
        if behind:
            unit, end = behind, after
    return Numeral(value, unit, position, end, note)
