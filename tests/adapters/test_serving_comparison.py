"""What a comparison proves: an ignored adapter, another model and another prompt are told apart."""

from typing import Any

from chorei.adapters.serving import Likeness, Parity, PromptParity
from chorei.adapters.serving.comparison import Answered


def answered(trained: str, served: str, likeness: Likeness, gap: float = 0.0) -> Answered:
    return Answered(trained=trained, served=served, likeness=likeness, gap=gap)


def prompt(**changes: Any) -> PromptParity:
    made: dict[str, Any] = {
        "question": "What is T1?",
        "prompt": "same",
        "adapted": answered("Thing 1.", "Thing 1.", "same"),
        "base": answered("I do not know.", "I do not know.", "same"),
        "expected": True,
        "changed": True,
        **changes,
    }
    return PromptParity(**made)


def verdict(*prompts: PromptParity) -> Parity:
    return Parity(model="m#a", adapter="a", version=1, tolerance=0.5, prompts=prompts)


def test_the_same_answers_pass() -> None:
    tie = prompt(adapted=answered("Thing 1.", "Thing one.", "tie", 0.1))
    untouched = prompt(expected=False, changed=False)
    assert verdict(prompt(), tie, untouched).passed
    assert verdict(prompt(prompt="untold")).passed


def test_an_ignored_adapter_is_said_to_be_one() -> None:
    ignored = prompt(adapted=answered("Thing 1.", "No.", "different", 3.0), changed=False)
    (problem,) = verdict(ignored, ignored, prompt(expected=False, changed=False)).problems
    assert "ignores the adapter" in problem
    assert "all 2 answers" in problem


def test_another_version_is_told_from_another_base() -> None:
    wrong = prompt(adapted=answered("Thing 1.", "Thing 2.", "different", 3.0))
    (problem,) = verdict(prompt(), wrong).problems
    assert "1 of 2 answers" in problem
    assert "3.00 nats" in problem
    assert "another base" not in problem
    strange = prompt(
        adapted=wrong.adapted, base=answered("I do not know.", "Perhaps.", "different", 2.0)
    )
    assert "another base" in verdict(strange).problems[0]


def test_another_prompt_is_a_problem_though_the_answers_agree() -> None:
    detail = "9 tokens, trained with 8"
    shown = prompt(prompt="different", prompt_told="count", prompt_detail=detail)
    (problem,) = verdict(shown, prompt()).problems
    assert "1 of 2 prompts" in problem
    assert detail in problem


def test_prompts_that_prove_nothing_are_not_a_pass() -> None:
    (problem,) = verdict(prompt(expected=False, changed=False)).problems
    assert "give other prompts" in problem
