"""Which texts ask for an action, and which ask about it or something else."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import fold, language_of
from chorei.tools import Fact, Tool, Toolbox

RETURN = {
    "en": ["I want to return my order", "return this item", "send my order back"],
    "vi": ["tôi muốn trả hàng", "tôi muốn trả đơn", "hoàn hàng"],
}
CANCEL = {"en": ["cancel my order"], "vi": ["hủy đơn hàng"]}
LEAVE = {
    "en": ["I want to book annual leave", "request time off"],
    "vi": ["tôi muốn xin nghỉ phép", "đăng ký nghỉ phép"],
}
BOX = Toolbox(
    Tool.of(lambda: "x", name=name, description="-", acts=True, phrases=phrases)
    for name, phrases in (("return", RETURN), ("cancel", CANCEL), ("leave", LEAVE))
)

REQUESTS = {
    "return": """
        I want to return my order
        i'd like to return my order SEN-1001
        I’d like to return the order I got last week
        Hi, I want to return my order please.
        Hello! My grinder is broken. I need to return my order.
        please return my order SEN-1001
        Return my order
        Can you please return my order?
        Could you help me return my order?
        I'm trying to return this item I bought yesterday
        We want to send back our order
        I just want to return this item
        I need to return two items.
        Can I please return my order?
        I have to return this item because it arrived damaged
        I want to return my last order, the e-mail is lan@example.com
        hey i wanna return my order
        Would you please send my order back
        I would love to return my recent order.
        I'd like to send our last order back
        tôi muốn trả hàng
        Tôi muốn trả lại đơn hàng SEN-1001
        cho tôi trả hàng
        Cho em trả hàng với ạ
        Mình cần trả lại đơn hàng này
        toi muon tra hang
        em muốn hoàn hàng ạ
        giúp tôi trả đơn hàng SEN-1001
        Shop ơi, em muốn trả hàng
        Chào shop, mình muốn trả lại hàng vì bị lỗi
        trả hàng giúp tôi
        trả hàng cho mình nhé
        Làm ơn trả lại đơn hàng của tôi
        cho tôi trả hàng được không?
        Anh ơi cho em xin trả hàng
        Máy xay bị hỏng. Tôi muốn trả hàng.
        toi can tra lai don hang SEN-1001
        Giúp mình trả hàng được không ạ?
        xin cho tôi trả hàng
        mình muốn được trả hàng
        Bạn giúp tôi trả đơn hàng này nhé
        I'd really like to return my order
        Ok so I want to return the whole order
        nhờ shop trả hàng giúp em
        Mình muốn hoàn lại đơn hàng""",
    "cancel": """
        Please cancel my order SEN-1001.
        Can you cancel my order?
        I want to cancel my order and get my money back
        hủy đơn hàng giúp tôi
        cho mình hủy đơn hàng SEN-1001 nhé
        tôi muốn huỷ đơn hàng""",
    "leave": """
        I'd like to book two days of annual leave
        Please book my annual leave for May
        I want to request some time off
        Em xin nghỉ phép ngày mai
        cho em nghỉ phép thứ hai
        Toi muon xin nghi phep""",
}
OTHERS = """
    What is the return policy?
    How do I return my order?
    Can I return opened coffee?
    Can I return my order after 30 days?
    How long do I have to return my order?
    I want to know how to return my order
    If I want to return my order, who pays the postage?
    I returned my order last week
    I don't want to return my order
    I want to return to the office after my leave
    When will my return be refunded?
    return policy
    return order
    Is it possible to return an item?
    Who pays when I return my order?
    I want to return my order. How long does the refund take?
    May I return a gift?
    Tell me how I can return my order
    My colleague wants to return his order
    What happens if I return my order late?
    The customer says: I want to return my order
    I want to return my order, what is the deadline?
    Do I need the receipt to return my order?
    I need to return my order form
    Explain how to return my order
    Can I cancel my order?
    I need to cancel my membership
    How do I book annual leave?
    book annual leave
    I have 5 days of annual leave left
    chính sách trả hàng thế nào?
    Tôi muốn hỏi về chính sách trả hàng
    trả hàng trong bao lâu?
    Tôi muốn trả hàng thì làm thế nào?
    Tôi có thể trả hàng không?
    Làm sao để trả hàng?
    trả hàng có mất phí không?
    Khi tôi muốn trả hàng, ai trả phí vận chuyển?
    Tôi muốn biết cách trả hàng
    quy định trả hàng
    Nếu tôi muốn trả lại đơn hàng thì sao?
    Tôi không muốn trả hàng
    Em trả hàng được không ạ?
    muốn trả hàng cần những giấy tờ gì?
    Khách muốn trả hàng thì xử lý thế nào
    tôi đã trả hàng tuần trước
    chinh sach tra hang the nao
    toi muon tra hang thi phai lam sao
    Có được trả hàng đã mở không
    Cho tôi hỏi trả hàng mất bao lâu
    trả hàng
    Trả hàng ở đâu?
    Tôi muốn tra hàng tồn kho
    tôi muốn trà hàng ngày
    Cho tôi biết thời hạn trả hàng
    Sau khi trả hàng bao lâu thì được hoàn tiền?
    hủy đơn hàng có mất phí không
    tôi muốn hủy tài khoản
    xin nghỉ phép thế nào
    nghỉ phép được mấy ngày
    I want to return a call
    I want to return my order but don't know how
    em muốn trả hàng có được không
    tôi muốn trả lời khách hàng
    tôi muốn trả tiền mặt
    Ai duyệt đơn xin nghỉ phép?"""


def listed(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines()]


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, block in REQUESTS.items() for text in listed(block)]
)
def test_requests(name: str, text: str) -> None:
    asked = BOX.requested(text, language_of(text))
    assert asked is not None
    assert asked.name == name


@pytest.mark.parametrize("text", listed(OTHERS))
def test_questions_about_the_matter(text: str) -> None:
    assert BOX.requested(text, language_of(text)) is None


@pytest.mark.parametrize("name", REQUESTS)
def test_spelling_makes_no_difference(name: str) -> None:
    for text in listed(REQUESTS[name]):
        for spelled in (text.upper(), unicodedata.normalize("NFD", text), fold(text), f"  {text}"):
            asked = BOX.requested(spelled, language_of(spelled))
            assert asked is not None, spelled
            assert asked.name == name


def test_the_declared_phrases_themselves_are_requests_or_headings() -> None:
    for phrases in (RETURN, CANCEL, LEAVE):
        for language, several in phrases.items():
            for phrase in several:
                framed = f"I want to {phrase}" if language == "en" else f"Tôi muốn {phrase}"
                said = phrase if phrase.startswith(("I ", "tôi ")) else framed
                assert BOX.requested(said, language) is not None, said


def test_two_tools_with_the_same_phrase_are_not_guessed() -> None:
    twice = Toolbox(
        Tool.of(lambda: "x", name=name, description="-", phrases=CANCEL) for name in ("a", "b")
    )
    assert twice.requested("cancel my order", "en") is None


def test_tools_without_phrases_are_never_requested() -> None:
    box = Toolbox([Tool.of(lambda: "x", name="a", description="-")])
    assert box.requested("I want to return my order", "en") is None


def test_phrases_need_facts_for_every_required_argument() -> None:
    def give_back(order: str, note: str = "") -> str:
        """Return."""
        return order + note

    from chorei.core import ToolError

    with pytest.raises(ToolError, match="order"):
        Tool.of(give_back, phrases=RETURN)
    fact = Fact.of_pattern("order", r"SEN-\d{4}", ask="Which?")
    assert Tool.of(give_back, phrases=RETURN, facts=[fact]).facts == (fact,)


@given(st.text(max_size=700))
def test_any_text_is_taken(text: str) -> None:
    for language in ("en", "vi"):
        BOX.requested(text, language)
