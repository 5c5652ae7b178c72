"""What every node needs: the language of the answer, a draft of it, settings for its calls."""

import contextlib
from typing import Any

from chorei.agent.answering import AnswerSettings, answering
from chorei.agent.engines import Engines
from chorei.agent.protocols import Solution
from chorei.agent.state import AgentState, answer_fields
from chorei.agent.turn import Summary, latest_turns
from chorei.core import Answer, Generation, Language, Route

Update = dict[str, Any]


def language_in(state: AgentState) -> Language:
    """The language of the answer."""
    return "vi" if state["language"] == "vi" else "en"


def draft(state: AgentState, **fields: Any) -> Update:
    """An answer that is not checked yet, as an update of the state."""
    answer = Answer(
        question=state["question"],
        resolved=state["resolved"],
        language=language_in(state),
        route=Route.model_validate(state["route"]),
        **fields,
    )
    return {"answer": answer_fields(answer)}


def calling(state: AgentState) -> contextlib.AbstractContextManager[None]:
    """Lets the settings of this answer hold for every call of a model, and search, in the block.

    An engine may tell the model the conversation so far; see :mod:`chorei.agent.turn`.
    """
    fields = (state.get("session_generation") or {}) | (state.get("generation") or {})
    history = state.get("history") or []
    turns = latest_turns(history)
    summary = Summary.model_validate(state.get("summary") or {})
    return answering(
        AnswerSettings(
            generation=Generation.model_validate(fields),
            adapter=state.get("adapter") or "",
            deadline=state.get("deadline"),
            conversation=turns,
            summary=summary.without(len(history) - len(turns)),
            folder=state.get("folder"),
            tag=state.get("tag"),
        )
    )


def summarised(state: AgentState, solution: Solution) -> Update:
    """The summary that was made for an answer, kept for those that follow."""
    made = solution.summary
    if made is None:
        return {}
    history = state.get("history") or []
    gone = len(history) - len(latest_turns(history))
    return {"summary": made.model_copy(update={"turns": made.turns + gone}).model_dump()}


def model_would_help(state: AgentState, engines: Engines) -> str:
    """What a language model could do for a question that was declined without one.

    A sentence to put after others; empty if there is a model or it could not help either.
    """
    if engines.model:
        return ""
    # Not before it is needed: a start without a model is to be quick.
    from chorei.agent.reasoning.needs import needs_model

    needed = needs_model(state["question"], language_in(state))
    return f" {needed}" if needed else ""
