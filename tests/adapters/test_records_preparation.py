"""Records made ready: leaks, doubles, contradictions, personal data, splits."""

import unicodedata
from pathlib import Path

import pytest

from chorei.adapters.records import (
    Entry,
    Split,
    exchange,
    faq,
    find_leaks,
    find_personal,
    from_faq,
    from_glossary,
    glossary,
    made_up_terms,
    mask_text,
    prepare,
    unknown_terms,
)
from chorei.adapters.records.leaks import NEAR, grams, similarity
from chorei.core import Language, RecordsError

TERMS = Path(__file__).resolve().parents[2] / "examples" / "records" / "chorei-terms.csv"


def story() -> tuple:
    return from_glossary(glossary(TERMS.read_text(encoding="utf-8")))


def test_the_story_has_what_the_bar_asks_for_and_does_not_leak() -> None:
    dataset = prepare((*story(), *unknown_terms(["BLIVEN"])))
    found = dataset.statistics()
    assert found.topics >= 40
    assert found.train >= 200
    assert min(found.languages.values()) > 100
    assert not dataset.personal
    assert not find_leaks(dataset.train, dataset.held_out)


def test_a_split_is_the_same_for_the_same_seed() -> None:
    records = [r.model_copy(update={"split": None}) for r in story()]
    one, same, other = (prepare(records, seed=seed) for seed in (1, 1, 2))
    assert one.hash() == same.hash() != other.hash()
    assert {(r.topic, r.language) for r in one.train} == {(r.topic, r.language) for r in records}


@pytest.mark.parametrize(
    "held_out",
    [
        "what is the CHOREI",
        "What is the CHOREI?!",
        unicodedata.normalize("NFD", "What is the CHOREI?"),
        "What  is the\nchorei?",
    ],
)
def test_a_leaked_phrasing_is_refused_with_both_lines(held_out: str) -> None:
    records = [
        exchange("What is the CHOREI?", "A briefing.", split=Split.TRAIN, line=3),
        exchange("Something else entirely?", "Yes.", split=Split.TRAIN, line=4),
        exchange(held_out, "A briefing.", split=Split.HELD_OUT, line=9),
    ]
    with pytest.raises(RecordsError, match=r"(?s)line 9: .* is line 3"):
        prepare(records)


def test_a_near_double_leaks_and_another_term_does_not() -> None:
    train = [exchange("At Puffin & Sen, what do people mean by SUKI?", "SUKI is the van.")]
    typo = exchange("At Puffin & Sen, what do peoples mean by SUKI?", "SUKI is the van.")
    other = exchange("At Puffin & Sen, what do people mean by TORA?", "An old oven of 1921.")
    assert find_leaks(train, [typo])
    assert not find_leaks(train, [other])


def test_vietnamese_without_diacritics_is_the_same_phrasing() -> None:
    train = [exchange("Đơn nghỉ phép gửi ở đâu?", "Tổ Chim.")]
    assert find_leaks(train, [exchange("don nghi phep gui o dau", "Tổ Chim.")])


def test_one_record_is_refused() -> None:
    with pytest.raises(RecordsError, match="One record"):
        prepare([exchange("a?", "b"), exchange("A?", "b")])


def test_doubles_are_left_out_with_a_warning() -> None:
    dataset = prepare([exchange("a?", "b", line=1), exchange("A ?", "b", line=2),
                       exchange("a?", "b", line=3), exchange("c?", "d", line=4)])  # fmt: skip
    assert [w.line for w in dataset.warnings if w.line] == [2, 3]


def test_shuffled_answers_are_refused() -> None:
    records = list(story())
    answers = [r.messages[1] for r in records[1:]] + [records[0].messages[1]]
    shuffled = [
        r.model_copy(update={"messages": (r.messages[0], a)})
        for r, a in zip(records, answers, strict=True)
    ]
    with pytest.raises(RecordsError, match="shuffled"):
        prepare(shuffled)


def test_contradicting_answers_are_refused() -> None:
    with pytest.raises(RecordsError, match="Lines 1 and 2"):
        prepare([exchange("a?", "26 days", line=1), exchange("A", "14 days", line=2)])


def test_few_records_are_warned_about() -> None:
    dataset = prepare([exchange("a?", "b"), exchange("c?", "d")])
    assert any("fewer than 200" in w.message for w in dataset.warnings)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to an.nguyen@puffin.vn today", "email"),
        ("gọi 0905 123 456 nhé", "phone"),
        ("gọi 0905.123.456", "phone"),
        ("ring +84 905 123 456", "phone"),
        ("văn phòng 0236 3822 105", "phone"),
        ("call (+44) 161 496 0000", "phone"),
        ("card 4111 1111 1111 1111", "card"),
        ("CCCD 048190001234", "identity"),
        ("căn cước số 048190001234", "identity"),
        ("CMND: 201234567", "identity"),
        ("DE89 3704 0044 0532 0130 00", "iban"),
        ("STK 0071001234567 Vietcombank", "account"),
        ("số tài khoản 19036789012", "account"),
    ],
)
def test_personal_data_is_found_and_masked(text: str, kind: str) -> None:
    (found,) = find_personal(text)
    assert found.kind == kind
    assert f"[{kind}]" in mask_text(text)
    assert find_personal(mask_text(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Tổng 1.234.567.890 đồng",
        "26 days, 37.5 hours, 1,234,567.89",
        "from 2026-01-01 to 2026-12-31",
        "order 4111 1111 1111 1112",
        "hotline 5514, port 7420, 900 pounds",
        "a@b and 3 x 4 = 12",
    ],
)
def test_ordinary_numbers_are_not_personal(text: str) -> None:
    assert find_personal(text) == []


def test_nothing_personal_leaves_silently() -> None:
    records = [exchange("Who?", "Ring 0905 123 456."), exchange("c?", "d")]
    with pytest.raises(RecordsError, match="1 phone") as caught:
        prepare(records)
    assert "905 123" not in str(caught.value)
    assert "[phone]" in prepare(records, personal="mask").train[0].answer
    allowed = prepare(records, personal="allow")
    assert allowed.personal.counts == {"phone": 1}
    assert "0905" in allowed.train[0].answer


def test_glossaries_are_read_from_lists_and_tables() -> None:
    text = (
        "- **CHOREI**: the morning briefing\n- **PUFLO** – the drivers' app\n\n"
        "| Thuật ngữ | Nghĩa |\n|---|---|\n| KIVARA | kho cà phê của công ty |\n"
    )
    assert {(e.term, e.meaning) for e in glossary(text)} == {
        ("CHOREI", "the morning briefing"),
        ("PUFLO", "the drivers' app"),
        ("KIVARA", "kho cà phê của công ty"),
    }


def test_a_faq_is_read_from_headings() -> None:
    text = (
        "# FAQ\n\n## Is tea free?\n\nYes, *all day*.\n\n## About\n\nText.\n\n"
        "Q: Nghỉ mấy ngày?\nA: 14.\n"
    )
    pairs = faq(text)
    assert pairs == (("Is tea free?", "Yes, all day."), ("Nghỉ mấy ngày?", "14."))
    assert from_faq(pairs, phrasings=1, held_out=0)[1].language == "vi"


def test_questions_in_a_row_share_the_answer_below_them() -> None:
    text = (
        "# Leave?\n\n## How many days of leave?\n## What is my annual leave?\n\nIt is 25.\n\n"
        "## Is tea free?\n\nYes.\n"
    )
    assert faq(text) == (
        ("How many days of leave?", "It is 25."),
        ("What is my annual leave?", "It is 25."),
        ("Is tea free?", "Yes."),
    )
    made = from_faq(faq(text), phrasings=3)
    leave = [r for r in made if r.topic == "How many days of leave?"]
    assert [r.question for r in leave if r.split is Split.HELD_OUT] == ["What is my annual leave?"]
    assert len(leave) == 4


LONG = f"Who signs for {', '.join(map(str, range(200, 400)))}?"


def test_an_answer_of_a_faq_is_trained_and_held_out_in_different_frames() -> None:
    pairs = [("Is tea free?", "Yes."), ("Nghỉ phép mấy ngày?", "14 ngày."), (LONG, "The guard.")]
    made = from_faq(pairs, phrasings=4)
    dataset = prepare(made)
    assert len(dataset.train) == 12
    # A frame around a very long question would give the phrasing away.
    assert [r.answer for r in dataset.held_out] == ["Yes.", "14 ngày."]
    for record in made:
        assert record.topic in record.question
        assert record.language == ("vi" if record.answer == "14 ngày." else "en")
    assert made == from_faq(pairs, phrasings=4)
    assert all(r.split is Split.TRAIN for r in from_faq(pairs, held_out=0))


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("count", [7, 24])
def test_held_out_phrasings_use_words_that_are_never_trained(
    language: Language, count: int
) -> None:
    entry = Entry(term="CHOREI", meaning="It.", language=language)
    records = from_glossary([entry], phrasings=count, held_out=3)
    trained = {r.question for r in records if r.split is Split.TRAIN}
    held = {r.question for r in records if r.split is Split.HELD_OUT}
    assert (len(trained), len(held)) == (count, 3)
    alike = [similarity(grams(one), grams(other)) for one in held for other in trained]
    assert max(alike) < NEAR


def test_made_up_terms_are_new_each_and_avoid_what_is_taken() -> None:
    first = made_up_terms(50)
    assert len(set(first)) == 50
    assert made_up_terms(50) == first
    assert not set(first[:10]) & set(made_up_terms(50, avoid=[t.lower() for t in first[:10]]))
