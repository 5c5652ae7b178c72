"""Replies of a model that are kept, and measured again without it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from chorei.core import ChoreiError, ModelTimeoutError
from chorei.evaluation import grounding
from chorei.evaluation.replies import Replies, Reply


class Honest(BaseChatModel):
    """Repeats the first passage, or fails after so many replies."""

    asked: list[str]
    patience: int = sys.maxsize

    @property
    def _llm_type(self) -> str:
        return "honest"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        if len(self.asked) >= self.patience:
            raise ModelTimeoutError("too slow")
        prompt = str(messages[-1].text)
        self.asked.append(prompt)
        first = next((line for line in prompt.splitlines() if line.startswith("[1]")), "NOT_FOUND")
        message = AIMessage(f"{first.removeprefix('[1]').strip()} [1]")
        return ChatResult(generations=[ChatGeneration(message=message)])


@pytest.fixture(scope="module")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("libraries")


def run(capsys: pytest.CaptureFixture[str], keep: Path, *options: str, chat: Any = None) -> str:
    common = ["--set", "company", "--limit", "8", "--model", "honest", "--keep", str(keep)]
    grounding.main([*common, *options], chat=chat)
    return capsys.readouterr().out


def table_of(shown: str) -> str:
    return shown.rpartition("\n")[0].partition("replies asked")[0].rpartition("┘")[0]


def test_a_stopped_run_goes_on_and_is_judged_again(
    tmp_path: Path, keep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "replies.jsonl"
    whole = run(capsys, keep, chat=Honest(asked=[]))
    stopped = Honest(asked=[], patience=2)
    shown = run(capsys, keep, "--record", str(file), chat=stopped)
    assert "questions left out" in shown
    assert len(file.read_text("utf-8").splitlines()) == 2
    again = Honest(asked=[])
    shown = run(capsys, keep, "--record", str(file), chat=again)
    assert "2 known" in shown
    assert not set(again.asked) & set(stopped.asked)
    assert table_of(shown) == table_of(whole)
    outcomes = tmp_path / "outcomes.jsonl"
    shown = run(capsys, keep, "--replay", str(file), "--outcomes", str(outcomes))
    assert "0 replies asked" in shown
    assert table_of(shown) == table_of(whole)
    assert len(outcomes.read_text("utf-8").splitlines()) == 8


def test_another_prompt_gets_what_was_replied_to_the_question(
    tmp_path: Path, keep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "replies.jsonl"
    run(capsys, keep, "--record", str(file), chat=Honest(asked=[]))
    shown = run(capsys, keep, "--replay", str(file), "--passages", "1")
    assert "given to another prompt" in shown
    assert "left out" not in shown


def test_nothing_to_replay(tmp_path: Path) -> None:
    with pytest.raises(ChoreiError, match="holds no reply of the model 'honest'"):
        grounding.main(["--model", "honest", "--replay", str(tmp_path / "none.jsonl")])


def test_a_line_that_was_cut_off_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    replies = Replies(file, "m")
    replies.add("a", "1", Reply("Mười lăm ngày [1]", 5, 2))
    replies.add("b", "1", Reply("Fifteen days [1]", 5, 2))
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])
    found = Replies(file, "m")
    assert len(found) == 1
    found.add("b", "1", Reply("Fifteen days [1]", 5, 2))
    assert file.read_bytes() == whole
    assert [reply.text for reply in Replies(file, "m").of("1")] == [
        "Mười lăm ngày [1]", "Fifteen days [1]",
    ]  # fmt: skip
    assert len(Replies(file, "another")) == 0


@pytest.mark.parametrize("line", ["no JSON", "[]", json.dumps({"model": "m"})])
def test_a_file_of_something_else_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ChoreiError, match=r"Line 1 of .* is no reply"):
        Replies(file, "m")
