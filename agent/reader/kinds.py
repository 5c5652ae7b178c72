"""What kind of answer a question wants, and what such an answer looks like."""

import re
from collections.abc import Collection
from functools import cache
from typing import Final, Literal

from chorei.core import Language, fold, words

Kind = Literal[
    "number", "money", "percent", "phone", "duration", "frequency", "date", "person", "place",
    "howto", "reason", "yesno", "definition", "choice", "fact",
]  # fmt: skip

_MONEY_NOUN = (
    r"(?:price|cost|fee|fare|salary|wage|bonus|budget|allowance|stipend|rent|pay|earn|charge|money"
    r"|reward|deposit|premium|income|revenue|fine)"
)
_NO_THING = (
    rf"(?:{_MONEY_NOUN}s?|vat|tax|taxes|interest|commission|rebate|discount|compensation|support"
    r"|do|does|did|can|may|is|are)\b"
)
_RULES_EN: Final[tuple[tuple[Kind, str], ...]] = (
    ("phone", r"\b(?:phone|telephone|fax|hotline) number\b"),
    ("person", r"^\W*(?:(?:and|so|but) )?(?:who|whom)\b"),
    ("place", r"^\W*(?:(?:and|so|but) )?where\b"),
    ("howto", r"^\W*(?:(?:and|so|but) )?how (?:do|can|should|to|would|must)\b"),
    ("reason", r"^\W*(?:(?:and|so|but) )?why\b"),
    ("date", r"\b(?:on|by|until|before|after|since) (?:which|what) (?:day|date|month|year)\b"),
    ("definition", r"\bwhat (?:does|do|is|are) .*\b(?:stand for|mean|meant by)\b"),
    ("frequency", r"\bhow (?:often|frequently|regularly)\b"),
    ("number", r"\bhow much (?:can|may|could) .*\b(?:carry|hold|lift|load|tow|store|upload)\b"),
    ("number", r"\bhow much (?:does|do|did) .*\bweigh\b"),
    ("percent", r"\bwhat (?:percentage|percent|share|proportion|fraction)\b|\bhow many percent"),
    ("number", rf"\bhow much (?!time|notice|of\b)(?:(?!{_NO_THING})[\w’'-]+ ){{1,3}}"
               r"(?:do|does|did|can|may) (?:i|we|you|they|he|she|one|an?|the|our|my|each|every)\b"),
    ("money", rf"\bhow much\b.*\b{_MONEY_NOUN}s?\b"
              rf"|\b(?:what|which)\b[^.?!]{{0,40}}\b{_MONEY_NOUN}s?\b"),
    ("money", r"\bhow much (?:do|does|did|will|would|can|should|is|are|money)\b"),
    ("number", r"\bhow much (?!time|notice)[\w’'-]+(?: [\w’'-]+)?"
               r" (?:is|are|do|does|did|will|would|can|should)\b"),
    ("money", r"\bwhat (?:do|does|did|will|would|can) .*\b(?:cost|pay|charge|earn)\b"),
    ("duration", r"\b(?:how|for how) (?:long|quickly|fast|soon)\b|\bhow much (?:time|notice)\b"),
    ("number", r"\bhow (?:many|much|old|high|big|large|small|far|deep|tall|heavy)\b"),
    ("number", r"\bwhat(?:'s|’s| is| are)? (?:the )?(?:number|most|maximum|minimum|average"
               r"|limit|least|longest|shortest|largest|smallest|total|size|length|height|weight|score|rate)\b"
             r"|\bwhat(?:'s|’s| is| are) (?:the |our |my )?(?:\w+ )?"
             r"(?:limit|age|size|height|weight|rate)\b"),
    ("date", r"\b(?:when|what time|what date|(?:which|what|on which) (?:days?|date|year|month|week)"
             r"|by when|since when)\b"),
    ("person", r"\b(?:who|whom|whose|which (?:person|company|team|people))\b"),
    ("place", r"\bwhere\b|\bwhat(?:'s| is) the address\b|\b(?:which|what) (?:floor|room|city)\b"),
    ("reason", r"\bwhy\b|\bfor what reason\b"),
    ("howto", r"\bhow (?:do|can|should|to|would|must|does one)\b"
              r"|\bwhat (?:do|should|must|can) (?:i|we|you) do\b"),
    ("definition", r"^\W*what(?:'s| is| are) (?:an? |the )?[\w’'.-]+(?: [\w’'.-]+)?\W*$"
                   r"|\bwhat does .* mean\b"),
    ("choice", r"\b(?:which|what) (?!do|does|did|is|are|was|were|if|happens|about|can|should)\w+"),
    ("yesno", r"^\W*(?:(?:and|so|but|if .{3,60},) )?(?:can|could|may|do|does|did|is|are|was|were"
              r"|has|have|should|must|will|would|am)\b"),
)  # fmt: skip
_RULES_VI: Final[tuple[tuple[Kind, str], ...]] = (
    ("phone", r"so dien thoai|so may\b|duong day nong|hotline"),
    ("percent", r"phan tram|ty le"),
    ("frequency", r"bao lau (?:mot|moi) lan|(?:may|bao nhieu) lan\b"),
    ("number", r"\bbao nhieu (?:giay|phut|gio|ngay|tuan|thang|nam)\b"),
    (
        "money",
        r"bao nhieu tien|gia (?:bao nhieu|la bao nhieu)|\b(?:luong|gia|phi|thuong|chi phi|tien"
        r"|phu cap|ngan sach)\b.*bao nhieu|bao nhieu.*\b(?:dong|vnd|usd|do la)\b",
    ),
    ("duration", r"\bbao lau\b|\bmay (?:ngay|tuan|thang|nam|gio)\b"),
    ("date", r"khi nao|luc nao|bao gio|may gio|(?:ngay|nam|thang|hom|thu|tuan) (?:nao|may)"),
    ("number", r"bao nhieu|\bmay\b"),
    ("person", r"^ai\b|\bai\b|nguoi nao"),
    ("place", r"o dau|noi nao|cho nao|\bdau\b|dia chi"),
    ("reason", r"tai sao|vi sao|ly do"),
    ("howto", r"lam sao|lam the nao|lam cach nao|cach nao|nhu the nao|the nao"),
    ("choice", r"\b(?:nao|gi)\b(?!.*la gi)"),
    ("yesno", r"\b(?:co|duoc|phai|chua)\b.*\b(?:khong|chua)\W*$|phai khong|duoc khong"),
    ("definition", r"la gi\W*$"),
)
_NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six"
    r"|seven|eigh|nine)teen|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|ninety|dozen|fourth|fifth|sixth"
    r"|seventh|eighth|tenth|hundred|thousand|million|billion|half|once|twice|none|unlimited|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|trăm|nghìn|triệu|tỷ)"
)
_TIME_UNIT = (
    r"(?:second|minute|hour|day|week|month|year|quarter|decade|centur\w*|hr|min|giây|phút|giờ"
    r"|ngày|tuần|tháng|năm|quý|thập kỷ|thế kỷ)s?"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_AMOUNT = rf"(?:\d[\d.,]*|{_NUMBER_WORD})"
_EVIDENCE_RULES: Final[dict[Kind, str]] = {
    "number": r"(?<![\w-])\d[\d.,]*(?!\w)(?!\. )|\d[\d.,]*(?:%|(?:[kmgt]b?|st|nd|rd|th|x)\b)"
              rf"|\b{_NUMBER_WORD}\b",
    "phone": r"\d[\d\s().-]{5,}\d",
    "money": r"[$€£¥₫]\s?\d|\d[\d.,]*\s?(?:k\b|đ\b|usd|vnd|eur|gbp|chf|sek|dollars?|euros?|pounds?"
             r"|pence|francs?|crowns?|yen\b|rupees?|đồng|triệu|nghìn"
             r"|%|cents?)|\b(?:usd|vnd|eur|gbp|chf|sek)\s?\d"
             r"|\b(?:costs?|costing|pays?|paid|charged?|priced at) (?:\w+ )?"
             rf"\d(?:[\d.,]*\d)?(?!\d|[.,]\d|[\s-]*{_TIME_UNIT})"
             r"|\bfree\b|\bmiễn phí\b|do not cost|\b\d[\d.,]*[.,]\d\d\b"
             r"|\b\d{5,}\b(?![-/])",
    "percent": r"\d\s?%|\bper ?cent\b|phần trăm|\bhalf\b|\bthirds?\b",
    "duration": rf"\b{_AMOUNT}\b[\s*_(-]*(?:[\w()-]+\s+){{0,2}}{_TIME_UNIT}\b"
                rf"|\b{_TIME_UNIT} of\b"
                r"|\b(?:immediately|indefinitely|permanently|ngay lập tức)\b"
                r"|\d[\s*_-]*(?:characters|letters|digits|ký tự|words|pages|miles|km|feet|met)",
    "frequency": rf"\b(?:each|every|per|times|mỗi|hằng|hàng|lần)\b.{{0,20}}\b{_TIME_UNIT}\b"
                 rf"|\b{_AMOUNT} (?:times|lần)\b"
                 r"|\b(?:hourly|daily|weekly|fortnightly|biweekly|monthly|quarterly|annual|annually|yearly"
                 r"|(?:every|each) \w+|always|never|regularly|once|twice|thường xuyên|định kỳ)\b",
    "date": rf"\b{_MONTH}\b(?=\W+\d)|\b\d{{1,2}} {_MONTH}\b|\b{_WEEKDAY}\b"
            r"|\b(?:1[5-9]|20)\d\d\b"
            r"|\b\d{1,2}[:h]\d\d|\b\d{1,2} ?(?:am|pm|a\.m\.|p\.m\.)|\b\d{1,2}/\d{1,2}"
            rf"|\b{_MONTH}\b|(?:ngày|tháng|thứ|mùng|chủ nhật)\s\w+|\bnăm \d+"
            rf"|\b(?:first|last|second|third|fourth|fifth|sixth|end|beginning|start) "
            rf"(?:\w+ )?(?:of|day|week|month|{_WEEKDAY})"
            r"|\b(?:within|after|before|every|until|by|in|trong|sau|trước)\b"
            rf".{{0,25}}{_TIME_UNIT}"
            r"|\bcentury\b|thế kỷ",
    "person": r"[\w.+-]+@[\w-]+\.\w+|\b(?:manager|supervisor|founder|director|specialist|team"
              r"|lead|officer|department|desk|coordinator|staff|owner|author|committee|president"
              r"|everyone|hr|admins?|quản lý|giám đốc|trưởng|phòng|bộ phận|ông|bà)s?\b"
              r"|(?-i:(?<=[a-zà-ỹ,;:)] )[A-ZÀ-ỸĐ][a-zà-ỹ]+(?: [A-ZÀ-ỸĐ][\w.]*)*)"
              r"|(?-i:\b[A-ZÀ-ỸĐ][a-zà-ỹ]+ [A-ZÀ-ỸĐ][a-zà-ỹ]+)",
    "place": r"\b(?:in|at|on|to|from|near|next|located|inside|outside|between|via|ở|tại|trên)\b"
             r"|\b(?:street|st|avenue|floor|room|building|suite|plaza|basement|lobby|đường"
             r"|tầng|phòng|quận|phường)\b|https?:|#\w",
    "reason": r"\b(?:because|since|so that|due to|in order|reason|as a result|therefore|to avoid"
              r"|to ensure|vì|do|bởi|nhằm|để)\b",
    "howto": r"(?:^|\n)[\s>*_-]*(?:\d+[.)]|[-*])\s|\b(?:click|go to|select|fill|submit|send"
             r"|email"
             r"|contact|request|use|open|complete|follow|log in|call|ask|visit|enter|should"
             r"|must|need to|can|please|take|gửi|liên hệ|điền|chọn|vào|nhấn|yêu cầu|có thể"
             r"|cần|phải)\b",
    "yesno": r"\b(?:can|cannot|can't|may|must|should|will|won't|not|don't|do not|no|yes|never"
             r"|allowed|permitted|required|eligible|entitled|only|always|avoid|free|all|any|is"
             r"|are"
             r"|được|không|phải|chỉ|có thể|nên|cấm|tất cả)\b",
    "choice": r"(?-i:(?<=[\w,;:] )[A-ZÀ-ỸĐ][\w-]+)|`[^`]+`|\d|\]\("
              r"|\b(?:recommend|use|prefer|only)",
    "definition": r"\b(?:is|are|was|were|means?|refers? to|stands for|known as|called|defined)\b"
                  r"|(?:\blà\b|nghĩa là)|:|\s[-–—]\s",
}  # fmt: skip
VALUES: Final = frozenset(("number", "money", "percent", "phone", "duration", "frequency"))
"""Kinds of answers that cannot be given without a value."""
TYPED: Final = VALUES | {"date", "person", "definition"}
"""Kinds of answers that can be told by their form."""
_NEW: Final = VALUES | {"date", "person"}  # what has to be told, not what the question says
_REST: Final = re.compile(r"[\w.,]*")


@cache
def _rules(language: Language) -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    rules = _RULES_EN if language == "en" else _RULES_VI
    return tuple((kind, re.compile(rule, re.IGNORECASE)) for kind, rule in rules)


@cache
def _evidence(kind: Kind) -> re.Pattern[str] | None:
    rule = _EVIDENCE_RULES.get(kind)
    return None if rule is None else re.compile(rule, re.IGNORECASE)


def kind_of(question: str, language: Language) -> Kind:
    """What kind of answer a question wants; ``fact`` if its form does not tell.

    Args:
        question: The question.
        language: Its language; Vietnamese is recognised with and without diacritics.
    """
    text = question if language == "en" else fold(question)
    for kind, rule in _rules(language):
        if rule.search(text):
            return kind
    return "fact"


def evident(kind: Kind, text: str, said: Collection[str] = ()) -> bool:
    """Whether ``text`` holds something of the kind that is wanted.

    Args:
        kind: What is wanted.
        text: Where it is looked for.
        said: The words of the question: a value, a date or a name that consists of these alone
            answers nothing ("the first day", asked when it begins).
    """
    pattern = _evidence(kind)
    if pattern is None:
        return True
    if not said or kind not in _NEW:
        return pattern.search(text) is not None
    return any(_new(found, said) for found in pattern.finditer(text))


def _new(found: re.Match[str], said: Collection[str]) -> bool:
    rest = _REST.match(found.string, found.end())
    end = rest.end() if rest else found.end()
    return not all(word in said for word in words(found.string[found.start() : end]))
