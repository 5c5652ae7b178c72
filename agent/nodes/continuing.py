"""Follow-ups of a calculation: they are one too, with the numbers that were given before."""

from typing import Any

from chorei.agent.engines import Engines
from chorei.agent.nodes.drafting import language_in
from chorei.agent.state import AgentState


def previous_answer(state: AgentState) -> dict[str, Any] | None:
    """Fields of the answer that a follow-up refers to: the last that was no small talk."""
    history = state.get("history") or []
    return next((a for a in reversed(history) if a["route"]["kind"] != "about"), None)


def continues_calculation(state: AgentState, engines: Engines) -> bool:
    """Whether a follow-up brings another number for a calculation told in words before it."""
    if not state["background"] or engines.program is None or state.get("without_model"):
        return False
    previous = previous_answer(state)
    if previous is None or previous["declined"] or previous["route"]["kind"] != "program":
        return False
    from chorei.agent.grounding.wordproblem import numbers_in

    return numbers_in(state["core"], language_in(state)) > 0


def calculated_before(state: AgentState) -> str:
    """The calculation that a follow-up refers to, with what came of it; empty if there is none."""
    previous = previous_answer(state) if state["background"] else None
    if previous is None or previous["route"]["kind"] != "program":
        return state["background"]
    return f"{state['background']}\n{previous['text']}"
