"""A graph run to its end, event by event."""

from collections.abc import Generator, Iterator
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, Durability

from chorei.agent.graph import AgentGraph
from chorei.agent.state import AgentInput
from chorei.core import Answer, Event, Finished


def run(
    graph: AgentGraph,
    given: AgentInput | Command[Any],
    config: RunnableConfig,
    durability: Durability,
) -> Generator[Event, None, dict[str, Any]]:
    """Run the graph; its events are yielded, its last state is returned."""
    state: dict[str, Any] = {}
    # LangGraph yields (path of subgraphs, mode, chunk) then, which its types do not say.
    steps = cast(
        Iterator[tuple[tuple[str, ...], str, Any]],
        graph.stream(
            given,
            config,
            stream_mode=["custom", "values"],
            subgraphs=True,
            durability=durability if config else None,
        ),
    )
    for path, mode, chunk in steps:
        if mode == "custom":
            yield chunk
        elif not path:
            state = chunk
    return state


def last(events: Iterator[Event]) -> Answer:
    """The answer that the events end with."""
    answer = None
    for event in events:
        if isinstance(event, Finished):
            answer = event.answer
    assert answer is not None  # the last event is always Finished
    return answer
