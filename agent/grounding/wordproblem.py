"""Word problems: questions that bring all their numbers along and ask for a computed one."""

import re
from typing import Final

from chorei.core import Language, fold, sentence_spans
from chorei.tools import number_spans

_LEAST: Final = 2  # numbers that are given

_ASKS: Final[dict[Language, re.Pattern[str]]] = {
    "en": re.compile(
        r"\bhow (?:many|much|long|far|old|fast|tall|heavy)\b|\bwhat (?:is|was|are|will be|would be)"
        r" (?:the|his|her|their|its|my|our)\b.{0,60}?\b(?:total|sum|cost|price|profit|difference"
        r"|average|percentage|amount|number|age|revenue|area|perimeter|speed|distance|change"
        r"|ratio|weight|value|interest|savings|bill|margin|discount|tax|loss|earnings|balance)\b"
        r"|\bwhat(?:'s|’s) (?:the|his|her|their) .{0,40}\b(?:total|cost|profit|average|change)\b"
        r"|\bwhat percent(?:age)?\b|\bat what (?:price|rate|speed)\b"
        r"|\b(?:find|calculate|compute|work out) (?:the|how)\b",
        re.IGNORECASE,
    ),
    "vi": re.compile(
        r"\bbao nhieu\b|\bmay\b(?! (?:gio|tinh|bay|moc|pha|in|xay|chu))|\btong (?:cong|so|tien)\b"
        r"|\bcon lai\b|\btinh (?:xem|so|tong|gia|chi|loi|dien|thoi|trung)"
        r"|\btrung binh\b.{0,30}\bla\b|\bbao lau\b|\bgap may\b"
    ),
}
# What must be looked up, whatever numbers stand beside it: rules, rights, the company's own.
_LOOKED_UP: Final[dict[Language, re.Pattern[str]]] = {
    "en": re.compile(
        r"\b(?:polic(?:y|ies)|handbook|guidelines?|rules?|regulations?|contract|documents?"
        r"|according to|entitled|entitlement|allowed|permitted|eligible|qualify|reimburse\w*"
        r"|(?:our|the) (?:company|firm|price list|catalogue|tariff|warranty|menu)"
        r"|(?:do|does|can|may|will|would|should|must|could) (?:i|we|you|employees?|staff"
        r"|someone|customers?|part-timers?|a new (?:hire|starter)) (?:\w+ )?(?:get|have|receive"
        r"|take|claim|carry|need|return|be (?:paid|given))\b"
        r"|notice period|sick leave|annual leave|probation|insured|deductible)\b",
        re.IGNORECASE,
    ),
    "vi": re.compile(
        r"\b(?:chinh sach|quy dinh|so tay|noi quy|hop dong|tai lieu"
        r"|theo (?:quy|luat|cong ty|bang gia)|bang gia|bao hanh"
        r"|duoc (?:nghi|huong|phep|tra|nhan|hoan|thuong|cap|boi thuong)"
        r"|nghi phep|ngay phep|thu viec|bao hiem|phu cap|che do"
        r"|(?:cong ty|ben) (?:minh|toi|ta|chung))\b"
    ),
}
_NUMBER_WORD: Final[dict[Language, re.Pattern[str]]] = {
    "en": re.compile(
        r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
        r"|forty|fifty|sixty|seventy|eighty|ninety|hundred|dozen|half|twice|thrice|double|triple"
        r"|third|quarter)s?\b",
        re.IGNORECASE,
    ),
    "vi": re.compile(
        r"\b(?:hai|ba|bốn|sáu|bảy|tám|chín|mười|trăm|nghìn|triệu|một nửa|gấp đôi|gấp ba|phần ba"
        r"|tá)\b",
        re.IGNORECASE,
    ),
}
_CONDITION: Final = re.compile(
    r"^\W*(?:if|when|suppose|assuming|given|neu|gia su|khi|biet)\b", re.IGNORECASE
)
_CUT: Final = re.compile(r",\s+(?=(?:how|what|find|calculate|thì|hỏi|tính|thi|hoi|tinh)\b)", re.I)


def is_word_problem(question: str, language: Language) -> bool:
    """Whether a question is a calculation in words that gives every number it needs.

    It has a part that gives at least two numbers and a part that asks for one ("A crate holds
    24 bottles and costs 18 euros. How much is one bottle?"), and names nothing that would
    have to be looked up, such as a policy or what somebody is entitled to. Meant to be right
    when it says yes; it misses problems whose numbers stand in the question itself.

    Args:
        question: The question.
        language: Its language.
    """
    given, asked = _parts(question)
    if not given or _LOOKED_UP[language].search(_plain(question, language)):
        return False
    if not _ASKS[language].search(_plain(asked, language)):
        return False
    return numbers_in(given, language) >= _LEAST or (
        numbers_in(given, language) >= 1 and numbers_in(question, language) > _LEAST
    )


def _parts(question: str) -> tuple[str, str]:
    """What is given and what is asked; the first is empty if the question gives nothing."""
    sentences = [question[start:end] for start, end in sentence_spans(question)]
    if not sentences:
        return "", ""
    last = sentences[-1]
    before = " ".join(sentences[:-1])
    if cut := _CUT.search(last):
        if before or _CONDITION.match(fold(last)) or number_count(last[: cut.start()]):
            return f"{before} {last[: cut.start()]}".strip(), last[cut.start() :]
        return before, last
    if not before and _CONDITION.match(fold(last)):
        head, comma, tail = last.rpartition(", ")
        return (head, tail) if comma else ("", last)
    return before, last


def number_count(text: str) -> int:
    """How many numbers in digits stand in a text."""
    return sum(1 for _ in number_spans(text))


def numbers_in(text: str, language: Language) -> int:
    """How many numbers stand in a text, in digits and in words."""
    return number_count(text) + len(_NUMBER_WORD[language].findall(text))


def _plain(text: str, language: Language) -> str:
    return fold(text) if language == "vi" else text
