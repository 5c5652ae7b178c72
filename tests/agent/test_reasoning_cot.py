"""Chain of thought with a scripted model."""

from typing import Any

import pytest
from reasoning_models import Reply, Scripted, scripted

from chorei.agent.protocols import Solution
from chorei.agent.reasoning import ThoughtSolver
from chorei.core import Language

QUESTION = "16 eggs less 3 and 4 are sold at $2. How much is that?"
RIGHT = "She sells 16 - 3 - 4 = 9 eggs. 9 * 2 = 18. The answer is 18."
OTHER = "She sells 16 - 3 = 13 eggs. 13 * 2 = 26. The answer is 26."
MISCOUNTED = "She sells 16 - 3 - 4 = 8 eggs. 8 * 2 = 16. The answer is 16."


def ask(*replies: Reply, language: Language = "en", **options: Any) -> tuple[Solution, Scripted]:
    model, completer = scripted(*replies)
    solver = ThoughtSolver(completer, **options)
    return solver.solve(QUESTION, language=language, background="Eggs are fresh."), model


def test_reasoning_is_kept_apart_from_the_answer() -> None:
    solution, model = ask(RIGHT)
    assert solution.solved
    assert solution.value == "18"
    assert "18" in solution.text
    assert "16 - 3 - 4" not in solution.text
    assert "16 - 3 - 4 = 9" in solution.reasoning
    assert model.calls == 1
    assert "Eggs are fresh." in model.saw()


def test_examples_are_chosen_or_none() -> None:
    _, few = ask(RIGHT, shots=2)
    assert few.saw().count("The answer is") >= 2
    _, zero = ask(RIGHT, shots=0)
    assert "think step by step" in zero.saw()


def test_without_an_answer_it_is_asked_for_in_a_second_stage() -> None:
    solution, model = ask("She sells 9 eggs, and 9 * 2 = 18.", "The answer is 18.", shots=0)
    assert model.calls == 2
    assert "9 * 2 = 18" in model.saw()
    assert solution.value == "18"
    assert "She sells 9 eggs" in solution.reasoning


def test_a_model_that_never_answers() -> None:
    solution, _ = ask("Well.", "Hmm.", language="vi")
    assert not solution.solved
    assert "câu trả lời" in solution.text


def test_thinking_is_reasoning_too() -> None:
    solution, _ = ask(f"<think>Let me count eggs.</think>{RIGHT}")
    assert "Let me count eggs." in solution.reasoning
    assert "count" not in solution.text


def test_chains_vote() -> None:
    solution, model = ask(OTHER, RIGHT, RIGHT.replace("18.", "$18.00."), samples=3)
    assert solution.value == "18"
    assert solution.notes == ("2 of 3 lines of reasoning agreed.",)
    assert len({settings["seed"] for settings in model.settings}) == 3


def test_a_tie_is_declined() -> None:
    solution, _ = ask(OTHER, RIGHT, samples=2)
    assert not solution.solved
    assert "18" in solution.text
    assert "26" in solution.text


def test_a_chain_that_miscalculates_loses_its_vote() -> None:
    solution, _ = ask(MISCOUNTED, MISCOUNTED, MISCOUNTED, RIGHT, RIGHT, samples=5)
    assert solution.value == "18"
    assert solution.notes == ("2 of 5 lines of reasoning agreed.",)


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("en", "The reasoning holds a wrong calculation: 16 - 3 - 4 = 8 (it is 9)."),
        ("vi", "Lập luận có phép tính sai: 16 - 3 - 4 = 8 (đúng là 9)."),
    ],
)
def test_a_wrong_calculation_is_noted_and_costs_the_answer(language: Language, note: str) -> None:
    solution, _ = ask(MISCOUNTED, language=language)
    assert not solution.solved
    assert solution.notes == (note,)
    assert "16" in solution.text


def test_words_vote_as_well() -> None:
    yes = "They open at 9. The answer is yes."
    solution, _ = ask(yes, "The answer is Yes.", "The answer is no.", samples=3)
    assert solution.value.lower().rstrip(".") == "yes"
