"""Questions that the model's adapter declares to know, on their way through the graph."""

from typing import TYPE_CHECKING

from chorei.agent.engines import Engines
from chorei.agent.nodes.drafting import language_in
from chorei.agent.state import AgentState
from chorei.core import Route

if TYPE_CHECKING:
    from chorei.agent.claims import Claim


def adapter_declares(state: AgentState, engines: Engines) -> bool:
    """Whether the adapter of this answer says what it knows."""
    declared = engines.declared
    return declared is not None and declared.declaration(state.get("adapter") or "") is not None


def is_adapted(state: AgentState, engines: Engines) -> bool:
    """Whether an adapter is used for this answer."""
    return bool(state.get("adapter")) or engines.adapted or adapter_declares(state, engines)


def claimed(state: AgentState, engines: Engines, ruled: Route) -> "Claim | None":
    """The claim of the adapter to a question; no model is asked.

    Arithmetic, small talk, calculations in words, requests and texts to be made stay what they
    are, whatever terms they hold.

    Args:
        state: The state.
        engines: The engines.
        ruled: What the rules make of the question.
    """
    without = state.get("without_model", False) or engines.decides
    if without or ruled.kind not in ("documents", "about"):
        return None
    if not adapter_declares(state, engines):
        return None
    from chorei.agent.grounding import is_word_problem
    from chorei.agent.grounding.sureness import only_asks

    language = language_in(state)
    question, background = state["core"], state["background"]
    assert engines.declared is not None  # adapter_declares says so
    if is_word_problem(state["question"], language) or not only_asks(question, language):
        return None
    claim = engines.declared.claim(question, language, background, state.get("adapter") or "")
    # A company's term may sound like the assistant: "What is CHOREI?"
    return None if claim and ruled.kind == "about" and not claim.topic.named else claim
