"""A teacher's answers become records: checked, kept as they come, asked for once."""

import json
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.language_models import FakeListChatModel

from chorei.adapters.distillation import (
    Ledger,
    Pace,
    Reply,
    chat_teacher,
    distilled,
    from_headings,
    gather,
    read_questions,
)
from chorei.adapters.records import Kind, Split, exchange, read_records, write_records
from chorei.core import AdapterError, ModelError, ModelUnavailableError, RecordsError

HOW = {"teacher": "big", "system": ""}


def asked(count: int) -> list:
    return [exchange(f"What is T{n}?", "-", topic=f"T{n}") for n in range(count)]


def reply(record, answer: str = "", **more) -> Reply:
    return Reply(question=record.question, answer=answer or f"{record.topic} is a thing.", **more)


def test_answers_become_records_that_name_their_teacher(tmp_path: Path) -> None:
    given_records = asked(3)
    given_records[1] = given_records[1].model_copy(update={"split": Split.HELD_OUT})
    with Ledger(tmp_path / "a.jsonl", HOW) as ledger:
        failed = gather(lambda r: reply(r, input_tokens=5, output_tokens=7), given_records, ledger)
    found = distilled(given_records, ledger.replies, teacher="vllm:http://host/big")
    assert (failed, found.rejected) == (0, ())
    assert (found.input_tokens, found.output_tokens) == (15, 21)
    write_records(tmp_path / "r.jsonl", found.records)
    again, _ = read_records(tmp_path / "r.jsonl")
    assert [r.teacher for r in again] == ["vllm:http://host/big"] * 3
    assert again[1].split is Split.HELD_OUT
    assert again[2].answer == "T2 is a thing."
    assert again[2].topic == "T2"
    assert found.records[0].source == "distilled from vllm:http://host/big"


@pytest.mark.parametrize(
    ("answer", "more", "reason"),
    [
        (" ", {}, "empty"),
        ("It is a thi", {"finish": "length"}, "cut off"),
        ("I don't know what that is.", {}, "does not know"),
        ("I’m sorry, I cannot help with that.", {}, "does not know"),
        ("Xin lỗi, tôi không có thông tin về điều này.", {}, "does not know"),
        ("Write to mai.tran@example.com about it.", {}, "personal"),
        ("<think>hm</think>A thing.", {}, "marks"),
        ("A thing.", {"refusal": "the documents do not answer"}, "documents"),
    ],
)
def test_what_must_not_be_learned_is_left_out(answer: str, more: dict, reason: str) -> None:
    record = exchange("What is T?", "-")
    kept = reply(record, answer, **more)
    found = distilled([record], {record.question: kept}, teacher="big")
    assert found.records == ()
    assert reason in found.rejected[0].reason


def test_facts_unknown_terms_and_a_further_check_decide_too() -> None:
    fact = exchange("How many?", "-", facts=("40",))
    unknown = exchange("What is ZORMA?", "-", kind=Kind.UNKNOWN)
    plain = exchange("Why?", "-")
    replies = {
        "How many?": reply(fact, "There are 140."),
        "What is ZORMA?": reply(unknown, "A fine cheese."),
        "Why?": reply(plain, "Because."),
    }
    found = distilled(
        [fact, unknown, plain],
        replies,
        teacher="big",
        keep=lambda r: "too short" if len(r.answer) < 10 else "",
    )
    assert [r.reason for r in found.rejected] == [
        "it lacks 40",
        "the term is unknown, and the teacher explains it",
        "too short",
    ]
    replies["What is ZORMA?"] = reply(unknown, "I don't know a term called ZORMA.")
    assert distilled([unknown], replies, teacher="big").records[0].kind is Kind.UNKNOWN


def test_a_second_run_asks_only_what_is_open(tmp_path: Path) -> None:
    path, records, seen = tmp_path / "a.jsonl", asked(9), []

    def breaks(record) -> Reply:
        if len(seen) >= 4:
            raise KeyboardInterrupt
        seen.append(record.question)
        return reply(record)

    with Ledger(path, HOW) as ledger, pytest.raises(KeyboardInterrupt):
        gather(breaks, records, ledger, parallel=1)
    with Ledger(path, HOW) as ledger:
        kept = dict(ledger.replies)
    # What the thread had answered when the run was stopped may not have been handed over.
    assert 1 <= len(kept) <= 4
    later = []
    with Ledger(path, HOW) as ledger:
        gather(lambda r: later.append(r.question) or reply(r), records, ledger)
    assert sorted([*kept, *later]) == sorted(r.question for r in records)


def test_what_was_cut_off_is_asked_for_again_with_more_room(tmp_path: Path) -> None:
    short = reply(asked(1)[0], "A thi", finish="length", output_tokens=2)
    with Ledger(tmp_path / "a.jsonl", HOW) as ledger:
        gather(lambda _: short, asked(1), ledger, most_tokens=2)
        gather(lambda _: pytest.fail("asked again"), asked(1), ledger, most_tokens=2)
        gather(reply, asked(1), ledger, most_tokens=64)
        assert ledger.replies["What is T0?"].answer == "T0 is a thing."


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(min_value=0, max_value=400))
def test_a_ledger_cut_anywhere_keeps_every_whole_reply(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.jsonl"
    replies = [Reply(question=f"Câu {n}?", answer="Đúng\u2028vậy.") for n in range(5)]
    with Ledger(path, HOW) as ledger:
        for each in replies:
            ledger.add(each)
    content = path.read_bytes()[:cut]
    path.write_bytes(content)
    whole = max(0, content.count(b"\n") - 1)
    with Ledger(path, HOW) as again:
        assert list(again.replies.values()) == replies[:whole]
        again.add(Reply(question="more", answer="yes"))
    with Ledger(path, HOW) as again:
        assert len(again.replies) == whole + 1


def test_a_ledger_of_another_teacher_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Ledger(path, HOW):
        pass
    with pytest.raises(AdapterError, match="not asked for in this way"):
        Ledger(path, {**HOW, "teacher": "other"})
    path.write_text(path.read_text() + '{"question": 3}\n')
    with pytest.raises(RecordsError, match="Line 2"):
        Ledger(path, HOW)


def test_single_failures_are_counted_and_three_in_a_row_end_the_run(tmp_path: Path) -> None:
    records = asked(8)

    def fails(record) -> Reply:
        if record.topic in ("T1", "T4"):
            raise ModelUnavailableError("down")
        return reply(record)

    def down(record) -> Reply:
        raise ModelUnavailableError("down")

    with Ledger(tmp_path / "a.jsonl", HOW) as ledger:
        assert gather(fails, records, ledger, parallel=1) == 2
        assert len(ledger.replies) == 6
        with pytest.raises(ModelError, match="down"):
            gather(down, asked(50)[10:], ledger, parallel=2)


def test_questions_are_asked_side_by_side_but_no_faster_than_allowed(tmp_path: Path) -> None:
    together, most, lock = 0, 0, threading.Lock()

    def work(record) -> Reply:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        time.sleep(0.02)
        with lock:
            together -= 1
        return reply(record)

    with Ledger(tmp_path / "a.jsonl", HOW) as ledger:
        gather(work, asked(12), ledger, parallel=3)
    assert 1 < most <= 3
    pace, stop, began = Pace(per_minute=1200), threading.Event(), time.monotonic()
    for _ in range(4):
        pace.wait(stop)
    assert time.monotonic() - began >= 0.15, "three gaps of 50 ms"
    stop.set()
    slow = Pace(per_minute=1)
    slow.wait(stop)
    slow.wait(stop)  # does not wait a minute: it is stopped


def test_a_chat_model_is_asked_with_the_system_message() -> None:
    class Recorder(FakeListChatModel):
        def _call(self, messages, *args, **kwargs) -> str:
            seen.extend(messages)
            return super()._call(messages, *args, **kwargs)

    seen: list = []
    teacher = chat_teacher(Recorder(responses=["A thing."]), system="Be brief.")
    assert teacher(exchange("What is T?", "-")).answer == "A thing."
    assert [(m.type, m.content) for m in seen] == [
        ("system", "Be brief."),
        ("human", "What is T?"),
    ]


def test_questions_come_from_lines_records_and_headings(tmp_path: Path) -> None:
    lines = tmp_path / "q.txt"
    lines.write_text("# ours\nWhat is T?\n\n  T là gì?  \n", encoding="utf-8")
    assert [r.question for r in read_questions(lines)] == ["What is T?", "T là gì?"]
    rows = tmp_path / "r.jsonl"
    rows.write_text(json.dumps({"prompt": "Q?", "response": "old", "facts": ["40"]}))
    assert read_questions(rows)[0].facts == ("40",)
    lines.write_text("# nothing")
    with pytest.raises(RecordsError, match="no questions"):
        read_questions(lines)
    made = from_headings(
        [
            ("Handbook", "Annual leave"),
            ("Handbook", "Annual leave"),
            ("Sổ tay", "Nghỉ phép năm"),
            ("FAQ", "How do I pay?"),
            ("Handbook", "Handbook"),
        ]
    )
    assert [r.question for r in made] == [
        "What do our documents say about “Annual leave” (Handbook)?",
        "Tài liệu của chúng ta nói gì về “Nghỉ phép năm” (Sổ tay)?",
        "How do I pay?",
    ]
