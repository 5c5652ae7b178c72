from pathlib import Path

import pytest

from chorei.evaluation.arithmetic import evaluate, judge, main


@pytest.mark.parametrize(
    ("derivation", "answer", "scale", "verdict"),
    [
        ("14,740 + 1,910 ", "16650", "thousand", "same"),
        ("(4-5)/5", "-20", "percent", "rescaled"),
        ("(2.0% + 2.0%)/2 ", "2", "percent", "same"),
        ("60.3 million + 32,137 thousand", "92437", "thousand", "rescaled"),
        ("1 + 1", "3", "", "different"),
        ("locate and analyze row 4", "3", "", "unread"),
        ("1 + 1", "two", "", "unread"),
    ],
)
def test_a_derivation_is_judged(derivation: str, answer: str, scale: str, verdict: str) -> None:
    assert judge(derivation, answer, scale).verdict == verdict


@pytest.mark.shared
def test_tatqa_answers_are_reproduced(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = shared / "tatqa" / "questions.jsonl"
    outcomes = evaluate(questions)
    same = sum(outcome.verdict in ("same", "rescaled") for outcome in outcomes)
    assert same / len(outcomes) >= 0.99
    assert main(["--questions", str(questions)]) == 0
    assert "give the answer" in capsys.readouterr().out
