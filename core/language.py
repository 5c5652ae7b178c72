"""Which language a text is in: English or Vietnamese."""

from chorei.core.document import Language
from chorei.core.text import fold, words

# Letters that English words do not use and Vietnamese words do.
_VIETNAMESE = frozenset("ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")
# Frequent words of each language as people type them without diacritics.
_VI = frozenset(
    "la gi cua cho khong bao nhieu duoc nhu the nao co toi ban chung va hay o dau khi ai may"
    " nhung cac mot nguoi trong tai sao con thi voi tu den phai lam muon can cong ty ngay nghi"
    " phep nhan vien hoi giup xin vay nua gia tien thang tuan nam theo ve luc gio lop tieng hoc lau"
    " mat khau nghi viec lam tai sao".split()
)
_EN = frozenset(
    "the a an is are was were what who when where why how do does did can could should i we"
    " you my our your of for to in on at by with from and or not much many any there it that"
    " this if have has will be about please".split()
)


def language_of(text: str, default: Language = "en") -> Language:
    """The language of ``text``, ``default`` if nothing in it decides.

    Function words decide: an English question about ``phở`` stays English, and Vietnamese
    typed without diacritics is recognised. Only without any do letters decide.
    """
    vietnamese = english = 0
    marked = 0
    for word in words(text):
        if any(c in _VIETNAMESE for c in word):
            marked += 1
            vietnamese += fold(word) in _VI
        elif word in _EN:
            english += 1
        elif word in _VI:
            vietnamese += 1
    if vietnamese != english:
        return "vi" if vietnamese > english else "en"
    if marked:
        return "vi"
    return default
