"""The parsers on real model output: the bars of the project."""

from pathlib import Path

import pytest

from chorei.evaluation.parsing import Score, evaluate, main


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    return {score.name: score for score in evaluate()}


@pytest.mark.shared
def test_steps_of_react_agents(scores: dict[str, Score]) -> None:
    assert scores["react_steps"].share >= 0.995


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["crewai", "langchain", "hermes", "ollama", "thinking", "json", "gsm8k"]
)
def test_everything_is_read_as_expected(scores: dict[str, Score], name: str) -> None:
    assert scores[name].total
    assert scores[name].failed == ()
    assert scores[name].ran == ()


@pytest.mark.shared
def test_the_table(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(shared)]) == 0
    assert "react_steps" in capsys.readouterr().out
