"""The built-in reader: what it quotes, and when it declines."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chorei.agent.protocols import Quote, Reading
from chorei.agent.reader import ExtractiveReader
from chorei.agent.reader.question import analyse
from chorei.agent.reader.reader import by_words, choose
from chorei.agent.reader.scoring import ranking_features
from chorei.agent.reader.terms import key_of
from chorei.agent.reader.weights import RANKING
from chorei.core import Hit, Language, Passage, language_of, words


def hit(text: str, *, name: str = "handbook.md", rank: int = 1, **fields: object) -> Hit:
    passage = Passage.model_validate(
        {
            "id": f"{name}:{rank}",
            "document_id": name,
            "document": name,
            "title": "Handbook",
            "text": text,
            "start": 100,
            "end": 100 + len(text),
            "language": language_of(text),
            **fields,
        }
    )
    return Hit(passage=passage, score=1 / rank, lexical_rank=rank, vector_rank=rank)


LEAVE = hit(
    "Every employee has 26 days of paid vacation a year. Unused days can be carried over until"
    " the end of June. Ask your manager two weeks ahead.",
    heading=("Handbook", "Vacation"),
)
PARKING = hit(
    "The office has no parking of its own. Visitors find a garage on Mill Street.",
    rank=2,
    heading=("Handbook", "Parking"),
)
EXPENSES = hit(
    "Claim expenses in the portal within 60 days. You need:\n\n- a receipt\n- the approval of"
    " your manager\n\nA hotel in London may cost up to £160 a night.",
    name="travel.md",
    rank=3,
    heading=("Travel", "Expenses"),
)
HITS = (LEAVE, PARKING, EXPENSES)


def frequency_in(hits: Sequence[Hit]) -> Callable[[str], int]:
    """As a library counts: passages that hold the word in some form."""
    bags = [{key_of(word) for word in words(hit.passage.text)} for hit in hits]

    def frequency(word: str) -> int:
        keys = {key_of(part) for part in words(word)}
        return sum(keys <= bag for bag in bags)

    return frequency


def read(
    question: str, hits: Sequence[Hit] = HITS, *, limit: int = 3, background: str = ""
) -> Reading:
    return ExtractiveReader().read(
        question,
        hits,
        limit=limit,
        frequency=frequency_in(hits),
        total=200,
        background=background,
    )


def quoted(reading: Reading) -> str:
    return " / ".join(quote.text for quote in reading.quotes)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many days of vacation do employees have?", "26 days"),
        ("How much PTO do we get per year?", "26 days"),
        ("Until when can unused vacation be carried over?", "end of June"),
        ("Does the office have parking?", "no parking"),
        ("How soon do I have to hand in expenses?", "60 days"),
        ("What may a hotel in London cost?", "£160"),
        ("Nhân viên có bao nhiêu ngày nghỉ phép một năm?", "26 days"),
        ("nhan vien co bao nhieu ngay nghi phep mot nam?", "26 days"),
    ],
)
def test_quotes_the_sentence_that_answers(question: str, answer: str) -> None:
    reading = read(question)
    assert answer in quoted(reading)
    assert answer in reading.quotes[0].text
    assert 0 < reading.confidence <= 1


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Australia?",
        "Which Kubernetes version runs in Berlin?",
        "Who won the football world cup?",
        "Ai là giám đốc chi nhánh Cần Thơ?",
    ],
)
def test_declines_what_the_passages_do_not_hold(question: str) -> None:
    reading = read(question)
    assert reading.quotes == ()
    assert reading.missing


def test_names_the_missing_words_most_telling_first() -> None:
    assert "kubernetes" in read("Which Kubernetes version does the office run?").missing


def test_without_passages_there_is_nothing_to_quote() -> None:
    reading = read("How many days of vacation?", ())
    assert reading.quotes == ()


def test_a_question_without_content_is_declined() -> None:
    assert read("What is it?").quotes == ()


def test_offsets_are_those_of_the_document() -> None:
    quote = read("How many days of vacation do employees have?").quotes[0]
    document = " " * 100 + LEAVE.passage.text
    assert document[quote.start : quote.end] == quote.text


def test_never_more_quotations_than_asked_for() -> None:
    for limit in (1, 2, 3):
        assert len(read("vacation, parking and expenses of employees", limit=limit).quotes) <= limit


def test_an_overlapping_quotation_takes_no_place_of_another() -> None:
    rules = "You may park here:\n\n- bicycles at the wall\n- cars in the yard"
    hits = (hit(rules, name="yard.md"), hit("Ask the porter where to park cars.", name="porter.md"))
    asked = analyse("Where may I park cars and bicycles?", frequency_in(hits), 2)
    chosen = choose(asked, by_words(asked, hits, ranking_features, RANKING), 2)
    assert {match.page.passage.document for match in chosen} == {"yard.md", "porter.md"}
    assert len(chosen) == 3


def test_a_line_that_introduces_a_list_brings_its_items() -> None:
    assert "a receipt" in quoted(read("What do you need to claim expenses?"))


def test_a_table_row_is_found_by_its_key_and_column() -> None:
    table = hit(
        "| Kettle | 49.00 | 12 |\n| Dripper | 13.50 | 40 |\n| Grinder | 219.00 | 3 |",
        columns=("Product", "Price", "Stock"),
        row=1,
        name="prices.md",
    )
    reading = read("What is the price of the dripper?", (table, *HITS))
    assert reading.quotes[0].text == "| Dripper | 13.50 | 40 |"


def test_a_follow_up_about_something_else_is_not_answered_with_the_same_again() -> None:
    earlier = "What may a hotel in London cost?"
    assert read(earlier).quotes
    found = read("the canteen", background=earlier)
    assert not found.quotes
    assert "canteen" in found.missing


def test_a_follow_up_is_read_with_the_question_before_it() -> None:
    paris = hit(
        "A hotel in Paris may cost up to £140 a night. Paris is lovely in spring.",
        name="travel.md",
        rank=4,
    )
    reading = read(
        "in Paris", (*HITS, paris), background="What may a hotel in London cost?", limit=1
    )
    assert "£140" in quoted(reading)


def test_a_follow_up_about_the_counterpart_is_answered_with_it_first() -> None:
    page = hit(
        "Full-time employees get 25 free lunches a year. Part-time employees get 15 free lunches"
        " a year, which the part-time manager counts.",
        heading=("Handbook", "Lunches"),
        rank=4,
    )
    earlier = "How many free lunches do part-time employees get?"
    assert "15" in read(earlier, (page, *HITS)).quotes[0].text
    found = read("for full-time employees", (page, *HITS), background=earlier)
    assert found.quotes[0].text.startswith("Full-time")


def test_names_that_differ_in_their_number_do_not_answer_for_each_other() -> None:
    page = hit("The Otter Two costs £4,350. It weighs 46 kg.", heading=("Otter Two",), rank=1)
    assert "4,350" in quoted(read("What does the Otter Two cost?", (page, *HITS)))
    assert not read("What does the Otter Three cost?", (page, *HITS)).quotes
    earlier = "What does the Otter Two cost?"
    assert not read("the Otter Three", (page, *HITS), background=earlier).quotes


def test_vietnamese_documents_answer_with_and_without_diacritics() -> None:
    handbook = hit(
        "Nhân viên làm đủ 12 tháng có 14 ngày phép. Thời gian thử việc là 60 ngày.",
        heading=("Sổ tay nhân viên", "Thử việc"),
    )
    for question in ("Thử việc bao lâu?", "thu viec bao lau?"):
        assert "60 ngày" in quoted(read(question, (handbook,)))


def test_a_heading_or_link_line_is_never_quoted() -> None:
    page = hit("# Vacation\n\n[Vacation](leave.md)\n\nVacation is 26 days.", heading=("Vacation",))
    for quote in read("How many days is vacation?", (page,)).quotes:
        assert not quote.text.startswith(("#", "["))


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("How many days of annual leave do I get?", "26 days"),
        ("How many days of annual leave do part-timers get?", "16 days"),
    ],
)
def test_the_rule_stands_before_a_special_case_that_is_not_asked_about(
    question: str, first: str
) -> None:
    rule = hit(
        "Full-time employees have 26 days of paid annual leave a year.",
        heading=("Handbook", "Annual leave"),
        rank=2,
    )
    case = hit(
        "Somebody who works 22.5 hours a week has 16 days of annual leave.",
        heading=("Handbook", "Annual leave", "Part-timers"),
    )
    assert first in read(question, (case, rule)).quotes[0].text


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.text(max_size=80),
    st.lists(
        st.text(alphabet=st.sampled_from("ab .\n-|#:*_[](){}`?1 €đ"), max_size=200), max_size=4
    ),
    st.sampled_from(["en", "vi"]),
)
def test_quotations_are_literal_whatever_is_read(
    question: str, texts: list[str], language: Language
) -> None:
    hits = [
        hit(text, rank=rank, name=f"{rank}.md", language=language)
        for rank, text in enumerate(texts, 1)
    ]
    reading = ExtractiveReader(threshold=0.0).read(
        question, hits, limit=3, frequency=lambda _: 1, total=10
    )
    assert len(reading.quotes) <= 3
    for quote in reading.quotes:
        passage = quote.passage
        assert passage.start <= quote.start < quote.end <= passage.end
        assert quote.text
    assert not _overlaps(reading.quotes)


def _overlaps(quotes: Sequence[Quote]) -> bool:
    return any(
        a is not b
        and a.passage.document_id == b.passage.document_id
        and a.start < b.end
        and b.start < a.end
        for a in quotes
        for b in quotes
    )


def test_names_at_most_three_missing_words_and_no_verbs() -> None:
    missing = read("Who won the golden trophy for juggling penguins in the volcano?").missing
    assert 0 < len(missing) <= 3
    assert not {"won", "juggling"} & set(missing)
