import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import DocumentError, DocumentTooLargeError, MalformedDocumentError
from chorei.retrieval.loading import Block, Parsed, parse


def csv(text: str) -> Parsed:
    return parse(text.encode(), media="csv", name="prices.csv")


def records(value: Any, media: str = "json") -> Parsed:
    return parse(json.dumps(value).encode(), media=media, name="data.json")


def rows(parsed: Parsed) -> list[tuple[str, int | None, tuple[str, ...]]]:
    return [(_text(parsed, b), b.row, b.columns) for b in parsed.blocks if b.kind == "row"]


def _text(parsed: Parsed, block: Block) -> str:
    return parsed.text[block.start : block.end]


def test_rows_stand_under_their_columns() -> None:
    parsed = csv('Name,Price\r\nWidget,12\r\n\r\n"Gad,get",3\r\n')
    assert rows(parsed) == [
        ("Widget,12", 1, ("Name", "Price")),
        ('"Gad,get",3', 2, ("Name", "Price")),
    ]
    assert (parsed.title, parsed.text.count("\r\n")) == ("prices", 4)


def test_a_quoted_field_may_span_lines() -> None:
    parsed = csv('Name,Note\nA,"one\n\ntwo"\nB,three\n')
    assert [text for text, _, _ in rows(parsed)] == ['A,"one\n\ntwo"', "B,three"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Sản phẩm;Giá\nA;1.234,50\nB;2,00\n", ("Sản phẩm", "Giá")),
        ("Name\tPrice\nA, B\t1,5\nC, D\t2,5\n", ("Name", "Price")),
        ("Item,2023,2024\nA,1,2\n", ("Item", "2023", "2024")),
        ("Name,Country\nAn,Vietnam\nBo,France\n", ("Name", "Country")),
        ("1,2\n3,4\n", ()),
        ("Widget,12\nGadget,13\n", ()),
        ("A,A\n1,2\n", ()),
        ("Name\nAn\nBo\n", ("Name",)),
    ],
)
def test_delimiter_and_header_are_found(text: str, columns: tuple[str, ...]) -> None:
    assert {found for _, _, found in rows(csv(text))} == {columns}


def test_a_title_above_the_header_is_a_paragraph() -> None:
    parsed = csv("Prices 2026\n\nName,Price,Unit\nA,1,kg\nB,2,kg\n")
    assert [(b.kind, _text(parsed, b)) for b in parsed.blocks] == [
        ("paragraph", "Prices 2026"),
        ("row", "A,1,kg"),
        ("row", "B,2,kg"),
    ]
    assert parsed.blocks[1].columns == ("Name", "Price", "Unit")


def test_a_header_alone_is_a_row() -> None:
    assert rows(csv("Name,Price\n")) == [("Name,Price", 1, ())]


def test_a_field_without_end_is_refused() -> None:
    with pytest.raises(MalformedDocumentError, match="quotation mark"):
        csv('a,"' + "x" * 10_000_000)


@given(st.text(alphabet=st.sampled_from("a1,;\t\"'\n\r "), max_size=200))
def test_any_csv_gives_rows_in_order(text: str) -> None:
    try:
        parsed = csv(text)
    except DocumentError:
        return
    ends = [0, *(block.end for block in parsed.blocks)]
    assert all(end <= block.start for end, block in zip(ends, parsed.blocks, strict=False))
    assert parsed.text == text


def test_flat_records_become_rows() -> None:
    data = b'[{"name": "Widget", "price": 1.50}, {"name": "Gadget", "price": 12, "new": true}]'
    parsed = parse(data, media="json", name="data.json")
    assert rows(parsed) == [
        ("Widget,1.50", 1, ("name", "price", "new")),
        ("Gadget,12,true", 2, ("name", "price", "new")),
    ]


def test_questions_and_answers_read_as_prose() -> None:
    parsed = records(
        [
            {"question": "How long?", "answer": "Two weeks.\n\nSometimes *three*.", "tag": "x"},
            {"answer": "No title here."},
        ]
    )
    seen = [(_text(parsed, b), b.heading, b.row) for b in parsed.blocks]
    assert seen == [
        ("# How long?", ("How long?",), None),
        ("Two weeks.", ("How long?",), 1),
        ("Sometimes *three*.", ("How long?",), 1),
        ("tag: x", ("How long?",), 1),
        ("No title here.", (), 2),
    ]


def test_an_object_shows_its_paths_and_its_lists() -> None:
    parsed = records(
        {
            "title": "Offices",
            "date": "2024-05-01",
            "address": {"city": "Huế", "floors": [1, 2], "empty": None},
            "staff": [{"name": "An", "age": 30}, {"name": "Bo", "age": 40}],
        }
    )
    assert (parsed.title, parsed.date) == ("Offices", dt.date(2024, 5, 1))
    assert "address.city: Huế\naddress.floors: 1, 2" in parsed.text
    last = parsed.blocks[-1]
    assert (_text(parsed, last), last.heading) == ("Bo,40", ("Offices", "staff"))


def test_lines_are_records_and_errors_name_the_line() -> None:
    parsed = parse(b'{"a": {"b": [1, {"c": 2}]}}\n\n"text"\n3\n', media="jsonl", name="l.jsonl")
    assert [(text, row) for text, row, _ in rows(parsed)] == [
        ("a.b.1: 1\na.b.2.c: 2", 1),
        ("text", 2),
        ("3", 3),
    ]
    with pytest.raises(MalformedDocumentError, match="line 2, column 6"):
        parse(b'{"a": 1}\n{"a":\n', media="jsonl", name="l.jsonl")


@pytest.mark.parametrize("data", [b"{", b"[1,]", b"nul", b'{"a" 1}', b"\xff", b'"\0"'])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedDocumentError):
        parse(data, media="json", name="a.json")


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting_is_refused(opening: bytes) -> None:
    with pytest.raises(MalformedDocumentError):
        parse(opening * 100_000, media="json", name="a.json")
    closing = b"1" + (b"]" if opening == b"[" else b"}") * 100_000
    with pytest.raises(MalformedDocumentError, match="deeply"):
        parse(opening * 100_000 + closing, media="json", name="a.json")


def test_a_long_path_does_not_multiply_the_text() -> None:
    value: Any = [{"x": 1, "y": [2, {}]}] * 100
    for _ in range(50):
        value = {"k" * 100: value}
    assert len(records({"a": value}).text) < 60_000


def test_odd_values_are_text() -> None:
    huge = "9" * 10_000
    parsed = parse(b'{"n": %s, "s": "\\ud800 \\u0000", "f": 1e999, "z": NaN}' % huge.encode(),
                   media="json", name="a.json")  # fmt: skip
    assert f"n: {huge}" in parsed.text
    assert parsed.text.encode()
    assert "\0" not in parsed.text


def test_millions_of_values_are_too_many() -> None:
    with pytest.raises(DocumentTooLargeError, match="values"):
        parse(b"[" + b"[]," * 2_100_000 + b"0]", media="json", name="a.json")


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=10), _nested))
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        parsed = records(value)
    except DocumentError:
        return
    assert all(_text(parsed, block).strip() for block in parsed.blocks)
