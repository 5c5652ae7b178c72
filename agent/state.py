"""The graph's state: plain types only, so that a checkpoint never holds code."""

import operator
from typing import Annotated, Any, TypedDict

from chorei.core import Answer


class AgentInput(TypedDict, total=False):
    """What a caller gives the graph.

    Keys:
        question: The question.
        folder: Only documents whose name starts with this folder.
        tag: Only documents with this tag.
        generation: Fields of a :class:`~chorei.core.Generation` for this answer.
        adapter: Name of the adapter of the model to use.
        without_model: Whether the built-in engines answer alone.
        abandoned: Whether an action waited for a decision that now will not come.
    """

    question: str
    folder: str | None
    tag: str | None
    generation: dict[str, Any]
    adapter: str
    without_model: bool
    abandoned: bool


class AgentOutput(TypedDict):
    """What the graph returns: ``answer``, the fields of an :class:`~chorei.core.Answer`."""

    answer: dict[str, Any]


class AgentState(AgentInput, AgentOutput, total=False):
    """Everything the nodes share.

    Keys:
        core: The question without follow-up framing ("and for part-timers?" → "for part-timers").
        background: The earlier question that a follow-up refers to; empty if it is none.
        resolved: Core and background in one line.
        language: Language of the answer.
        route: Fields of a :class:`~chorei.core.Route`.
        claim: Fields of the :class:`~chorei.agent.claims.Claim` of the model's adapter; none if
            it does not claim to know the question.
        hits: Fields of the passages found, best first.
        total: Number of passages of the library.
        started: Seconds of a monotonic clock when the question came in.
        deadline: Seconds of the same clock after which no model is asked.
        degraded: Whether a model failed, so that the built-in engines answer.
        failure: Why it failed.
        forms: Fields of the :class:`~chorei.agent.forms.Forms` of the conversation.
        approval: Fields of the :class:`~chorei.core.Approval` that is waited for.
        approved: What was decided.
        session_generation: Fields of a :class:`~chorei.core.Generation` for the conversation.
        summary: Fields of a :class:`~chorei.agent.turn.Summary` of the oldest of them.
        history: Fields of all earlier answers of the conversation, oldest first.
    """

    core: str
    background: str
    resolved: str
    language: str
    route: dict[str, Any]
    claim: dict[str, Any]
    hits: list[dict[str, Any]]
    total: int
    started: float
    deadline: float
    degraded: bool
    failure: str
    forms: dict[str, Any]
    approval: dict[str, Any] | None
    approved: bool
    session_generation: dict[str, Any]
    summary: dict[str, Any]
    history: Annotated[list[dict[str, Any]], operator.add]


def answer_fields(answer: Answer) -> dict[str, Any]:
    """An answer as plain types; ``Answer.model_validate`` reads it back."""
    return answer.model_dump(mode="json")
