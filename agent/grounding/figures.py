"""Numbers in what a model says, compared with those of quotations."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from chorei.core import Frozen, Language, fold, nfc
from chorei.tools import number_spans, numeric_values

_DIGITS: Final = re.compile(r"[\d.,\s\u00a0\u202f+−-]+")
_SAME: Final[dict[str, str]] = {
    "₫": "vnd", "đ": "vnd", "vnđ": "vnd", "đồng": "vnd", "d": "vnd", "vnd": "vnd",
    "$": "usd", "us$": "usd", "usd": "usd", "€": "eur", "eur": "eur", "£": "gbp", "gbp": "gbp",
    "%": "%", "percent": "%", "phầntrăm": "%",
}  # fmt: skip
_WORD: Final = re.compile(r"[^\W\d_]+")
_NEAR: Final = 3  # words between a number and what it counts
_WRITTEN_EN: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12,
    "half": None, "double": None, "twice": None, "triple": None, "thirds": None,
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10,
}  # fmt: skip
_WRITTEN_VI: Final = {
    "hai": 2, "ba": 3, "bốn": 4, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "mười": 10,
    "trăm": 100, "nghìn": 1000, "ngàn": 1000, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9,
    "nửa": None, "rưỡi": None,
}  # fmt: skip
# What a number counts: the same number of something else is another statement.
_UNITS: Final = (
    ("second", "seconds", "giây"), ("minute", "minutes", "min", "mins", "phút"),
    ("hour", "hours", "hr", "hrs", "h", "giờ", "tiếng"), ("day", "days", "ngày"),
    ("week", "weeks", "tuần"), ("month", "months", "tháng"), ("year", "years", "năm"),
    ("percent", "phần"), ("euro", "euros", "eur"), ("dollar", "dollars", "usd"),
    ("pound", "pounds", "gbp"), ("đồng", "vnd", "vnđ"), ("people", "persons", "person", "người"),
    ("kg", "kilo", "kilos", "kilogram", "kilograms", "cân", "ký"), ("g", "gram", "grams"),
    ("km", "kilometres", "kilometers"), ("m", "metre", "metres", "meter", "meters", "mét"),
    ("ml", "millilitre", "millilitres"), ("l", "litre", "litres", "liter", "liters", "lít"),
    ("cup", "cups", "cốc", "ly", "tách"), ("bag", "bags", "túi", "gói"), ("time", "times", "lần"),
)  # fmt: skip
_UNIT_OF: Final = {name: group[0] for group in _UNITS for name in group}
_TIMES: Final = frozenset(group[0] for group in _UNITS[:7])
_WRITTEN: Final[dict[str, int | None]] = {
    **_WRITTEN_EN, **_WRITTEN_VI, "năm": 5, "one": 1, "một": 1,
}  # fmt: skip
_DOUBTFUL: Final = frozenset(("năm", "one", "một"))


class Figure(Frozen):
    """A number as it stands in a text.

    Attributes:
        written: The characters.
        sort: Its currency, percent sign or suffix in one spelling; empty if it has none.
        counts: The units that stand within three words after it, in one spelling each.
        value: Its value if it is written as a word.
    """

    written: str
    sort: str = ""
    counts: tuple[str, ...] = ()
    value: int | None = None

    def values(self, language: Language | None) -> frozenset[Decimal]:
        """What it can mean."""
        if self.value is not None:
            return frozenset((Decimal(self.value),))
        return numeric_values(self.written, language)


def figures(text: str) -> Iterator[Figure]:
    """The numbers of a text, in order."""
    for start, end in number_spans(text):
        yield _figure(text, start, end)


def spoken_figures(text: str) -> Iterator[Figure]:
    """The numbers of a text that are written as words ("eight", "mười"), in order.

    ``năm`` is five only before a unit ("năm ngày"), else a year; so is ``một`` or ``one`` one.
    """
    for match in _WORD.finditer(text):
        word = nfc(match.group()).lower()
        value = _WRITTEN.get(word)
        counts = _counted(text, match.end())
        if word in _DOUBTFUL and not (
            counts and _UNIT_OF.get(_next(text, match.end())) == counts[0]
        ):
            value = None
        if value is not None:
            yield Figure(written=match.group(), counts=counts, value=value)


def units_in(text: str) -> frozenset[str]:
    """The units of time that a text names, in one spelling each."""
    named = {_UNIT_OF.get(w.lower(), "") for w in _WORD.findall(nfc(text))}
    return frozenset(named & _TIMES)


def _figure(text: str, start: int, end: int) -> Figure:
    written = text[start:end]
    sort = _DIGITS.sub("", nfc(written).lower())
    return Figure(written=written, sort=_SAME.get(sort, sort), counts=_counted(text, end))


def _counted(text: str, end: int) -> tuple[str, ...]:
    following = [nfc(w).lower() for w in _WORD.findall(text[end : end + 60])[:_NEAR]]
    return tuple(dict.fromkeys(_UNIT_OF[w] for w in following if w in _UNIT_OF))


def _next(text: str, end: int) -> str:
    match = _WORD.search(text, end, end + 30)
    return nfc(match.group()).lower() if match else ""


def held(figure: Figure, quoted: Iterable[Figure], language: Language) -> Figure | None:
    """The quoted number that says the same, written the same way if there is one.

    The same value of another currency, or right before another unit, is not the same.

    Args:
        figure: The number that a model wrote.
        quoted: The numbers of the quotations.
        language: The language in which the model wrote.
    """
    values = figure.values(language)
    fitting = [q for q in quoted if _agrees(figure, q) and _same(figure, q, values)]
    alike = (q for q in fitting if nfc(q.written) == nfc(figure.written))
    return next(alike, fitting[0] if fitting else None)


def _same(figure: Figure, quoted: Figure, values: frozenset[Decimal]) -> bool:
    if nfc(figure.written) == nfc(quoted.written):
        return True
    return figure.sort in ("", quoted.sort) and bool(values & quoted.values(None))


def _agrees(figure: Figure, quoted: Figure) -> bool:
    """Whether what the number counts is among what the quoted one counts, if both say so."""
    if not figure.counts or not quoted.counts:
        return True
    return figure.counts[0] in quoted.counts


def rewritten(text: str, quoted: Iterable[Figure], language: Language) -> str | None:
    """The text with each number written as it is quoted; None if one of them is not quoted."""
    known = list(quoted)
    parts: list[str] = []
    at = 0
    for start, end in number_spans(text):
        same = held(_figure(text, start, end), known, language)
        if same is None:
            return None
        parts += [text[at:start], same.written]
        at = end
    return "".join((*parts, text[at:]))


def missing_figures(text: str, quoted: Iterable[Figure], language: Language) -> tuple[str, ...]:
    """The numbers of a text that no quotation holds, in digits or in words."""
    known = list(quoted)
    return tuple(f.written for f in figures(text) if held(f, known, language) is None)


def missing_number_words(text: str, quoted: str, language: Language) -> tuple[str, ...]:
    """The number words of a text ("three", "mười") that a quotation has neither so nor in digits.

    Args:
        text: What a model says.
        quoted: The text of the quotations.
        language: The language of ``text``.
    """
    found = {nfc(w).lower() for w in _WORD.findall(quoted)}
    values = {Decimal(n) for n in re.findall(r"\b(\d+)(?:st|nd|rd|th)\b", fold(quoted))}
    for figure in (*figures(quoted), *spoken_figures(quoted)):
        values |= figure.values(None)
    table = _WRITTEN_EN if language == "en" else _WRITTEN_VI
    unvalued = (w for w in _WORD.findall(nfc(text).lower()) if w in table and table[w] is None)
    missing = [word for word in unvalued if word not in found]
    missing += [
        figure.written
        for figure in spoken_figures(text)
        if figure.value != 1
        and not figure.values(None) & values
        and nfc(figure.written).lower() not in found - _DOUBTFUL
    ]
    return tuple(dict.fromkeys(missing))
