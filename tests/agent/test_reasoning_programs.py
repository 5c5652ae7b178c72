"""Word problems of business, each with a program as a good model writes it and its answer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reasoning_models import scripted

from chorei.agent.checking import number_evidence
from chorei.agent.reasoning import ProgramSolver, replay
from chorei.agent.reasoning.constants import invented
from chorei.agent.reasoning.running import run_source, run_text
from chorei.core import CalculationError, Program
from chorei.tools import Sandbox, arithmetic, calculate

FILE = Path(__file__).with_name("programs.jsonl")
PROBLEMS: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
# What models put around a program: nothing, a fence, prose, thinking, or a run-on.
WRAPPINGS = (
    "```python\n{program}\n```",
    "Here is the program:\n\n```python\n{program}\n```\n\nIt returns the result you asked for.",
    "{program}",
    "<think>The user wants a number. 1 + 1 = 2.</think>\n```py\n{program}\n```",
    "```python\n{program}\n```\n\nQuestion: What is 2 + 2?\n```python\ndef solution():\n"
    "    return 2 + 2\n```",
    "```python\n{program}\n\nprint(solution())\n```",
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def test_there_are_sixty_and_both_languages() -> None:
    assert len(PROBLEMS) >= 60
    assert len({problem["question"] for problem in PROBLEMS}) == len(PROBLEMS)
    for language in ("en", "vi"):
        assert sum(problem["language"] == language for problem in PROBLEMS) >= 30


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["id"])
def test_the_program_gives_the_answer_exactly(problem: dict[str, Any], sandbox: Sandbox) -> None:
    run = run_text(problem["program"], sandbox)
    assert run.error == ""
    assert run.result == problem["answer"]
    assert run_source(run.source, sandbox).result == problem["answer"]


@pytest.mark.parametrize("number", range(len(PROBLEMS)), ids=[p["id"] for p in PROBLEMS])
def test_the_solver_finds_it_in_what_models_write(number: int, sandbox: Sandbox) -> None:
    problem = PROBLEMS[number]
    reply = WRAPPINGS[number % len(WRAPPINGS)].replace("{program}", problem["program"])
    model, completer = scripted(reply)
    solution = ProgramSolver(completer, sandbox).solve(
        problem["question"], language=problem["language"], background=problem["facts"]
    )
    assert solution.solved
    assert solution.value == problem["answer"]
    assert problem["question"] in model.saw()
    assert [replay(program, sandbox).same for program in solution.programs] == [True]
    evidence = number_evidence(solution.text, problem["language"], programs=solution.programs)
    assert [each.status for each in evidence] in (["computed"], [])


def test_few_good_programs_use_numbers_that_nobody_gave() -> None:
    noted = [
        problem["id"]
        for problem in PROBLEMS
        if invented(
            problem["program"],
            f"{problem['question']}\n{problem['facts']}",
            problem["language"],
        )
    ]
    # "Someone starts on 1 May" → 4 months before it, which is an inference indeed.
    assert noted == ["en-04"]


def test_every_calculation_of_the_calculators_own_set_replays(sandbox: Sandbox) -> None:
    file = Path(__file__).parents[1] / "tools" / "arithmetic.jsonl"
    replayed = 0
    for line in file.read_text("utf-8").splitlines():
        case = json.loads(line)
        try:
            calculation = arithmetic(case["question"], language=case["language"])
        except CalculationError:
            continue
        if calculation is not None:
            program = Program(
                language="calculator",
                source=calculation.expression,
                result=str(calculation.result),
            )
            assert replay(program, sandbox).same, case["question"]
            replayed += 1
    assert replayed > 150


def test_a_wrong_answer_would_be_seen(sandbox: Sandbox) -> None:
    problem = PROBLEMS[0]
    changed = problem["program"].replace("0.10", "0.11")
    assert changed != problem["program"]
    assert run_text(changed, sandbox).result != problem["answer"]
    assert calculate("24 * 45 * 0.9 + 60").result == int(problem["answer"])
