"""The reasoning loop with scripted models: steps, budgets, repetition, evidence, streams."""

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from reasoning_models import broken, calls, long, scripted, shout, solve, step

from chorei.agent.reasoning import (
    Budgets,
    Reasoner,
    tools_for_reasoning,
)
from chorei.core import (
    ContextLengthError,
    ModelAuthenticationError,
    ModelRequestError,
    ModelUnavailableError,
)
from chorei.tools import Sandbox
from chorei.tools.toolbox import Toolbox

FINAL = "Thought: I know.\nFinal Answer: It is 84."


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def toolbox(sandbox: Sandbox) -> Toolbox:
    return Toolbox([*tools_for_reasoning(sandbox), shout, broken, long])


def test_text_steps_lead_to_an_answer_with_its_evidence(toolbox: Toolbox) -> None:
    solution, model = solve(toolbox, step("calculator", "12 * 7"), FINAL)
    assert solution.solved
    assert solution.text == "It is 84."
    assert [(call.tool, call.outcome) for call in solution.calls] == [("calculator", "done")]
    assert [(p.source, p.result) for p in solution.programs] == [("12 * 7", "84")]
    assert solution.reasoning == "Let me see.\nI know."
    assert solution.usage.calls == model.calls == 2
    assert "12 * 7 = 84" in model.saw()
    assert "calculator(expression: string)" in model.saw(0)
    assert model.settings[0]["stop"] == ["\nObservation:"]


def test_native_calls_go_through_the_same_loop(toolbox: Toolbox) -> None:
    asked = calls(("calculator", {"expression": "12 * 7"}), ("shout", {"text": "a"}))
    solution, model = solve(toolbox, asked, "It is 84.", native=True)
    assert solution.text == "It is 84."
    assert [call.tool for call in solution.calls] == ["calculator", "shout"]
    assert model.settings[0]["tools"] == list(toolbox.names)
    *_, first, second = model.asked[-1]
    assert [first.type, second.type] == ["tool", "tool"]
    assert "84" in str(first.content)
    assert "Action Input" not in model.saw(0)


def test_a_model_without_native_calls_is_asked_in_text(toolbox: Toolbox) -> None:
    model, completer = scripted(FINAL)
    Reasoner(completer, toolbox).solve("?", language="en")
    assert "Action Input" in model.saw(0)
    assert "tools" not in model.settings[0]


def test_a_server_that_refuses_native_calls_is_asked_in_text(toolbox: Toolbox) -> None:
    refusal = ModelRequestError("This model has no tools.")
    solution, model = solve(toolbox, refusal, step("calculator", "12 * 7"), FINAL, native=True)
    assert solution.text == "It is 84."
    assert "Action Input" in model.saw(1)


@pytest.mark.parametrize(
    "error", [ModelAuthenticationError("Another key."), ModelUnavailableError("Nobody answers.")]
)
def test_other_trouble_of_the_model_is_the_callers(toolbox: Toolbox, error: Exception) -> None:
    with pytest.raises(type(error)):
        solve(toolbox, error, FINAL, native=True)


def test_a_native_model_that_writes_its_call_as_text_is_understood(toolbox: Toolbox) -> None:
    tagged = '<tool_call>{"name": "calculator", "arguments": {"expression": "12 * 7"}}</tool_call>'
    solution, _ = solve(toolbox, tagged, step("shout", "hi"), "It is 84.", native=True)
    assert [call.tool for call in solution.calls] == ["calculator", "shout"]
    assert solution.text == "It is 84."


def test_broken_json_of_a_native_call_is_repaired_or_told(toolbox: Toolbox) -> None:
    broken_call = AIMessage(
        "",
        invalid_tool_calls=[
            {"name": "shout", "args": "{'text': 'hi',}", "id": "x", "error": "bad"},
            {"name": "shout", "args": "%%", "id": "y", "error": "bad"},
        ],
    )
    solution, _ = solve(toolbox, broken_call, "Done.", native=True)
    assert solution.calls[0].result == "HI"
    assert solution.text == "Done."


@pytest.mark.parametrize(
    ("reply", "outcome", "told"),
    [
        (step("calculater", "1 + 1"), "invalid", "Did you mean 'calculator'?"),
        (step("calculator", '{"expr": "1 + 1"}'), "invalid", "calculator(expression: string)"),
        (step("broken", "me"), "failed", "no luck with me"),
        (step("python", "def solution():\\n    return 1/0"), "failed", "program failed"),
    ],
)
def test_trouble_with_a_tool_is_an_observation(
    toolbox: Toolbox, reply: str, outcome: str, told: str
) -> None:
    solution, model = solve(toolbox, reply, FINAL)
    assert solution.solved
    assert solution.calls[0].outcome == outcome
    assert told in model.saw()


def test_an_unclear_step_is_told_the_form_at_most_twice(toolbox: Toolbox) -> None:
    solution, model = solve(toolbox, "Hmm, well.", "Hmm.", FINAL)
    assert solution.text == "It is 84."
    assert "Action Input" in str(model.asked[-1][-1].content)
    lost, model = solve(toolbox, "Hmm, well.")
    assert not lost.solved
    assert model.calls == 3
    assert "could not be read" in lost.text
    in_vietnamese, _ = solve(toolbox, "Hmm.", language="vi")
    assert "Không đọc được" in in_vietnamese.text or "không đọc được" in in_vietnamese.text


def test_a_repeated_call_is_not_made_again(toolbox: Toolbox) -> None:
    made: list[str] = []

    def note(text: str) -> str:
        """Note it."""
        made.append(text)
        return f"noted {text}"

    box = Toolbox([note])
    again = step("note", "x")
    same = step("note", '{"text": "x"}', thought="Once more.")
    solution, model = solve(box, again, same, again, "Final Answer: noted x")
    assert made == ["x"]
    assert len(solution.calls) == 1
    assert "made this call already" in model.saw(2)
    assert model.calls == 4
    # The fourth call of the model is the one that sums up.
    assert "no time left" in model.saw(3)
    assert solution.text == "noted x"
    assert not solution.solved
    assert "repeating" in solution.notes[0]


def test_native_repetition_in_one_message_answers_every_call(toolbox: Toolbox) -> None:
    same = ("calculator", {"expression": "1 + 1"})
    solution, model = solve(toolbox, calls(same, same, same), "It is 2.", native=True)
    assert sum(m.type == "tool" for m in model.asked[-1]) == 3
    assert len(solution.calls) == 1
    assert solution.solved


@pytest.mark.parametrize("native", [False, True])
def test_when_steps_run_out_the_best_answer_is_marked(toolbox: Toolbox, native: bool) -> None:
    counter = iter(range(100))

    def ever(messages: Any) -> Any:
        if "no time left" in str(messages[-1].content):
            return "Final Answer: about 3"
        n = next(counter)
        if native:
            return calls(("calculator", {"expression": f"1 + {n}"}))
        return step("calculator", f"1 + {n}")

    solution, model = solve(toolbox, ever, native=native, budgets=Budgets(steps=3))
    assert model.calls == 4
    assert not solution.solved
    assert solution.text == "about 3"
    assert solution.notes[0].startswith("The limit of 3 steps was reached")
    assert len(solution.programs) == 3


def test_a_model_that_will_not_sum_up_is_declined_honestly(toolbox: Toolbox) -> None:
    counter = iter(range(100))
    solution, _ = solve(
        toolbox,
        lambda _: step("calculator", f"1 + {next(counter)}"),
        budgets=Budgets(steps=2),
        language="vi",
    )
    assert not solution.solved
    assert "giới hạn 2 bước" in solution.text
    assert "1 + 1 = 2" in solution.text


def test_tokens_are_a_budget(toolbox: Toolbox) -> None:
    long_winded = step("calculator", "1 + 1", thought="word " * 2000)
    solution, model = solve(toolbox, long_winded, FINAL, budgets=Budgets(tokens=3000))
    assert model.calls == 1
    assert "3000 tokens" in solution.text


def test_wall_time_is_a_budget(toolbox: Toolbox) -> None:
    solution, model = solve(
        toolbox, step("calculator", "1 + 1"), FINAL, budgets=Budgets(seconds=1e-6)
    )
    assert model.calls == 1
    assert not solution.solved
    assert "seconds" in solution.text


def test_a_conversation_too_long_for_the_model_ends_honestly(toolbox: Toolbox) -> None:
    solution, _ = solve(
        toolbox, step("calculator", "1 + 1"), ContextLengthError("Too long."), FINAL
    )
    assert not solution.solved
    assert "longer than the model takes" in solution.text


def test_long_output_is_cut_with_a_note(toolbox: Toolbox) -> None:
    solution, model = solve(
        toolbox, step("long", "{}"), FINAL, budgets=Budgets(output_chars=500, tokens=10**6)
    )
    assert len(solution.calls[0].result) <= 500
    assert "left out" in model.saw()
    assert "longer than 500 characters" in solution.notes[0]


def test_an_invented_observation_is_not_believed(toolbox: Toolbox) -> None:
    text = step("calculator", "12 * 7") + "\nObservation: 99\nFinal Answer: 99"
    solution, model = solve(toolbox, text, FINAL)
    assert solution.text == "It is 84."
    assert "99" not in model.saw()
