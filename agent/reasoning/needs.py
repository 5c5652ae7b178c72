"""What would need a language model: said by the built-in reader when it has to decline."""

import re
from typing import Final

from chorei.agent.reasoning import wording
from chorei.core import Language, fold, words
from chorei.tools import number_spans, numeric_values
from chorei.tools.calculator.numberwords import with_digits

# All patterns see folded text: lower case, without diacritics.
_AMOUNT: Final = re.compile(
    r"\bhow (?:much|many|long|far|old|fast|often)\b|\bwhat (?:is|was|will be|would be|are|does)\b"
    r".{0,60}\b(?:total|sum|cost|price|average|profit|revenue|difference|remainder|share|percent"
    r"|percentage|change|salary|balance|amount|interest|number|bill|discount|margin)\b"
    r"|\bby (?:how much|what percent)|\bcalculate\b|\bcompute\b|\bwork out\b|\bwhat percent"
    r"|\bbao nhieu\b|\bbao lau\b|\bmay (?:ngay|gio|nguoi|cai|chiec|lan|thang|nam|tuan|san pham"
    r"|don hang|phan tram|hop|thung|kg|met|km|dong|trieu|nghin)\b|\btinh\b|\btong (?:so|cong)\b"
)
_CHANGE: Final = re.compile(
    r"\b(?:sells?|sold|buys?|bought|pays?|paid|costs?|earns?|earned|spends?|spent|saves?|saved"
    r"|gives?|gave|gets?|left|remain|each|per|every|another|more than|fewer|less than|twice|half"
    r"|double|triple|split|shared?|together|altogether|in total|discount|tax|interest|percent"
    r"|increase[sd]?|decrease[sd]?|raise[sd]?|grows?|grew|works?|worked|drives?|makes?|made"
    r"|uses?|used|needs?|orders?|ordered|has|have|had|times|if|then)\b|%"
    r"|\b(?:ban|mua|tra|gia|kiem|tieu|tiet kiem|cho|con lai|moi|them|nhieu hon|it hon|gap|nua"
    r"|chia|chiet khau|giam|tang|thue|lai|phan tram|neu|thi|dung|can|dat|nhap|xuat|lam|co"
    r"|ton|luong|doanh thu|loi nhuan|chi phi)\b"
)
# A statement with a number before the question: a story, not a search.
_TOLD: Final = re.compile(r"\d[^?]*[.!;:,]\s[^?]*\?\s*\Z")
_LABELLED: Final = re.compile(
    r"(?i)\b(?:in|since|until|till|by|from|to|of|before|after|during|and|between|năm|nam)"
    r" (?:the year )?(?:1[0-9]|20)[0-9]{2}(?:-[0-9]{2,4})?\b(?! ?[$£€₫%])"
    r"|\b(?:tháng|thang|ngày|ngay|quý|quy|điều|dieu|khoản|khoan|mục|muc|chương|chuong|trang"
    r"|section|chapter|page|paragraph|article|version|grade) [0-9]{1,4}\b"
)
_SHARES: Final = frozenset("half twice double triple quarter third dozen".split())
_CHAIN: Final = re.compile(
    r"\b(?:and|then) (?:then )?(?:compare|calculate|compute|multiply|divide|subtract|add|convert"
    r"|check|tell me which|tell me how|decide|work out|estimate|rank|sort)\b"
    r"|\b(?:roi|sau do|va) (?:so sanh|tinh|nhan|chia|tru|cong|doi|kiem tra|cho biet|xep|uoc)\b"
    r"|\bfirst\b.{1,200}\bthen\b|\btruoc (?:tien|het)\b.{1,200}\b(?:sau do|roi)\b"
    r"|\bbuoc 1\b|\bstep 1\b"
)
_TEXT: Final = re.compile(
    r"^(?:please |can you |could you |hay |vui long |giup toi |nho ban )*"
    r"(?:(?:write|compose|draft|translate|rewrite|paraphrase|summari[sz]e)\b"
    r"|(?:viet|soan|soan thao|dich|tom tat|phien dich)"
    r" (?:cho|giup|mot|bai|doan|email|thu|ban|cau|van ban|tai lieu|noi dung|lai)\b)"
)


def needs_model(question: str, language: Language) -> str | None:
    """What a language model could do for a question that the reader had to decline.

    Args:
        question: The question, which neither the documents nor the calculator answered.
        language: Language of the sentence.

    Returns:
        One sentence for a calculation told in words, a task of several steps, or a text to be
        written; None for any other question, which a model could not answer either.
    """
    said = " ".join(fold(question).split())
    if _TEXT.match(said):
        return wording.A_TEXT[language]
    numbers = _numbers(question, language)
    asks, changes = _AMOUNT.search(said), _CHANGE.search(said)
    told = _TOLD.search(question) is not None
    if numbers >= 2 and ((told and (asks or changes)) or (asks and changes)):
        return wording.IN_WORDS[language]
    if _CHAIN.search(said):
        return wording.SEVERAL_STEPS[language]
    return None


def _numbers(question: str, language: Language) -> int:
    """The numbers of a question, but for dates, years and numbers of paragraphs.

    In English number words count, too; in Vietnamese they are as often something else.
    """
    text = _LABELLED.sub(" ", question)
    if language == "en":
        text = with_digits(text, language) or text
    spans = [text[start:end] for start, end in number_spans(text)]
    clocks = sum(not numeric_values(span, language) for span in spans)
    shares = sum(word in _SHARES for word in words(fold(text)))
    return len(spans) - clocks + shares
