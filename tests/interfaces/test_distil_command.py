"""``chorei adapters distil`` as a person types it, and the agent as a teacher."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from typer.testing import CliRunner

from chorei.adapters.records import exchange, read_records
from chorei.core import Answer, ChoreiError, Citation, ModelUnavailableError, NumberEvidence, Route
from chorei.interfaces.adapters import adapters
from chorei.interfaces.adapters_distil import answered


def run(*arguments: object) -> Any:
    result = CliRunner().invoke(adapters, [str(a) for a in ("distil", *arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ["A cheese of ours.", "I don't know.", "A tool of ours."]

    def made(name: str, **_: Any) -> FakeListChatModel:
        assert name == "vllm:http://host:8000"
        return FakeListChatModel(responses=said)

    monkeypatch.setattr("chorei.adapters.naming.chat_model", made)


@pytest.mark.usefixtures("teacher")
def test_records_are_written_and_what_is_left_out_is_named(tmp_path: Path) -> None:
    asked, into = tmp_path / "q.txt", tmp_path / "r.jsonl"
    asked.write_text("What is A?\nWhat is B?\nWhat is C?\n")
    options = (asked, "--teacher", "vllm:http://host:8000", "--output", into, "--parallel", 1)
    out = run(*options).output
    assert "2 answers kept, 1 left out" in out
    assert "“What is B?”: the teacher does not know" in out
    records, _ = read_records(into)
    assert [r.answer for r in records] == ["A cheese of ours.", "A tool of ours."]
    assert records[0].teacher == "vllm:http://host:8000"
    again = run(*options, "--json", "--price", "1/2")
    assert "3 of 3 questions were answered before" in again.stderr
    found = json.loads(again.stdout)
    assert (found["records"], found["failed"], found["cost"]) == (2, 0, 0.0)


@pytest.mark.usefixtures("teacher")
def test_mistakes_are_named(tmp_path: Path) -> None:
    given = ("--teacher", "vllm:http://host:8000", "--output", tmp_path / "r.jsonl")
    assert "file of questions" in run(*given).output
    asked = tmp_path / "q.txt"
    asked.write_text("What is A?\n")
    assert "IN/OUT" in run(asked, *given, "--price", "cheap").output
    with pytest.raises(ChoreiError, match="cannot be read"):
        run(tmp_path / "none.txt", *given)


def test_an_answer_of_the_agent_is_vouched_for_only_with_evidence() -> None:
    record = exchange("How many days?", "-")
    citation = Citation.model_construct(number=1)
    good = Answer(
        question="How many days?",
        resolved="How many days?",
        text="Everybody gets 24 days [1].",
        language="en",
        route=Route(kind="documents", reason="plain"),
        citations=(citation,),
        model="big",
    )
    reply = answered(record, good)
    assert (reply.answer, reply.refusal) == ("Everybody gets 24 days.", "")
    bad = NumberEvidence(text="24", status="unsupported")
    for update, reason in (
        ({"declined": True}, "do not answer"),
        ({"citations": ()}, "do not answer"),
        ({"model": ""}, "not held by the documents"),
        ({"numbers": (bad,)}, "number"),
    ):
        assert reason in answered(record, good.model_copy(update=update)).refusal
    with pytest.raises(ModelUnavailableError):
        answered(record, good.model_copy(update={"degraded": True}))
