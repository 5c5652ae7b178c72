"""The frames of requests in English and Vietnamese, as folded words."""

import re
from typing import Final

GREETING: Final = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear|so|ok|okay|well|yes|sorry"
    r"|excuse me|there|chorei|team|everyone|sir|madam|please"
    r"|xin chao|chao|alo|a|oi|da|vang|vay|shop|ad|admin|ban|bot|cho hoi"
    r"|(?:anh|chi|em|ban|shop|ad)(?: (?:chi|em|anh|shop))? oi) )+"
)

_ADVERB = r"(?:(?:just|really|now|also|simply|kindly|please|still|immediately|urgently) )*"
# "I want to": what comes before the verb of a request that a person makes for themselves.
FRAME_EN: Final = re.compile(
    r"^(?:"
    rf"(?:i|we) {_ADVERB}(?:want|need|wish|(?:would|d) {_ADVERB}(?:like|love)|have|am trying"
    rf"|m trying|am looking|m looking|are looking|re looking) {_ADVERB}to {_ADVERB}"
    rf"|(?:i|we) (?:wanna|gotta|must|am going to|m going to|am here to|m here to) {_ADVERB}"
    rf"|(?:can|could|would|will) you {_ADVERB}(?:help me (?:to )?)?"
    rf"|(?:can|could|may) (?:i|we) please "
    rf"|would you mind "
    rf"|(?:please )?(?:help me|let me|allow me to) (?:to )?"
    rf"|i (?:want|need|would like|d like) you to {_ADVERB}"
    rf"|i request (?:to )?|requesting (?:to )?|(?:go ahead and|kindly) "
    r")"
)
_I = r"(?:toi|minh|em|anh|chi|chau|con|tui|to|chung toi|chung minh|bon minh|nha em|ben em)"
FRAME_VI: Final = re.compile(
    r"^(?:"
    rf"{_I}(?: (?:dang|cung|rat|hien|that su))*(?: (?:muon|can|xin|phai|dinh|yeu cau|de nghi|mong"
    r" muon|co nhu cau|xin phep|can phai|muon duoc|muon xin|muon nho|dang ky))+ (?:duoc )?"
    rf"|(?:(?:vui long|lam on|xin|hay|phien|nho) )*(?:(?:ban|shop|ad|anh|chi|em|bot) )?"
    rf"(?:(?:vui long|lam on|xin|hay|co the|phien|nho) )*"
    rf"(?:(?:cho|giup|ho tro|giup do) {_I} (?:xin |duoc |muon |voi )*|{_I} nho (?:ban|shop) )"
    r"|nho (?:shop|ban|ad|anh|chi|em) "
    r"|(?:muon|can|yeu cau|de nghi|xin hay|xin|vui long|lam on|hay) (?:duoc |cho )?"
    r")"
)
POLITE_VI: Final = re.compile(r"^(?:(?:vui long|lam on|hay|xin hay|phien ban|xin) )+")
# After an imperative these make it the speaker's own: "trả hàng giúp tôi".
FOR_ME_VI: Final = re.compile(rf"\b(?:giup|cho|ho|dum) {_I}\b|\bnay\b|\bcua {_I}\b")
MINE_EN: Final = frozenset("my our this that these those it them mine".split())

# What may stand between the words of a request without changing it.
FILLER_EN: Final = frozenset(
    "a an the my our your this that these those some all one last latest recent new old whole"
    " entire current previous of for from back broken damaged faulty wrong online first second"
    " recently just please me us and"
    " two three four five six several some both day days week weeks".split()
)
FILLER_VI: Final = frozenset(
    "lai mot cai chiec mon don goi so cac nhung nay kia do cua toi minh em anh chi xin duoc giup"
    " cho ho vua moi bi loi hong hai ba".split()
)
# The object goes on to be about something: "return my order form".
TOPIC: Final = frozenset(
    "policy policies condition conditions rule rules deadline period window procedure process"
    " form label fee fees cost costs address instructions guide information info".split()
)
_ASKS_EN: Final = (
    r"\b(?:how|what|why|whether|if i|if we)\b|^(?:when|where|who|which|is|are|am|was|were|do|does"
    r"|did|has|have|should|shall|may(?! i| we)|might|if|can one|can customers"
    r"|(?:can|could|may) (?:i|we)(?! please)"
    r"|what s|who s|suppose|explain|tell me|show me|describe|after|before|once|while|unless)\b"
)
_ASKS_VI: Final = (
    r"\b(?:the nao|nhu nao|ra sao|lam sao|tai sao|vi sao|bao lau|bao nhieu|bao gio|khi nao|luc nao"
    r"|o dau|la gi|lam gi|can gi|gi khong|nhung gi|thu gi|dieu gi|may ngay|ngay nao|ai tra|ai chiu"
    r"|mat phi|thi sao|thi phai|thi can|thi co|thi duoc|phai lam|hoi ve|muon hoi|xin hoi"
    r"|muon biet|can biet|cho hoi|cho biet|tim hieu|tu van|giai thich|huong dan|cach|chinh sach"
    r"|quy dinh|quy trinh|dieu kien|thu tuc|thoi han|thoi gian|neu|gia su|truong hop|co can"
    r"|co phai|co bi|co duoc"
    r"|co the .* khong|may lan|hay khong|hay chua|khong nhi)\b"
    r"|^(?:khi|sau khi|truoc khi|ai|tai|vi)\b|\b(?:khong|chua|sao|dau|gi|nao|nhi)$"
)
ASKS_EN: Final = re.compile(_ASKS_EN)
ASKS_VI: Final = re.compile(_ASKS_VI)
# "Cho tôi trả hàng được không?" asks for a favour, "tôi muốn trả hàng được không?" does not.
FAVOUR_FRAME_VI: Final = re.compile(rf"\b(?:cho|giup|ho tro|giup do|nho) {_I}\b")
# A tail that asks for a favour, behind "cho tôi …" or "giúp tôi …".
FAVOUR_VI: Final = re.compile(
    r" (?:co )?(?:duoc khong|duoc ko|duoc k|duoc hong|duoc chu|khong|nhe|nha|voi|a|di)"
    r"(?: (?:a|nhe|nha|vay|shop|ad|ban|anh|chi|em))*$"
)
NOT_MINE: Final = re.compile(
    r"\b(?:not|n t|never|no longer|don t|didn t|khong muon|khong can|chua muon|khong con)\b"
)
