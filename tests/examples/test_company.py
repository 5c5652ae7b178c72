"""The example company is read well, and the questions about it fit its documents."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chorei.core import Document, Settings
from chorei.retrieval import Library

ROOT = Path(__file__).parents[2]
COMPANY = ROOT / "examples" / "company"
QUESTIONS = [
    json.loads(line)
    for line in (ROOT / "evaluation" / "questions" / "company.jsonl")
    .read_text("utf-8")
    .splitlines()
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library(tmp_path_factory.mktemp("company"), settings=Settings()) as library:
        report = library.add(COMPANY)
        assert report.failed == ()
        yield library


@pytest.fixture(scope="module")
def documents(library: Library) -> dict[str, Document]:
    return {document.name.removeprefix("company/"): document for document in library.documents()}


def test_every_file_is_a_document(documents: dict[str, Document]) -> None:
    assert set(documents) == {path.name for path in COMPANY.iterdir()}


def test_titles_and_languages(documents: dict[str, Document]) -> None:
    assert documents["handbook.md"].title == "Puffin & Sen Employee Handbook"
    assert documents["so-tay-nhan-vien.md"].title == "Sổ tay nhân viên Puffin & Sen Việt Nam"
    assert documents["faq.html"].title == "Questions from customers"
    assert documents["returns-policy.docx"].title == "Returns and Refunds Policy"
    assert documents["machine-leaflet.pdf"].title == "Burrow Two"
    assert documents["so-tay-nhan-vien.md"].language == "vi"
    assert documents["handbook.md"].language == "en"


@pytest.mark.parametrize(
    ("name", "text", "heading"),
    [
        ("handbook.md", "Moving house", "Other kinds of leave"),
        ("so-tay-nhan-vien.md", "Ngày nghỉ hằng tuần", "Làm thêm giờ"),
        ("returns-policy.docx", "12% of the price", "How long you have"),
        ("faq.html", "Nội thành Đà Nẵng | 25.000 đồng", "Phí giao hàng là bao nhiêu?"),
    ],
)
def test_a_table_row_is_found_under_its_heading(
    library: Library, documents: dict[str, Document], name: str, text: str, heading: str
) -> None:
    passages = library.passages(documents[name].id)

    assert [p.heading[-1] for p in passages if text in p.text and p.columns] == [heading]


@pytest.mark.parametrize(
    ("text", "page"),
    [("Weight | 46 kg", 1), ("bảo hành 18 tháng", 2), ("cảm biến nước bị nghẹt", 2)],
)
def test_the_leaflet_keeps_its_pages(
    library: Library, documents: dict[str, Document], text: str, page: int
) -> None:
    passages = library.passages(documents["machine-leaflet.pdf"].id)

    assert {p.page for p in passages if text in p.text} == {page}


def test_a_price_has_its_row_and_columns(library: Library, documents: dict[str, Document]) -> None:
    (passage,) = (p for p in library.passages(documents["price-list.csv"].id) if "MC-501" in p.text)

    assert "Price (GBP)" in passage.columns
    assert "128000000" in passage.text


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_an_expected_answer_stands_in_its_document(
    question: dict[str, Any], library: Library, documents: dict[str, Document]
) -> None:
    texts = [library.text(documents[name].id) for name in question["documents"]]

    assert question["answerable"] == bool(texts) == bool(question["answers"])
    for answer in question["answers"]:
        assert any(answer in text for text in texts)
    for text in texts:
        assert any(answer in text for answer in question["answers"])


def test_the_questions_are_enough_and_balanced() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS) >= 50
    assert sum(question["language"] == "vi" for question in QUESTIONS) >= 20
    assert sum(not question["answerable"] for question in QUESTIONS) >= 12
    halves = Counter(question["split"] for question in QUESTIONS)
    assert abs(halves["dev"] - halves["test"]) <= len(QUESTIONS) // 10


def test_a_follow_up_comes_right_after_its_question() -> None:
    for before, question in itertools.pairwise(QUESTIONS):
        if "after" in question:
            assert question["after"] == before["id"]
            assert question["split"] == before["split"]
            assert question["language"] == before["language"]
