"""Conversations about an action, turn by turn, without a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.agent.forms import Forms, converse, decision, propose, reminder, report
from chorei.core import ToolArgumentError, ToolCall, ToolNotFoundError, language_of
from chorei.tools import Fact, Tool, Toolbox

RIGHT = {"email": "lan@example.com", "order": "SEN-1001"}


def give_back(email: str, order: str, note: str = "") -> str:
    """Return an order."""
    return f"returned {order} {email}"


def cancel(order: str) -> str:
    """Cancel an order."""
    return f"cancelled {order}"


ORDER = Fact.of_pattern("order", r"SEN-\d{4}", ask={"en": "Which order?", "vi": "Mã đơn hàng?"})
BOX = Toolbox(
    [
        Tool.of(
            give_back,
            acts=True,
            facts=[Fact.email(), ORDER],
            verify=lambda facts: None if dict(facts) == RIGHT else "No such order.",
            summary={"en": "Return {order}.", "vi": "Trả đơn {order}."},
            phrases={"en": ["I want to return my order"], "vi": ["tôi muốn trả hàng"]},
        ),
        Tool.of(
            cancel,
            acts=True,
            facts=[ORDER],
            phrases={"en": ["cancel my order"], "vi": ["hủy đơn hàng"]},
        ),
    ]
)
ASK_EMAIL = "Which e-mail address did you order with?"


class Talk:
    def __init__(self) -> None:
        self.forms = Forms()

    def say(self, text):
        turn = converse(self.forms, text, language=language_of(text), toolbox=BOX)
        self.forms = Forms.model_validate_json(turn.forms.model_dump_json())
        return turn


def test_from_the_request_to_the_approval():
    talk = Talk()
    assert talk.say("I want to return my order").say == ASK_EMAIL
    assert talk.say("lan@example.com").say == "Which order?"
    turn = talk.say("SEN-1001")
    assert turn.approval is not None
    assert turn.approval.arguments == RIGHT
    assert turn.say == "Return SEN-1001. Shall I do that? (yes/no)"
    assert talk.forms.open is None


def test_in_vietnamese():
    talk = Talk()
    turn = talk.say("Cho mình trả hàng nhé, đơn SEN-1001")
    assert turn.say == "Bạn đã đặt hàng bằng địa chỉ e-mail nào?"
    turn = talk.say("địa chỉ của tôi là lan@example.com")
    assert turn.say == "Trả đơn SEN-1001. Bạn có đồng ý không? (có/không)"


def test_questions_are_not_for_the_form():
    talk = Talk()
    for text in ("What is the return policy?", "chính sách trả hàng thế nào?", "hello", "2+2", ""):
        turn = talk.say(text)
        assert not turn.handled
        assert turn.forms == Forms()


@pytest.mark.parametrize(
    "aside",
    [
        "How long does a refund take?",
        "tell me about shipping",
        "bao lâu thì có tiền?",
        "phí giao hàng là bao nhiêu",
        "What is 15% of 80?",
        "hello",
        "cảm ơn",
    ],
)
def test_another_subject_leaves_the_form_waiting(aside):
    talk = Talk()
    talk.say("I want to return my order")
    turn = talk.say(aside)
    assert not turn.handled
    assert reminder(talk.forms, language="en", toolbox=BOX) == f"Back to your request: {ASK_EMAIL}"
    assert talk.say("lan@example.com SEN-1001").approval is not None
    assert reminder(talk.forms, language="en", toolbox=BOX) == ""


@pytest.mark.parametrize(
    "words",
    [
        "never mind",
        "Cancel.",
        "forget it, thanks",
        "I don't want to return it any more",
        "no",
        "stop",
        "thôi",
        "Thôi không cần nữa",
        "hủy",
        "không trả nữa",
        "tôi đổi ý rồi",
        "thoi khong can",
    ],
)
def test_cancelling(words):
    talk = Talk()
    talk.say("I want to return my order")
    turn = talk.say(words)
    assert turn.handled
    assert turn.forms.open is None
    assert "Nothing was done" in turn.say or "Chưa có gì" in turn.say


def test_an_unreadable_answer_is_asked_again():
    talk = Talk()
    talk.say("I want to return my order")
    turn = talk.say("lan at example dot com")
    assert turn.handled
    assert turn.say.endswith(ASK_EMAIL)


def test_another_action_takes_over():
    talk = Talk()
    talk.say("I want to return my order")
    turn = talk.say("Please cancel my order SEN-1002")
    assert turn.approval is not None
    assert turn.approval.tool == "cancel"


def test_attempts_are_counted_over_the_whole_conversation():
    talk = Talk()
    for _ in range(2):
        talk.say("I want to return my order, minh@example.com SEN-1001")
        talk.say("never mind")
    turn = talk.say("I want to return my order, minh@example.com SEN-1001")
    assert "cannot verify" in turn.say
    turn = talk.say("I want to return my order, lan@example.com SEN-1001")
    assert turn.approval is None
    assert "cannot verify" in turn.say
    assert not talk.say("What is the return policy?").handled


def test_a_tool_that_has_gone_closes_its_form():
    forms = Forms.model_validate({"open": {"tool": "gone"}})
    turn = converse(forms, "lan@example.com", language="en", toolbox=BOX)
    assert not turn.handled
    assert turn.forms.open is None


def test_a_model_proposes():
    def proposed(arguments, *said):
        return propose(Forms(), "give_back", arguments, said, language="en", toolbox=BOX)

    assert proposed(RIGHT, "return SEN-1001, lan@example.com").approval is not None
    invented = proposed(RIGHT, "return SEN-1001")
    assert invented.approval is None
    assert invented.say == ASK_EMAIL
    wrong = proposed(RIGHT | {"email": "minh@example.com"}, "SEN-1001 of minh@example.com")
    assert wrong.approval is None
    assert wrong.forms.attempts == {"give_back": 1}
    with pytest.raises(ToolArgumentError):
        proposed(RIGHT | {"colour": "red"}, "SEN-1001 lan@example.com")
    with pytest.raises(ToolNotFoundError):
        propose(Forms(), "gone", {}, (), language="en", toolbox=BOX)


@pytest.mark.parametrize(
    ("text", "decided"),
    [("yes", True), ("đồng ý", True), ("no", False), ("never mind", False), ("thôi", False),
     ("What happens then?", None), ("SEN-1001", None)],
)  # fmt: skip
def test_decisions(text, decided):
    assert decision(text) is decided


def test_reports():
    done = ToolCall(tool="give_back", result="returned")
    assert report(done, "en") == "returned"
    assert report(ToolCall(tool="x", outcome="refused"), "vi") == "Vâng, chưa có gì được thực hiện."
    failed = ToolCall(tool="x", outcome="failed", result="no stock")
    assert report(failed, "en") == "That did not work: no stock"


@given(st.lists(st.text(max_size=40) | st.sampled_from(["I want to return my order", "yes"])))
def test_any_conversation(texts):
    talk = Talk()
    for text in texts:
        turn = talk.say(text)
        assert turn.approval is None
        assert turn.say or not turn.handled
