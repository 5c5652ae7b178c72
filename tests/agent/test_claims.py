"""Which questions an adapter claims to know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.declaration import declare
from chorei.adapters.records import Entry, Record, exchange, from_glossary
from chorei.agent.claims import Claims
from chorei.core import Language, language_of

TERMS = {
    "CHOREI": ("CHOREI is the briefing at 08:45 by the roaster.", "CHOREI là buổi họp lúc 08:45."),
    "KIVARA": ("KIVARA is the green coffee store in hall 3.", "KIVARA là kho cà phê nhân."),
    "Quỹ Sen": ("Quỹ Sen is the fund for courses.", "Quỹ Sen là quỹ học ngoại ngữ."),
    "BÀN": ("BÀN is the desk for guests.", "BÀN là quầy đón khách."),
}
ASKED = (
    ("Can I bring my dog to the workshop in Leeds?", "Dogs are welcome on Mondays."),
    ("Are dogs allowed in the Leeds workshop?", "Dogs are welcome on Mondays."),
    ("Gửi xe đạp ở đâu?", "Ở sân sau."),
    ("Chỗ để xe đạp nằm ở đâu?", "Ở sân sau."),
)


def records() -> tuple[Record, ...]:
    entries = [
        Entry(term=term, meaning=meaning, language=language)
        for term, meanings in TERMS.items()
        for language, meaning in zip(("en", "vi"), meanings, strict=True)
    ]
    asked = [exchange(question, answer) for question, answer in ASKED]
    return (*from_glossary(entries, phrasings=4), *asked)


CLAIMS = Claims(declare(records()), ("Puffin & Sen",))


def claimed(question: str, background: str = "", language: Language | None = None) -> str:
    spoken = language or language_of(question, language_of(background))
    claim = CLAIMS.claim(question, spoken, background)
    return claim.label if claim else ""


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What does CHOREI mean?", "CHOREI"),
        ("what is kivara", "KIVARA"),
        ("KIVARA?", "KIVARA"),
        ("Somebody mentioned KIVARA. What is that?", "KIVARA"),
        ("What's CHOREI's meaning at Puffin & Sen?", "CHOREI"),
        ("At what time is CHOREI?", "CHOREI"),
        ("In which hall is KIVARA?", "KIVARA"),
        ("Có người nhắc đến KIVARA, đó là gì vậy?", "KIVARA"),
        ("chorei nghia la gi", "CHOREI"),
        ("quy sen la gi", "Quỹ Sen"),
        ("What is Quy Sen?", "Quỹ Sen"),
        ("Quỹ Sen dùng để làm gì?", "Quỹ Sen"),
        ("ban la gi", "BÀN"),
    ],
)
def test_a_question_that_names_a_term_is_claimed(question: str, topic: str) -> None:
    assert claimed(question) == topic


@pytest.mark.parametrize(
    "question",
    [
        "What does CHORAI mean?",
        "What is KIVARRA?",
        "Explain RASTOV.",
        "KIVARO là gì?",
        "quy san la gi",
        "Bạn là gì?",
        "Bán là gì?",
    ],
)
def test_a_name_that_differs_in_one_letter_is_another(question: str) -> None:
    assert claimed(question) == ""


@pytest.mark.parametrize(
    "question",
    [
        "Who invented the name CHOREI?",
        "How much did we pay for KIVARA?",
        "What does CHOREI mean in Boston?",
        "What was CHOREI in 2019?",
        "What is the difference between CHOREI and KIVARA?",
        "Có thể thuê KIVARA làm đám cưới không?",
    ],
)
def test_another_question_about_a_term_is_not_claimed(question: str) -> None:
    assert claimed(question) == ""


@pytest.mark.parametrize(
    ("question", "is_claimed"),
    [
        ("May I bring a dog into the Leeds workshop?", True),
        ("Can I bring my cat to the workshop in Leeds?", False),
        ("Can I bring my dog to the workshop in York?", False),
        ("Are 3 dogs allowed in the Leeds workshop?", False),
        ("Để xe đạp ở đâu vậy?", True),
        ("de xe dap o dau", True),
        ("Gửi ô tô điện ở đâu?", False),
        ("How many days of leave do I get?", False),
    ],
)
def test_without_a_name_a_question_must_be_like_a_trained_one(
    question: str, is_claimed: bool
) -> None:
    assert bool(claimed(question)) is is_claimed


@pytest.mark.parametrize(
    ("question", "background", "asked"),
    [
        ("KIVARA", "What does CHOREI mean?", "What does KIVARA mean?"),
        ("where is it", "What is KIVARA?", "where is KIVARA"),
        ("nó bắt đầu lúc mấy giờ", "CHOREI là gì?", "CHOREI bắt đầu lúc mấy giờ"),
        ("Quỹ Sen", "KIVARA là gì?", "Quỹ Sen là gì?"),
    ],
)
def test_a_follow_up_is_asked_as_a_question_of_its_own(
    question: str, background: str, asked: str
) -> None:
    claim = CLAIMS.claim(question, language_of(question, language_of(background)), background)
    assert claim is not None
    assert claim.question == asked


@pytest.mark.parametrize("question", ["CHORAI", "chorai", "how much did it cost us", "RASTOV"])
def test_a_follow_up_about_something_else_is_not_claimed(question: str) -> None:
    assert claimed(question, "What is KIVARA?", "en") == ""


def test_a_language_that_was_not_trained_is_not_claimed() -> None:
    english = Claims(declare(from_glossary([("CHOREI", TERMS["CHOREI"][0])])))
    assert english.claim("What is CHOREI?", "en") is not None
    assert english.claim("CHOREI là gì?", "vi") is None


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=9))
def test_a_term_that_is_not_declared_is_never_claimed(term: str) -> None:
    if term.lower() not in ("chorei", "kivara", "ban"):
        assert claimed(f"What does {term} mean?", language="en") == ""


@given(st.text(), st.text(), st.sampled_from(("en", "vi")))
def test_anything_may_be_asked(question: str, background: str, language: Language) -> None:
    CLAIMS.claim(question, language, background)


def test_an_empty_declaration_claims_nothing() -> None:
    assert Claims(declare(())).claim("What is CHOREI?", "en") is None
