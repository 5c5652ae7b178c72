"""Facts that rules find in what people say: addresses, dates, amounts, yes and no."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from chorei.core import Language, fold
from chorei.tools.calculator import number_spans, numeric_values

# Lengths as in RFC 5321, section 4.5.3.1; bounded, so that no text makes the search slow.
_EMAIL: Final = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9_+%](?:[A-Za-z0-9_.+%-]{0,62}[A-Za-z0-9_+%-])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w@-])"
)
_MONTHS: Final = (
    "january february march april may june july august september october november december".split()
)
_ISO: Final = re.compile(r"(?<![\d/.-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\d/-])")
_NUMERIC: Final = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\d/-])")
_DAY_MONTH: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]{3,9})\.?,? (\d{4})\b")
_MONTH_DAY: Final = re.compile(r"\b([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b")
_NGAY: Final = re.compile(r"\b(\d{1,2}) thang (\d{1,2})(?:,? nam|,)? (\d{4})\b")
_DAYS: Final = {
    "today": 0, "hom nay": 0, "yesterday": -1, "hom qua": -1, "tomorrow": 1, "ngay mai": 1,
}  # fmt: skip
_TAIL: Final = (
    r"(?: (?:please|thanks|thank you|then|a|da|nhe|nha|vay|di|luon|shop|ban|em|anh|chi))*"
)
# "đúng" (right) and "đừng" (don't) fold to the same letters; so written they say neither.
_MARKED: Final = (
    (re.compile(r"\bđúng\b"), "chinh xac"),
    (re.compile(r"\b(?:đừng|dừng)\b"), "huy"),
    (re.compile(r"\b(?:ừ|ừm|ờ)\b"), "vang"),
)
_YES: Final = re.compile(
    r"(?:(?:da|vang|ok|okay|oh|well) )*"
    r"(?:y|yes|yep|yeah|yup|sure|ok|okay|of course|certainly|correct|right|that s right|exactly"
    r"|go ahead|please do|do it|confirm|confirmed|i confirm|approve|approved|i agree|agreed"
    r"|yes (?:please|go ahead|do it|i do|i am|that s right|correct|i confirm)"
    r"|co|vang|da|phai|phai roi|chinh xac(?: vay| roi| lam)?|(?:toi |em |minh )?dong y"
    r"|duoc(?: roi)?|(?:toi |em |minh )?xac nhan|(?:lam|tien hanh)(?: di)|co dong y)" + _TAIL
)
_NO: Final = re.compile(
    r"(?:(?:da|oh|well|a|thoi) )*"
    r"(?:n|no|nope|nah|not now|no thanks|no thank you|don t|do not|do not do it|don t do it|cancel"
    r"|stop|reject|rejected|decline|wrong|incorrect|that s wrong|that is wrong|i disagree"
    r"|no (?:don t|do not|i don t|i do not|stop|cancel|please don t)"
    r"|khong|ko|khong (?:dong y|phai|chinh xac|can|lam|huy)|chua|chua chinh xac|sai|sai roi"
    r"|huy(?: di| lai| lam| nua| bo)?|thoi|tu choi|(?:toi|em|minh) (?:khong dong y|tu choi))"
    + _TAIL
)


def plain(text: str) -> str:
    """The text in one form of its characters, without those that cannot be seen."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(c for c in composed if unicodedata.category(c) != "Cf")


def emails(text: str) -> tuple[str, ...]:
    """The e-mail addresses in a text, in lower case."""
    return tuple(dict.fromkeys(m.group().lower() for m in _EMAIL.finditer(plain(text))))


def matches(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """What a pattern finds as words of their own, in upper case without inner spaces."""
    found = []
    text = plain(text)
    for match in pattern.finditer(text):
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        if not (before.isalnum() or after.isalnum()):
            found.append("".join(match.group().split()).upper())
    return tuple(dict.fromkeys(found))


def dates(text: str, language: Language, today: dt.date | None = None) -> tuple[str, ...]:
    """The dates in a text, as ISO 8601; ``03/04/2026`` in English gives both readings.

    Args:
        text: The text.
        language: In Vietnamese the day stands first.
        today: What "today" is; by default the computer's date.
    """
    folded = fold(plain(text))
    found = [*_written_dates(folded), *_numeric_dates(folded, language)]
    base = today or dt.date.today()
    for word, days in _DAYS.items():
        if re.search(rf"\b{word}\b", folded):
            found.append(base + dt.timedelta(days=days))
    return tuple(dict.fromkeys(date.isoformat() for date in found))


def amounts(text: str, language: Language) -> tuple[str, ...]:
    """The numbers in a text as plain decimals; one that can be read twice gives both."""
    text = plain(text)
    found: dict[str, None] = {}
    for start, end in number_spans(text):
        for value in sorted(numeric_values(text[start:end], language)):
            found[f"{value:f}"] = None
    return tuple(found)


def yes_or_no(text: str) -> bool | None:
    """Whether a text as a whole says yes or no; None if it says neither."""
    written = plain(text).casefold()
    for pattern, meaning in _MARKED:
        written = pattern.sub(meaning, written)
    said = " ".join(re.findall(r"[^\W_]+", fold(written)))
    if _NO.fullmatch(said):
        return False
    return True if _YES.fullmatch(said) else None


def _written_dates(folded: str) -> Iterator[dt.date]:
    for year, month, day in _ISO.findall(folded):
        yield from _date(year, month, day)
    for day, month, year in _NGAY.findall(folded):
        yield from _date(year, month, day)
    for day, name, year in _DAY_MONTH.findall(folded):
        yield from _date(year, _month(name), day)
    for name, day, year in _MONTH_DAY.findall(folded):
        yield from _date(year, _month(name), day)


def _numeric_dates(folded: str, language: Language) -> Iterator[dt.date]:
    for first, _, second, year in _NUMERIC.findall(folded):
        yield from _date(year, second, first)
        if language == "en":
            yield from _date(year, first, second)


def _month(name: str) -> int:
    return next((n for n, month in enumerate(_MONTHS, 1) if month.startswith(name)), 0)


def _date(year: str, month: str | int, day: str) -> Iterator[dt.date]:
    try:
        yield dt.date(int(year), int(month), int(day))
    except ValueError:
        return
