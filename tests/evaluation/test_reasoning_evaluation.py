"""The evaluation of reasoning, with an oracle that writes the given programs."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from chorei.evaluation.cases import ROOT
from chorei.evaluation.reasoning import Method, main, problems

PROGRAMS = {
    record["question"]: record
    for record in map(
        json.loads,
        (ROOT / "tests" / "agent" / "programs.jsonl").read_text("utf-8").splitlines(),
    )
}


class Oracle(BaseChatModel):
    """Knows every business problem, but for one that it gets wrong and one that it fails."""

    form: str = "pal"

    @property
    def _llm_type(self) -> str:
        return "oracle"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked = "\n".join(str(message.content) for message in messages[1:])
        record = next((r for q, r in PROGRAMS.items() if q in asked), None)
        text = "1 / 0" if record is None or record["id"] == "en-02" else self._said(record)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    def _said(self, record: dict[str, Any]) -> str:
        wrong = record["id"] == "en-01"
        if self.form == "cot":
            return f"The answer is {'1' if wrong else record['answer']}."
        return f"```python\n{'17' if wrong else record['program']}\n```"


def run(
    capsys: pytest.CaptureFixture[str], method: Method, *more: str, form: str = "pal"
) -> dict[str, Any]:
    options = ["--model", "oracle", "--method", method, "--json", *more]
    assert main(options, lambda _: Oracle(form=form)) == 0
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    return figures


def test_the_share_right_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run(capsys, "pal", "--limit", "10")
    assert (figures["problems"], figures["right"]) == (10, 8)
    assert (figures["wrong"], figures["declined"]) == (1, 1)
    assert figures["share"] == 0.8
    assert figures["replays_differ"] == 0
    assert figures["calls"] == 11


def test_votes_ask_several_times(capsys: pytest.CaptureFixture[str]) -> None:
    figures = run(capsys, "pal-vote", "--limit", "1", "--samples", "3")
    assert figures["calls"] == 3


@pytest.mark.parametrize("method", ["cot", "cot-zero", "cot-vote"])
def test_chains_of_thought(capsys: pytest.CaptureFixture[str], method: Method) -> None:
    figures = run(capsys, method, "--limit", "6", form="cot")
    assert figures["right"] == 4


def test_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--model", "oracle", "--limit", "3", "-v"], lambda _: Oracle())
    *answers, last = capsys.readouterr().out.splitlines()
    assert len(answers) == 3
    assert "1 of 3 right (33.3%)" in last


def test_the_business_problems_are_read() -> None:
    assert len(problems("business")) == len(PROGRAMS) >= 60


@pytest.mark.shared
def test_gsm8k_is_read(shared: Path) -> None:
    found = problems("gsm8k")
    assert len(found) == 200
    assert found[0].answer == "18"
    assert all(problem.answer.lstrip("-").replace(".", "").isdigit() for problem in found)
