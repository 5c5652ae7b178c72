import pytest

from chorei.agent.followup import resolve

LEAVE = "How many days of leave do full-timers get?"
NGHI = "Nhân viên được nghỉ phép bao nhiêu ngày?"


@pytest.mark.parametrize(
    ("question", "core"),
    [
        ("and for part-timers?", "for part-timers"),
        ("What about contractors?", "contractors"),
        ("how about in Vietnam?", "in Vietnam"),
        ("And what about sick leave?", "sick leave"),
        ("part-timers?", "part-timers"),
        ("Is it paid?", "Is it paid"),
        ("who approves that?", "who approves that"),
    ],
)
def test_english_follow_ups_lean_on_the_question_before(question: str, core: str) -> None:
    understood = resolve(question, LEAVE)
    assert understood.core == core
    assert understood.background == LEAVE
    assert core.split()[-1] in understood.resolved
    assert "leave" in understood.resolved


@pytest.mark.parametrize(
    ("question", "core"),
    [
        ("còn ngày lễ thì sao?", "ngày lễ"),
        ("Thế còn thử việc?", "thử việc"),
        ("còn ở Anh thì thế nào", "ở Anh"),
        ("con ngay le thi sao?", "ngay le"),
        ("vậy bán thời gian thì sao?", "bán thời gian"),
        ("Ai duyệt cái đó?", "Ai duyệt cái đó"),
        ("no ap dung cho ai", "no ap dung cho ai"),
        ("cai do ai duyet?", "cai do ai duyet"),
    ],
)
def test_vietnamese_follow_ups_lean_on_the_question_before(question: str, core: str) -> None:
    understood = resolve(question, NGHI)
    assert (understood.core, understood.background) == (core, NGHI)


@pytest.mark.parametrize(
    "question",
    [
        "How do I get my travel expenses reimbursed?",
        "What is the price of the Robusta beans?",
        "Làm thêm giờ được trả bao nhiêu?",
        "khach no tien thi lam gi",
        "No receipt, what now with the hotel in Hue?",
        "Who do I ask if it turns out that my laptop is broken on a trip?",
    ],
)
def test_a_question_of_its_own_stands_alone(question: str) -> None:
    understood = resolve(question, LEAVE)
    assert (understood.core, understood.background) == (question, "")


def test_without_an_earlier_question_nothing_is_a_follow_up() -> None:
    assert resolve("and for part-timers?", "").background == ""


def test_a_parallel_phrase_takes_the_place_of_its_counterpart() -> None:
    earlier = "What is the notice period for full-timers?"
    assert resolve("and for part-timers?", earlier).resolved == (
        "What is the notice period for part-timers?"
    )
