"""Yes or no to an action that waits, typed where a question would be."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chorei.agent import Agent
    from chorei.core import Event


def answer_events(
    agent: "Agent", text: str, *, session: str | None, **options: Any
) -> "Iterator[Event]":
    """The events of an answer to a question, or of a decision if an action waits for one.

    Args:
        agent: Who answers.
        text: What was typed.
        session: The conversation.
        options: Further options of :meth:`Agent.stream`.
    """
    from chorei.agent import decision

    decided = decision(text)
    if session is not None and decided is not None and agent.pending(session) is not None:
        return agent.stream_decision(session, decided)
    return agent.stream(text, session=session, **options)
