"""Words that carry little of what a question asks."""

from typing import Final

from chorei.core import Language, fold

_EN: Final = frozenset(
    """
    a about above after again all also although am among an and another any anyone anything are
    aren't as at away be because been before being between both but by can can't cannot could did
    didn't do does doesn't doing don't done during each either else etc ever every everyone for
    from further get gets getting give given go goes going got had has have having he hello her
    here hers hi him his how however i i'd i'll i'm i've if in instead into is isn't it it's its
    itself just kind like made make makes many may me might mine more most much must my myself
    need neither no nor not now of off on once one only onto or other others ought our ours
    out over own per perhaps please put quite rather really say says shall she should since so
    some someone something somebody sort still such take taken takes tell than thank thanks that
    that's the their theirs them themselves then there there's these they thing things this those
    though through thus to too toward towards under until up upon us use used uses using very via
    want wants was way we well were what what's whatever when when's where where's whether which
    while who who's whom whose why will with within without would yes yet you your yours yourself
    know exactly currently ever stand stands mean means hey's happen happens called
    couldn't hadn't hasn't haven't he'd he'll he's let's mustn't needn't she'd she'll she's
    shouldn't they'd they'll they're they've wasn't we'd we'll we're we've weren't won't wouldn't
    you'd you'll you're you've how's who'd who'll
    """.split()
)
_VI: Final = frozenset(
    """
    ai à ạ anh bao bạn bằng bị biết bởi cả các cái cần càng chỉ cho chưa chúng chứ có còn cũng của
    cùng cứ do dù đã đang đâu để đến đều đi đó được gì giúp hãy hay hoặc hỏi hơn họ khi không là
    lại lên lúc mà mình mỗi một mọi muốn nào này nên nếu ngoài nhiêu nhiều như những nhưng nhé nó
    nữa ở phải qua ra rất rằng rồi sao sau sẽ ta tại thế theo thì tôi từ từng tới trên trong trước
    tuy và vào vẫn về vì việc vừa với vậy xin bên làm thấy người nơi chị em cách loại lâu mấy lòng
    thể
    """.split()
)
_VI_FOLDED: Final = frozenset(fold(word) for word in _VI)

LIGHT: Final = frozenset(
    """
    able actually allow allowed always amount ask available back become best big bring
    call called change choose come company consider consist contain day describe different do
    early easy end enough especially exist expect explain fact fast feel few find first follow
    full general good great happen hard have help high hold hour important include intend involve
    keep kind know large late learn least less let level list long look lot low main
    maximum mean means minimum minute month move much name need new normal normally number often
    old order part people person place play point possible provide quick quickly quite reach
    read ready reason receive recently regard relate remain result right run same say see seem
    send serve set short show side similar simple small soon state stay suppose
    switch take talk tell thing think time times together total try turn type usual usually
    various way week whole within without work world write year years happening person's
    face faces end ends ended last lasts wait come comes look looks
    actual typical still allowed permitted done offer offers offered
    needed needs okay ok compare compared comparing difference concerning regarding
    """.split()
)
"""Frequent words that are easily paraphrased, so that an answer may do without them."""


def is_function_word(word: str, language: Language) -> bool:
    """Whether ``word`` (lower case, NFC) is a function word of the language."""
    word = word.replace("’", "'")
    if language == "en":
        return word in _EN
    return word in _VI if not word.isascii() else word in _VI_FOLDED
