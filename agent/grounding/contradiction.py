"""Whether a statement says the opposite of what it cites, as far as words can tell."""

import re
from collections.abc import Iterable
from typing import Final

from chorei.core import nfc

_NOT: Final = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|unable|[a-z]+n['’]t"
    r"|không|chưa|chẳng|đừng|chả|miễn là không|cấm"
    r"|prohibited|forbidden|banned|refused|excluded|exempt)\b",
    re.IGNORECASE,
)
_FOLDED_NOT: Final = re.compile(r"\b(?:khong|chua|chang|dung|cam)\b", re.IGNORECASE)
# "Not only", "no later than" and "không chỉ" deny nothing.
_NO_DENIAL: Final = re.compile(
    r"\b(?:not (?:only|just)|no (?:later|more|less|fewer|earlier|sooner) than|no\. ?\d"
    r"|không (?:chỉ|những|quá|dưới|ít hơn|muộn hơn|lương|xác định|thời hạn)|hay không|or not)\b",
    re.IGNORECASE,
)
_OPPOSITES: Final = (
    (r"at least|minimum|no less than|no fewer than|tối thiểu|ít nhất",
     r"at most|up to|maximum|no more than|tối đa|nhiều nhất|không quá"),
    (r"before|prior to|by|until|trước", r"after|sau"), (r"within|trong vòng", r"after|sau"),
    (r"more than|over|above|exceeding|trên|hơn", r"less than|under|below|fewer than|dưới|ít hơn"),
    (r"always|luôn", r"never|rarely|không bao giờ"),
    (r"all|every|each|tất cả|mọi", r"none|only some|chỉ một số"),
    (r"in stock|còn hàng", r"out of stock|sold out|hết hàng"),
    (r"first|đầu tiên", r"last|cuối cùng"),
    (r"start|starts|begin|begins|bắt đầu", r"end|ends|finish|finishes|kết thúc"),
    (r"open|opens|mở cửa", r"close|closes|closed|đóng cửa"),
    (r"increase|increases|increased|rise|rises|tăng", r"decrease|decreases|decreased|fall|giảm"),
    (r"paid|có lương|hưởng lương|nguyên lương", r"unpaid|không lương"),
    (r"mandatory|required|compulsory|bắt buộc", r"optional|voluntary|tự nguyện|tuỳ chọn|tùy chọn"),
    (r"full[- ]time(?:rs?)?|toàn thời gian", r"part[- ]time(?:rs?)?|bán thời gian"),
    (r"internal|nội bộ", r"external|bên ngoài"), (r"minimum|tối thiểu", r"maximum|tối đa"),
    (r"gross|trước thuế", r"net|sau thuế"), (r"include|includes|included|bao gồm|gồm",
     r"exclude|excludes|excluded|không bao gồm|không gồm"),
    (r"employer|người sử dụng lao động", r"employee|người lao động|nhân viên"),
    (r"accept|accepts|accepted|chấp nhận", r"reject|rejects|rejected|từ chối"),
    (r"allowed|permitted|được phép", r"forbidden|prohibited|banned|cấm"),
    (r"weekday|weekdays|ngày thường", r"weekend|weekends|cuối tuần"),
    (r"monthly|hằng tháng|hàng tháng", r"yearly|annually|annual|hằng năm|hàng năm"),
    (r"daily|hằng ngày|hàng ngày", r"weekly|hằng tuần|hàng tuần"),
)  # fmt: skip
_PAIRS: Final = tuple(
    tuple(re.compile(rf"(?<!\w)(?:{side})(?!\w)", re.IGNORECASE) for side in pair)
    for pair in _OPPOSITES
)


def denials(text: str, *, folded: bool = False) -> int:
    """How often a text denies something, counted up to two.

    Args:
        text: A clause or sentence.
        folded: Whether it is Vietnamese without diacritics.
    """
    bare = _NO_DENIAL.sub(" ", nfc(text))
    found = len(_NOT.findall(bare)) + (len(_FOLDED_NOT.findall(bare)) if folded else 0)
    return min(found, 2)


def opposite(statement: str, quoted: str) -> str:
    """A word of the statement whose opposite the quotation holds instead; empty if there is none.

    Args:
        statement: What a model says.
        quoted: What it cites.
    """
    said, found = nfc(statement), nfc(quoted)
    for first, second in _PAIRS:
        for here, there in ((first, second), (second, first)):
            word = here.search(said)
            if word and not here.search(found) and there.search(found) and not there.search(said):
                return word.group()
    return ""


def agrees(statement: str, clauses: Iterable[str], *, folded: bool = False) -> bool:
    """Whether a clause that bears on the statement denies or affirms as it does.

    Args:
        statement: What a model says.
        clauses: The clauses of what it cites that bear on it; none speak neither way.
        folded: Whether the texts are Vietnamese without diacritics.
    """
    said = denials(statement, folded=folded)
    found = [denials(clause, folded=folded) for clause in clauses]
    return said in found if found else not said
