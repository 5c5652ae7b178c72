"""Function words of English and Vietnamese, which carry no topic of their own."""

from chorei.core import Language, fold

_EN = frozenset(
    """
    a about above after again against all also although always am among an and another any
    anyone anything are around as at away be because been before being below between both but by
    can cannot come could did do does doing done down during each either else etc ever every
    everyone everything few find for from further get gets getting give given go goes going got
    had has have having he hello help her here hers herself hi him himself his how however i if
    in instead into is it its itself just kind let like made make makes many may me might mine
    more most much must my myself need needs neither never no nor not nothing now of off often
    on once one only onto or other others ought our ours out over own per perhaps please put
    quite rather really same say says shall she should since so some someone something sort
    still such take taken tell than thank thanks that the their theirs them themselves then
    there these they thing things this those though through thus to too toward towards under
    until up upon us use used using very via want wants was way we well were what whatever when
    where whether which while who whom whose why will with within without would yes yet you
    your yours yourself
    """.split()
)
_VI = frozenset(
    """
    ai à ạ anh bao bạn bằng bị biết bởi cả các cái cần càng chỉ cho chưa chúng chứ chứng có còn
    cũng của cùng cứ do dù đã đang đâu để đến đều đi đó được gì giúp hãy hay hoặc hỏi hơn họ
    khi không là lại lên lúc mà mình mỗi một mọi muốn nào này nên nếu nên ngoài nhiêu nhiều như
    những nhưng nhé nó nữa ở phải qua ra rất rằng rồi sao sau sẽ ta tại thế theo thì tôi từ từng
    tới trên trong trước tuy và vào vẫn về vì việc vừa với vậy xin
    """.split()
)
_VI_FOLDED = frozenset(fold(word) for word in _VI)
FUNCTION_WORDS = _EN | _VI


def is_function_word(word: str, language: Language) -> bool:
    """Whether ``word`` (lower case, NFC) is a function word.

    Args:
        word: One word.
        language: What the text around it is in; decides for words without diacritics, since
            ``may`` is an English auxiliary and also ``máy`` (machine) typed without marks.
    """
    if not word.isascii():
        return word in _VI
    return word in (_EN if language == "en" else _VI_FOLDED)
