import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import ToolError
from chorei.tools import Fact, Form, Problem, Tool, Toolbox, form_of, unsaid, yes_or_no
from chorei.tools.extraction import amounts, dates, emails

RIGHT = {"email": "lan@example.com", "order": "SEN-1001"}
ORDER = Fact.of_pattern(
    "order",
    r"SEN ?-? ?\d{4}",
    normalise=lambda found: f"SEN-{found[-4:]}",
    ask={"en": "Which order?", "vi": "Mã đơn hàng?"},
)


def give_back(email: str, order: str) -> str:
    """Return an order."""
    return f"{order} {email}"


def matching(facts):
    return None if dict(facts) == RIGHT else "These do not belong together."


def returns(**declared) -> Tool:
    declared = {"acts": True, "facts": [Fact.email(), ORDER], "verify": matching} | declared
    return Tool.of(give_back, **declared)


def taking(form, text, tool, language="en"):
    turn = form.take(text, tool, language, Toolbox([tool]).verify)
    # What a conversation stores must be plain.
    assert Form.model_validate_json(turn.form.model_dump_json()) == turn.form
    return turn


def test_facts_are_asked_for_one_by_one():
    tool = returns()
    turn = taking(Form(tool="give_back"), "I want to return my order", tool)
    assert turn.say == "Which e-mail address did you order with?"
    turn = taking(turn.form, "it's Lan@Example.com.", tool)
    assert turn.say == "Which order?"
    turn = taking(turn.form, "sen 1001", tool)
    assert turn.arguments == RIGHT
    assert not turn.say


def test_all_facts_in_one_sentence_in_vietnamese():
    tool = returns()
    text = "Tôi muốn trả đơn SEN1001, e-mail của tôi là lan@example.com ạ"
    assert taking(Form(tool="give_back"), text, tool, "vi").arguments == RIGHT
    assert taking(Form(tool="give_back"), "sen-1001", tool, "vi").say.startswith("Bạn đã đặt")


def test_what_cannot_be_read_or_is_several_is_asked_again():
    tool = returns()
    turn = taking(Form(tool="give_back"), "", tool)
    unclear = taking(turn.form, "lan at example", tool)
    assert "name@example.com" in unclear.say
    several = taking(turn.form, "lan@example.com or minh@example.com", tool)
    assert several.say.startswith("I see more than one")
    assert not several.form.facts


def test_a_correction_counts():
    tool = returns()
    turn = taking(Form(tool="give_back"), "minh@example.com", tool)
    turn = taking(turn.form, "sorry, lan@example.com", tool)
    assert taking(turn.form, "SEN-1001", tool).arguments == RIGHT


@pytest.mark.parametrize(
    "wrong", ["minh@example.com, SEN-1001", "lan@example.com, SEN-9999", "x@y.vn, SEN-0000"]
)
def test_a_wrong_fact_never_gets_through_and_nobody_learns_which(wrong):
    tool = returns()
    form = Form(tool="give_back")
    said = []
    for attempt in range(3):
        turn = taking(form, wrong, tool)
        assert turn.arguments is None
        said.append(turn.say)
        form = turn.form
        assert not form.facts
        assert form.attempts == attempt + 1
    other = taking(Form(tool="give_back"), "nobody@example.com SEN-1234", tool)
    assert said[0] == said[1] == other.say
    assert form.closed
    assert turn.over
    assert taking(form, "lan@example.com, SEN-1001", tool).arguments is None


def test_a_final_problem_ends_the_form_without_an_attempt():
    tool = returns(verify=lambda facts: Problem(text={"en": "Returned already."}, final=True))
    turn = taking(Form(tool="give_back"), "lan@example.com SEN-1001", tool)
    assert (turn.over, turn.say, turn.form.attempts) == (True, "Returned already.", 0)


def test_a_check_that_fails_or_hangs_approves_nothing():
    def broken(facts):
        raise ConnectionError("postgres://bob:pw@db")

    import time

    for check in (broken, lambda facts: time.sleep(5)):
        tool = returns(verify=check, seconds=0.1)
        turn = taking(Form(tool="give_back"), "lan@example.com SEN-1001", tool)
        assert turn.arguments is None
        assert turn.over
        assert "postgres" not in turn.say
        call = Toolbox([tool]).call("give_back", RIGHT, approved=True)
        assert call.outcome == "failed"
        assert "bob:pw" not in call.result


def test_facts_are_checked_again_before_the_action():
    ran = []

    def act(email: str, order: str) -> str:
        """Act."""
        ran.append(order)
        return order

    box = Toolbox([Tool.of(act, acts=True, facts=[Fact.email(), ORDER], verify=matching)])
    wrong = box.call("act", RIGHT | {"email": "minh@example.com"}, approved=True)
    assert (wrong.outcome, wrong.result) == ("refused", "These do not belong together.")
    assert not ran
    assert box.call("act", RIGHT, approved=True).outcome == "done"


def test_a_model_cannot_make_up_facts():
    tool = returns()
    said = ["I want to return order sen 1001", "what is your address?"]
    invented = {"email": "lan@example.com", "order": "SEN-1001"}
    assert unsaid(tool, invented, said, "en") == ("email",)
    assert unsaid(tool, {"order": "SEN-100"}, said, "en") == ("email", "order")
    assert unsaid(tool, {"order": "SEN-1001 SEN-1002"}, said, "en") == ("email", "order")
    form = form_of(tool, invented | {"note": "broken"}, said, "en")
    assert form.facts == {"order": "SEN-1001"}
    assert form.arguments == {"note": "broken"}
    said.append("LAN@example.com")
    assert not unsaid(tool, invented, said, "en")


def refund(email: str, amount: float, day: dt.date, opened: bool, reason: str) -> str:
    """Refund."""
    return f"{amount} {day} {opened} {reason}"


def test_every_kind_of_fact():
    tool = Tool.of(
        refund,
        acts=True,
        facts=[
            Fact.email(),
            Fact.amount("amount", ask="How much?"),
            Fact.date("day", ask="When?", today=lambda: dt.date(2026, 11, 20)),
            Fact.yes_no("opened", ask="Was it opened?"),
            Fact.text("reason", ask="Why?"),
        ],
    )
    form = Form(tool="refund")
    # Numbers, a yes and free texts count only when they were asked for.
    for text, ask in (
        ("yes, 12 please for a@b.vn", "How much?"),
        ("£1,250.50", "When?"),
        ("yesterday", "Was it opened?"),
        ("maybe", "Please say yes or no. Was it opened?"),
        ("no", "Why?"),
    ):
        turn = taking(form, text, tool)
        assert turn.say == ask
        form = turn.form
    turn = taking(form, "The lid   is broken", tool)
    assert turn.arguments is not None
    call = Toolbox([tool]).call("refund", turn.arguments, approved=True)
    assert call.result == "1250.5 2026-11-19 False The lid is broken"


def test_facts_must_be_arguments():
    with pytest.raises(ToolError, match="phone"):
        Tool.of(give_back, facts=[Fact.email("phone")])
    with pytest.raises(ToolError, match="pattern"):
        Fact.of_pattern("x", "(", ask="?")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lan.Nguyen+shop@mail.example.co.uk.", ("lan.nguyen+shop@mail.example.co.uk",)),
        ("e-mail:lan@example.com,minh@example.com", ("lan@example.com", "minh@example.com")),
        ("<lan@example.com> lan@EXAMPLE.com", ("lan@example.com",)),
        ("lan＠example．com", ("lan@example.com",)),
        ("lan@example", ()),
        ("@lan lan@ a@b..vn .lan@", ()),
        ("lan@exam\u200bple.com", ("lan@example.com",)),
    ],
)
def test_emails(text, found):
    assert emails(text) == found


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("3 May 2026", "en", ("2026-05-03",)),
        ("on May 3rd, 2026", "en", ("2026-05-03",)),
        ("2026-05-03", "vi", ("2026-05-03",)),
        ("03/04/2026", "vi", ("2026-04-03",)),
        ("03/04/2026", "en", ("2026-04-03", "2026-03-04")),
        ("24/03/2026", "en", ("2026-03-24",)),
        ("ngày 3 tháng 5 năm 2026", "vi", ("2026-05-03",)),
        ("hôm qua", "vi", ("2026-11-19",)),
        ("31/02/2026", "vi", ()),
        ("order 1001", "en", ()),
    ],
)
def test_dates(text, language, found):
    assert dates(text, language, dt.date(2026, 11, 20)) == found


def test_amounts():
    assert amounts("1.250,50", "vi") == ("1250.5",)
    assert amounts("about £1,250.50", "en") == ("1250.5",)
    assert amounts("1,5 triệu", "vi") == ("1500000",)
    assert amounts("3 or 4", "en") == ("3", "4")
    assert amounts("none", "en") == ()


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes, please!",
        "ok",
        "có",
        "Vâng ạ",
        "đồng ý",
        "dạ đúng",
        "đúng rồi",
        "ừ",
        "ok em",
        "em đồng ý",
        "dong y",
    ],
)
def test_yes(text):
    assert yes_or_no(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "No, don't.",
        "không",
        "thôi",
        "Đừng",
        "chưa ạ",
        "khong",
        "thôi đừng",
        "không đúng",
        "sai rồi",
        "đừng làm",
        "dừng lại",
    ],
)
def test_no(text):
    assert yes_or_no(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes and no",
        "what?",
        "is it?",
        "có phải không",
        "no idea",
        "not sure",
        "okapi",
        "dung",
        "um",
        "k",
        "dung lam",
        "yes but no",
    ],
)
def test_neither_yes_nor_no(text):
    assert yes_or_no(text) is None


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_conversation_is_taken(texts):
    tool = returns()
    form = Form(tool="give_back")
    for text in texts:
        turn = form.take(text, tool, "vi", lambda tool, facts: None)
        assert turn.arguments is not None or turn.say
        form = turn.form
