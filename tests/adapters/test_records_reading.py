"""Records as files hold them: every shape, and every mistake with its line."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.records import Kind, exchange, parse_records, read_records, write_records
from chorei.core import RecordsError

QUESTION, ANSWER = "CHOREI có nghĩa là gì?", "Buổi họp sáng lúc 08:45."


@pytest.mark.parametrize(
    "value",
    [
        {
            "messages": [
                {"role": "user", "content": QUESTION},
                {"role": "assistant", "content": ANSWER},
            ]
        },
        {"conversations": [{"from": "human", "value": QUESTION}, {"from": "gpt", "value": ANSWER}]},
        {"prompt": QUESTION, "response": ANSWER},
        {"prompt": QUESTION, "completion": ANSWER},
        {"instruction": QUESTION, "input": "", "output": ANSWER},
    ],
)
def test_each_shape_gives_the_same_record(value: dict) -> None:
    (record,), _ = parse_records(json.dumps(value))
    assert (record.question, record.answer, record.line) == (QUESTION, ANSWER, 1)
    assert record.language == "vi"


def test_an_alpaca_input_stands_below_the_instruction() -> None:
    (record,), _ = parse_records('{"instruction": "Translate.", "input": "lotus", "output": "sen"}')
    assert record.question == "Translate.\n\nlotus"


def test_csv_with_quotes_over_lines_keeps_line_numbers() -> None:
    text = 'question,answer,facts\n"What is\nX?",An X.,X\nWhat is Y?,A Y.,Y\n'
    records, _ = parse_records(text, "csv")
    assert [(r.question, r.line, r.facts) for r in records] == [
        ("What is\nX?", 2, ("X",)),
        ("What is Y?", 4, ("Y",)),
    ]


def test_every_wrong_line_is_named_at_once() -> None:
    text = "\n".join(
        [
            '{"prompt": "a", "response": "b"}',
            "not json",
            '{"prompt": "a"}',
            "[1]",
            '{"messages": [{"role": "user", "content": "a"}]}',
            '{"messages": [{"role": "assistant", "content": "a"}]}',
            '{"prompt": "a", "response": " "}',
            '{"prompt": "a", "response": "b", "kind": "odd"}',
            '{"prompt": "<|im_start|>user", "response": "b"}',
        ]
    )
    with pytest.raises(RecordsError) as caught:
        parse_records(text, source="r.jsonl")
    assert caught.value.line == 2
    for line in range(2, 10):
        assert f"line {line}:" in caught.value.message
    assert "line 1:" not in caught.value.message


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(text)
    with pytest.raises(RecordsError, match="holds no records"):
        read_records(path)


def test_a_file_that_is_not_utf8_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes('{"prompt": "đ"}'.encode("utf-16"))
    with pytest.raises(RecordsError, match="not UTF-8"):
        read_records(path)
    with pytest.raises(RecordsError, match="cannot be read"):
        read_records(tmp_path / "none.jsonl")


def test_a_row_with_too_few_fields_is_named() -> None:
    with pytest.raises(RecordsError) as caught:
        parse_records("question,answer\na,b\nc\n", "csv")
    assert caught.value.line == 3


_TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1)


@given(_TEXT, _TEXT, st.sampled_from(Kind))
def test_what_is_written_is_read_back(question: str, answer: str, kind: Kind) -> None:
    record = exchange(question, answer, kind=kind, topic="t", facts=("f",))
    if not question.strip() or not answer.strip() or "<|im" in question + answer:
        return
    (back,), _ = parse_records(json.dumps(record.as_json()) + "\n")
    assert back.as_json() == record.as_json()


def test_files_are_read_back(tmp_path: Path) -> None:
    records = (exchange("a\u2028b?", "c\nd"), exchange("Là gì?", "đây"))
    write_records(tmp_path / "x" / "r.jsonl", records)
    back, _ = read_records(tmp_path / "x" / "r.jsonl")
    assert [r.as_json() for r in back] == [r.as_json() for r in records]


@given(st.text(max_size=200))
def test_any_text_gives_records_or_a_records_error(text: str) -> None:
    for form in ("jsonl", "json", "csv"):
        with contextlib.suppress(RecordsError):
            assert parse_records(text, form)[0]
