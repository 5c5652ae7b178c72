"""Tools that act: they wait for a person, act once, and survive a restart."""

import sqlite3
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from reasoning_models import Reply, calling, calls, scripted, step

from chorei.agent.completion import Completer
from chorei.agent.protocols import Solution
from chorei.agent.reasoning import Reasoner, build_reasoner, solution_of
from chorei.core import Approval, ModelUnavailableError
from chorei.tools.facts import Fact
from chorei.tools.tool import Tool
from chorei.tools.toolbox import Toolbox

RETURN = step("return_order", '{"order": "A17"}')
DONE = "Final Answer: It is returned."


class Shop:
    """Counts what happens to it."""

    def __init__(self) -> None:
        self.returned: list[str] = []
        self.looked = 0

    def toolbox(self, **declared: Any) -> Toolbox:
        def return_order(order: str) -> str:
            """Take an order back."""
            self.returned.append(order)
            return f"{order} is returned"

        def look(order: str) -> str:
            """Look an order up."""
            self.looked += 1
            return f"{order}: {'returned' if order in self.returned else 'delivered'}"

        acting = Tool.of(return_order, acts=True, summary="Return order {order}.", **declared)
        return Toolbox([acting, look])


@pytest.fixture
def shop() -> Shop:
    return Shop()


def config(thread: str = "t") -> Any:
    return {"configurable": {"thread_id": thread}}


def ask(text: str = "Take back A17, please.") -> Any:
    return {"question": text, "language": "en"}


def model(*replies: Reply) -> Completer:
    return scripted(*replies)[1]


@pytest.mark.parametrize("native", [False, True])
def test_nothing_acts_before_the_yes(shop: Shop, native: bool) -> None:
    first = calls(("return_order", {"order": "A17"})) if native else RETURN
    completer = (calling if native else scripted)(first, DONE)[1]
    graph = build_reasoner(completer, shop.toolbox(), checkpointer=InMemorySaver())
    state = graph.invoke(ask(), config())
    (waiting,) = state["__interrupt__"]
    approval = Approval.model_validate(waiting.value)
    assert approval.tool == "return_order"
    assert approval.arguments == {"order": "A17"}
    assert approval.summary == "Return order A17."
    assert shop.returned == []
    solution = solution_of(graph.invoke(Command(resume={"approved": True}), config()))
    assert shop.returned == ["A17"]
    assert solution.text == "It is returned."
    assert solution.calls[0].outcome == "done"


@pytest.mark.parametrize("decision", [{"approved": False}, False, "yes", {"approved": "no"}])
def test_anything_but_a_clear_yes_refuses(shop: Shop, decision: Any) -> None:
    graph = build_reasoner(
        model(RETURN, "Final Answer: It was refused."),
        shop.toolbox(),
        checkpointer=InMemorySaver(),
    )
    graph.invoke(ask(), config())
    solution = solution_of(graph.invoke(Command(resume=decision), config()))
    assert shop.returned == []
    assert solution.calls[0].outcome == "refused"
    assert "A person has refused this" in solution.calls[0].result
    assert solution.text == "It was refused."


def test_a_refused_action_is_not_asked_for_again(shop: Shop) -> None:
    graph = build_reasoner(
        model(RETURN, RETURN, "Final Answer: Then not."),
        shop.toolbox(),
        checkpointer=InMemorySaver(),
    )
    graph.invoke(ask(), config())
    state = graph.invoke(Command(resume={"approved": False}), config())
    assert "__interrupt__" not in state
    assert shop.returned == []


def test_an_action_is_never_made_twice(shop: Shop) -> None:
    graph = build_reasoner(
        model(RETURN, step("look", '{"order": "A17"}'), RETURN, DONE),
        shop.toolbox(),
        checkpointer=InMemorySaver(),
    )
    graph.invoke(ask(), config())
    state = graph.invoke(Command(resume={"approved": True}), config())
    assert "__interrupt__" not in state
    assert shop.returned == ["A17"]


def test_reading_again_after_an_action_is_no_repetition(shop: Shop) -> None:
    look = step("look", '{"order": "A17"}')
    graph = build_reasoner(
        model(look, RETURN, look, DONE), shop.toolbox(), checkpointer=InMemorySaver()
    )
    graph.invoke(ask(), config())
    solution = solution_of(graph.invoke(Command(resume={"approved": True}), config()))
    assert [call.result for call in solution.calls] == [
        "A17: delivered",
        "A17 is returned",
        "A17: returned",
    ]


def test_what_ran_before_the_action_does_not_run_again_on_resume(shop: Shop) -> None:
    both = calls(
        ("look", {"order": "A17"}), ("return_order", {"order": "A17"}), ("look", {"order": "B2"})
    )
    fake, completer = calling(both, DONE)
    graph = build_reasoner(completer, shop.toolbox(), checkpointer=InMemorySaver())
    graph.invoke(ask(), config())
    assert (shop.looked, fake.calls) == (1, 1)
    solution = solution_of(graph.invoke(Command(resume={"approved": True}), config()))
    assert (shop.looked, fake.calls) == (2, 2)
    assert [call.tool for call in solution.calls] == ["look", "return_order", "look"]


def test_two_actions_are_approved_one_by_one(shop: Shop) -> None:
    both = calls(("return_order", {"order": "A17"}), ("return_order", {"order": "B2"}))
    graph = build_reasoner(calling(both, DONE)[1], shop.toolbox(), checkpointer=InMemorySaver())
    graph.invoke(ask(), config())
    state = graph.invoke(Command(resume={"approved": True}), config())
    assert shop.returned == ["A17"]
    assert state["__interrupt__"][0].value["arguments"] == {"order": "B2"}
    graph.invoke(Command(resume={"approved": False}), config())
    assert shop.returned == ["A17"]


def test_a_restart_between_question_and_yes(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"

    def opened(completer: Completer) -> Any:
        connection = sqlite3.connect(file, check_same_thread=False)
        return connection, build_reasoner(
            completer, shop.toolbox(), checkpointer=SqliteSaver(connection)
        )

    connection, graph = opened(model(RETURN))
    graph.invoke(ask(), config())
    connection.close()
    connection, graph = opened(model(DONE))
    solution = solution_of(graph.invoke(Command(resume={"approved": True}), config()))
    connection.close()
    assert shop.returned == ["A17"]
    assert solution.text == "It is returned."
    assert [call.outcome for call in solution.calls] == ["done"]


def test_a_thread_can_be_asked_again(shop: Shop) -> None:
    graph = build_reasoner(
        model(RETURN, DONE, "Final Answer: Nothing to do."),
        shop.toolbox(),
        checkpointer=InMemorySaver(),
    )
    graph.invoke(ask(), config())
    graph.invoke(Command(resume={"approved": True}), config())
    solution = solution_of(graph.invoke(ask("And now?"), config()))
    assert solution.text == "Nothing to do."
    assert solution.calls == ()


def test_wrong_arguments_are_told_without_asking_anyone(shop: Shop) -> None:
    graph = build_reasoner(
        model(step("return_order", '{"number": 17}'), "Final Answer: I lack the number."),
        shop.toolbox(),
        checkpointer=InMemorySaver(),
    )
    solution = solution_of(graph.invoke(ask(), config()))
    assert solution.calls[0].outcome == "invalid"
    assert shop.returned == []


def _order(text: str, language: object) -> tuple[str, ...]:
    return tuple(word.strip(".,") for word in text.split() if word[:1] in "AB")


def test_an_action_that_needs_facts_is_handed_over_and_not_done(shop: Shop) -> None:
    fact = Fact(name="order", ask="Which order?", find=_order)
    graph = build_reasoner(
        model(RETURN, DONE), shop.toolbox(facts=(fact,)), checkpointer=InMemorySaver()
    )
    state = graph.invoke(ask(), config())
    assert "__interrupt__" not in state
    solution = solution_of(state)
    assert solution.proposed is not None
    assert solution.proposed.arguments == {"order": "A17"}
    assert not solution.solved
    assert shop.returned == []


def test_what_was_done_is_told_even_if_the_model_dies_after_it(shop: Shop) -> None:
    graph = build_reasoner(
        model(RETURN, ModelUnavailableError("Nobody answers.")),
        shop.toolbox(),
        checkpointer=InMemorySaver(),
    )
    graph.invoke(ask(), config())
    solution = solution_of(graph.invoke(Command(resume={"approved": True}), config()))
    assert not solution.solved
    assert "stopped answering" in solution.text
    assert "A17 is returned" in solution.text
    assert solution.calls[0].outcome == "done"


def test_outside_a_graph_a_function_decides(shop: Shop) -> None:
    seen: list[Approval] = []

    def approve(approval: Approval) -> bool:
        seen.append(approval)
        return True

    reasoner = Reasoner(model(RETURN, DONE), shop.toolbox(), approve=approve)
    assert reasoner.solve("Take back A17.", language="en").text == "It is returned."
    assert [approval.summary for approval in seen] == ["Return order A17."]
    assert shop.returned == ["A17"]


def test_outside_a_graph_nobody_means_no(shop: Shop) -> None:
    reasoner = Reasoner(model(RETURN, "Final Answer: no"), shop.toolbox())
    assert reasoner.solve("Take back A17.", language="en").calls[0].outcome == "refused"
    assert shop.returned == []


class Parent(TypedDict, total=False):
    solution: Any


def test_inside_another_graph_the_parent_waits(shop: Shop) -> None:
    fake, completer = scripted(step("look", '{"order": "A17"}'), RETURN, DONE)
    reasoner = Reasoner(completer, shop.toolbox())
    streamed: list[Any] = []

    def reason(state: Parent) -> Parent:
        solution = reasoner.solve("Take back A17.", language="en")
        return {"solution": solution.model_dump(mode="json")}

    parent = StateGraph(Parent)
    parent.add_node("reason", reason)
    parent.add_edge(START, "reason")
    parent.add_edge("reason", END)
    graph = parent.compile(checkpointer=InMemorySaver())
    streamed += graph.stream({}, config(), stream_mode="custom")
    assert [event.call.tool for event in streamed] == ["look"]
    waiting = graph.get_state(config()).tasks[0].interrupts
    assert waiting[0].value["summary"] == "Return order A17."
    streamed += graph.stream(Command(resume={"approved": True}), config(), stream_mode="custom")
    assert [event.call.tool for event in streamed] == ["look", "return_order"]
    assert (shop.looked, shop.returned, fake.calls) == (1, ["A17"], 3)
    final = graph.get_state(config()).values
    assert Solution.model_validate(final["solution"]).text == "It is returned."
