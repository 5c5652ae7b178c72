"""How people ask what something is, in English and Vietnamese."""

import re
from typing import Final

from chorei.core import Language, fold

_ASKING: Final = (
    # How people ask what something is, beside function words and what the records say themselves.
    "mean means meant meaning meanings define defines defined definition explain explained"
    " explanation describe description term terms word words name acronym abbreviation abbreviated"
    " stand stands refer refers referring call called tell remind mention mentions mentioned heard"
    " hear hearing saw seen see read somebody someone anybody people colleague colleagues everyone"
    " company office work here team question wonder wondering curious idea clue understand know"
    " short brief briefly simple words please sentence quick quickly keep keeps said says talk"
    " talking familiar earth"
    # The same in Vietnamese, by syllables.
    " nghĩa ý giải thích thuật ngữ từ viết tắt định dùng để chỉ gọi nhắc đến nghe thấy nói tới công"
    " ty bên mình đồng nghiệp bạn em anh chị hiểu biết cái gì câu khái niệm mô tả rõ thêm ngắn gọn"
    " vậy giúp nhớ hỏi không về mọi người thường hay tên là bắt đầu kết thúc diễn ra nằm sử dụng"
    " loại thuộc gồm"
).split()
_INTERROGATIVE: Final = (
    "who when where why how many much long which ai đâu sao bao nhiêu giờ khi nào lâu mấy"
).split()
ASKING: Final = frozenset((*_ASKING, *_INTERROGATIVE))
ASKING_FOLDED: Final = frozenset(map(fold, ASKING))
INTERROGATIVE: Final = frozenset(map(fold, _INTERROGATIVE))
# Questions for what a term is, with the term as ``X`` and in folded text. What stands around such a
# question says where the term was met, and asks for nothing.
WHAT: Final[dict[Language, re.Pattern[str]]] = {
    "en": re.compile(
        r"\bwhat(?: on earth)?(?:['’]?s| is| are| does| do| was| did)(?: exactly| actually)?"
        r" (?:an? |the |our |this )?(?:X|it|that|this|they|those)"
        r"(?: (?:mean|stand for|refer to|about|used for|do|supposed to (?:be|mean)))?"
        r"(?: (?:please|exactly|actually|anyway|again|then))?\W*$"
        r"|\bwhat (?:an? |the )?(?:X|it|that|this) (?:is|means|stands for|refers to|does|was)\W*$"
        r"|\b(?:meaning|definition|explanation) of (?:an? |the )?X\W*$"
        r"|\b(?:meant|understood) by (?:an? |the )?X\W*$"
        r"|\b(?:explain|define|describe|clarify)(?: to me| for me)?(?: what)? (?:an? |the )?X"
        r"(?: (?:is|means))?(?: (?:to|for) (?:me|us))?(?:,? please)?\W*$"
        r"|\b(?:explain|define|describe|clarify) (?:it|that|this)(?: (?:to|for) (?:me|us))?"
        r"(?:,? please)?\W*$"
    ),
    "vi": re.compile(
        r"\b(?:X|no|do|day|nay|ay)(?: thuc ra| thi)? (?:co |duoc )?(?:y )?(?:hieu )?(?:nghia )?"
        r"(?:la|chi|bao hieu|gom|noi ve|nghia) (?:dieu |cai |thu |viec )?"
        r"(?:gi|sao|the nao|nhu the nao)"
        r"(?: (?:vay|the|a|nhi|nhe|ban|day|do|voi))*\W*$"
        r"|\b(?:y nghia|dinh nghia|nghia)(?: cua)?(?: tu| chu| cum tu)? X"
        r"(?: (?:la gi|vay|a|nhe|nhi))*\W*$"
        r"|\bgiai (?:thich|nghia)\b.{0,40}\bX(?: (?:la gi|nhe|a|voi|cho .{1,12}))*\W*$"
        r"|\bX (?:duoc )?(?:dung|su dung) (?:de |vao )?(?:lam )?(?:viec )?gi(?: (?:vay|the|a))*\W*$"
    ),
}
POINTING: Final[dict[Language, re.Pattern[str]]] = {
    "en": re.compile(r"\b(?:it|that|this|they|them|those|these)\b(?!['’])", re.IGNORECASE),
    "vi": re.compile(r"(?:cái |thứ |từ )?\b(?:nó|đó|này|no|do|nay|ấy|ay)\b", re.IGNORECASE),
}
