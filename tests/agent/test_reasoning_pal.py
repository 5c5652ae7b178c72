"""PAL with a scripted model and the real sandbox."""

from collections.abc import Iterator
from typing import Any

import pytest
from reasoning_models import Reply, Scripted, scripted

from chorei.agent.protocols import Solution
from chorei.agent.reasoning import ProgramSolver, replay
from chorei.core import Language, ModelUnavailableError
from chorei.tools import Sandbox

RIGHT = "```python\ndef solution():\n    eggs = 16 - 3 - 4\n    return eggs * 2\n```"
FAILING = "```python\ndef solution():\n    return 16 / (4 - 4)\n```"
QUESTION = "16 eggs less 3 and 4 are sold at $2. How much is that?"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def ask(
    sandbox: Sandbox,
    *replies: Reply,
    question: str = QUESTION,
    language: Language = "en",
    background: str = "",
    **options: Any,
) -> tuple[Solution, Scripted]:
    model, completer = scripted(*replies)
    solver = ProgramSolver(completer, sandbox, **options)
    return solver.solve(question, language=language, background=background), model


def test_the_value_of_the_program_is_the_answer(sandbox: Sandbox) -> None:
    solution, model = ask(sandbox, f"Sure! Here it is:\n\n{RIGHT}\n\nSo the answer is 17.")
    assert solution.solved
    assert solution.value == "18"
    assert solution.text == "The result is 18."
    assert solution.notes == ()
    assert model.calls == solution.usage.calls == 1
    (program,) = solution.programs
    assert program.result == "18"
    assert program.source.endswith("solution()")
    assert replay(program, sandbox).same


def test_the_prompt_holds_the_question_facts_and_examples_like_it(sandbox: Sandbox) -> None:
    _, model = ask(sandbox, RIGHT, background="Returns cost 5% of the order.")
    assert QUESTION in model.saw()
    assert "Returns cost 5% of the order." in model.saw()
    assert model.saw().count("def solution()") == 3
    assert model.settings[0]["temperature"] == 0
    _, bare = ask(sandbox, RIGHT, shots=0)
    assert "def solution()" not in bare.saw()


def test_vietnamese_answers_are_written_in_vietnamese(sandbox: Sandbox) -> None:
    text = "```python\ndef solution():\n    return 1234567.5 * 2\n```"
    solution, model = ask(
        sandbox, text, question="Hai lần 1.234.567,5 là bao nhiêu?", language="vi"
    )
    assert solution.text == "Kết quả là 2.469.135."
    assert "Bạn giải bài toán" in model.saw()


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("ans = 16 - 3 - 4\nans = ans * 2", "18"),
        ("```\n(16 - 3 - 4) * 2\n```", "18"),
        ("```python\nprint('total', 1)\nprint((16 - 3 - 4) * 2)\n```", "18"),
        (f"{RIGHT}\n\nQuestion: another one\n```python\ndef solution():\n    return 1\n```", "18"),
        ("```python\ndef solution():\n    return 'An'\n```", "An"),
        ("```python\ndef solution():\n    return 16 > 3\n```", "True"),
        ("<think>Let me think: 1 + 1</think>\n" + RIGHT, "18"),
    ],
)
def test_what_models_write_around_it(sandbox: Sandbox, reply: str, value: str) -> None:
    solution, _ = ask(sandbox, reply)
    assert solution.solved
    assert solution.value == value


def test_a_traceback_goes_back_to_the_model(sandbox: Sandbox) -> None:
    solution, model = ask(sandbox, FAILING, RIGHT)
    assert solution.solved
    assert solution.value == "18"
    assert "ZeroDivisionError" in model.saw()
    assert FAILING in model.saw()
    assert model.saw().count(QUESTION) >= 1
    assert "corrected" in solution.notes[0]
    assert len(solution.programs) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return None", "None"),
        ("return float('nan')", "nan"),
        ("return float('inf')", "inf"),
        ("return 7 ** 100", "digits"),
        ("return ''", "empty"),
        ("while True: pass", "TimeoutError"),
        ("return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_failing_program_is_an_honest_failure(sandbox: Sandbox, body: str, reason: str) -> None:
    with Sandbox() if "while" in body else _same(sandbox) as used:
        solution, model = ask(used, f"```python\ndef solution():\n    {body}\n```", repairs=1)
    assert not solution.solved
    assert solution.value == ""
    assert reason in solution.text
    assert solution.programs[-1].result.startswith("error: ")
    assert model.calls == 2


class _same:  # noqa: N801 - reads like contextlib.nullcontext
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def __enter__(self) -> Sandbox:
        return self._sandbox

    def __exit__(self, *args: object) -> None:
        return None


def test_a_model_that_writes_no_program(sandbox: Sandbox) -> None:
    solution, model = ask(sandbox, "I cannot help with that.", language="vi", repairs=2)
    assert not solution.solved
    assert solution.programs == ()
    assert "chương trình" in solution.text
    assert model.calls == 3


def test_the_program_stays_evidence_when_the_repair_is_prose(sandbox: Sandbox) -> None:
    solution, _ = ask(sandbox, FAILING, "Sorry, I do not know.")
    assert not solution.solved
    assert "ZeroDivisionError" in solution.text
    assert "16 / (4 - 4)" in solution.programs[0].source


def test_no_repair_if_none_is_wanted(sandbox: Sandbox) -> None:
    solution, model = ask(sandbox, FAILING, RIGHT, repairs=0)
    assert not solution.solved
    assert model.calls == 1


def _returning(*values: str) -> list[str]:
    return [f"```python\ndef solution():\n    return {value}\n```" for value in values]


def test_samples_vote_on_the_exact_value(sandbox: Sandbox) -> None:
    replies = _returning("17", "18.0", "36 // 2", "1 / 0", "18")
    solution, model = ask(sandbox, *replies, samples=5)
    assert solution.value == "18"
    assert solution.notes[0] == "3 of 5 programs agreed."
    assert "18.0" in solution.programs[0].source
    assert [settings["seed"] for settings in model.settings] == [0, 1, 2, 3, 4]
    assert {settings["temperature"] for settings in model.settings} == {0.7}


def test_a_tie_is_declined_with_both_values(sandbox: Sandbox) -> None:
    solution, _ = ask(sandbox, *_returning("17", "18", "17.0", "18"), samples=4)
    assert not solution.solved
    assert solution.value == ""
    assert "17; 18" in solution.text
    assert len(solution.programs) == 4


def test_one_vote_of_several_is_no_agreement(sandbox: Sandbox) -> None:
    solution, _ = ask(sandbox, *_returning("17", "1 / 0", "1 / 0"), samples=3)
    assert not solution.solved


def test_samples_that_all_fail_are_repaired(sandbox: Sandbox) -> None:
    replies = [*_returning("1 / 0", "None"), RIGHT]
    solution, model = ask(sandbox, *replies, samples=2)
    assert solution.value == "18"
    assert model.calls == 3


def test_an_invented_number_is_noted(sandbox: Sandbox) -> None:
    text = "```python\ndef solution():\n    return 1200 * 1.19\n```"
    solution, _ = ask(sandbox, text, question="A desk costs $1,200. What is it with tax?")
    assert "1.19, which stands neither" in solution.notes[0]
    with_facts, _ = ask(sandbox, text, question="A desk costs $1,200.", background="Tax is 19%.")
    assert with_facts.notes == ()


def test_a_dead_model_is_the_callers_to_handle(sandbox: Sandbox) -> None:
    with pytest.raises(ModelUnavailableError):
        ask(sandbox, ModelUnavailableError("Nobody answers."))
