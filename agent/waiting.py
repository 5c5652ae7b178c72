"""What is said while an action waits for a person's decision."""

from typing import Any

from chorei.core import Answer, Approval, Language, Route
from chorei.tools.form_phrases import CONFIRM


def waiting_answer(state: dict[str, Any], approval: Approval) -> Answer:
    """The answer that asks for a decision; it is not part of the conversation's history.

    Args:
        state: The state in which the graph was interrupted.
        approval: The action that waits.
    """
    language: Language = "vi" if state["language"] == "vi" else "en"
    return Answer(
        question=state["question"],
        resolved=state["resolved"],
        text=CONFIRM[language].format(summary=approval.summary),
        language=language,
        route=Route.model_validate(state["route"]),
        approval=approval,
    )
