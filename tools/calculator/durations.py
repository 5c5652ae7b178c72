"""Lengths of time in other units: "how many hours are in 3 weeks?"."""

import re
from fractions import Fraction
from typing import Final

from chorei.core import Language
from chorei.tools.calculator.question import Question

# Exact units only: a month has no fixed number of days.
_SECONDS: Final[dict[str, int]] = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
}
_MONTHS: Final[dict[str, int]] = {"month": 1, "quarter": 3, "year": 12}
_NAMES: Final[dict[str, str]] = {
    "giây": "second",
    "giay": "second",
    "phút": "minute",
    "phut": "minute",
    "giờ": "hour",
    "gio": "hour",
    "tiếng": "hour",
    "tieng": "hour",
    "ngày": "day",
    "ngay": "day",
    "tuần": "week",
    "tuan": "week",
    "tháng": "month",
    "thang": "month",
    "quý": "quarter",
    "quy": "quarter",
    "năm": "year",
    "nam": "year",
} | {plural: unit for unit in (*_SECONDS, *_MONTHS) for plural in (unit, f"{unit}s")}
_SHOWN_VI: Final[dict[str, str]] = {
    "second": "giây",
    "minute": "phút",
    "hour": "giờ",
    "day": "ngày",
    "week": "tuần",
    "month": "tháng",
    "quarter": "quý",
    "year": "năm",
}
_UNIT: Final = "|".join(_NAMES)
_ASKED: Final = (
    re.compile(
        rf"how many (?P<to>{_UNIT}) (?:are |is )?(?:there )?(?:in |make )?<n0> (?P<from>{_UNIT}) "
    ),
    re.compile(rf"(?:convert )?<n0> (?P<from>{_UNIT}) (?:to|in|into) (?P<to>{_UNIT}) "),
    re.compile(
        rf"<n0> (?P<from>{_UNIT}) (?:là |la |có |co |bằng |bang )"
        rf"(?:bao nhiêu |bao nhieu |mấy |may )(?P<to>{_UNIT}) "
    ),
    re.compile(rf"(?:đổi |doi )<n0> (?P<from>{_UNIT}) (?:ra |sang |thành |thanh )(?P<to>{_UNIT}) "),
)


def duration(question: Question, language: Language) -> tuple[str, str] | None:
    """The expression that converts a length of time, and the unit of its result."""
    if question.kinds != "n":
        return None
    words = question.words.replace("~", "")
    for asked in _ASKED:
        found = asked.fullmatch(words)
        if found is None:
            continue
        source, target = _NAMES[found["from"]], _NAMES[found["to"]]
        table = _SECONDS if source in _SECONDS else _MONTHS
        if source == target or target not in table:
            return None
        ratio = Fraction(table[source], table[target])
        operations = f" * {ratio.numerator}" if ratio.numerator != 1 else ""
        operations += f" / {ratio.denominator}" if ratio.denominator != 1 else ""
        unit = f"{target}s" if language == "en" else _SHOWN_VI[target]
        return f"{question.sources[0]}{operations}", unit
    return None
