"""The state of the reasoning graph: plain types only, so that a checkpoint never holds code."""

from typing import Any, Final, TypedDict

from chorei.agent.protocols import Solution
from chorei.agent.reasoning.steps import Asked, Entry
from chorei.core import Language

LISTS: Final = (
    "entries",
    "pending",
    "calls",
    "keys",
    "acted",
    "programs",
    "passages",
    "thoughts",
    "notes",
)
"""The keys of :class:`ReasonerState` that are lists, empty at first."""


class ReasonerInput(TypedDict, total=False):
    """What a caller gives the graph.

    Keys:
        question: The question.
        language: Language of the answer, ``en`` or ``vi``.
        background: The question that a follow-up refers to, or facts that are given.
    """

    question: str
    language: str
    background: str


class ReasonerOutput(TypedDict):
    """What the graph returns: ``solution``, the fields of a :class:`~chorei.agent.Solution`."""

    solution: dict[str, Any]


class ReasonerState(ReasonerInput, ReasonerOutput, total=False):
    """Everything the nodes share.

    Keys:
        native: Whether tools are called in the model's native form.
        history: The conversation so far, as the model is told of it.
        summary: Fields of the :class:`~chorei.agent.turn.Summary` of it that was made, or None.
        entries: The turns after the prompt.
        pending: Calls that were asked for and not made yet.
        spent: Fields of a :class:`~chorei.agent.reasoning.budgets.Spent`.
        usage: Fields of a :class:`~chorei.core.Usage`.
        calls: Fields of the calls made, :class:`~chorei.core.ToolCall`.
        keys: For each of them, what tells it from another.
        acted: Results of the calls that acted on the world.
        programs: Fields of the programs that ran, :class:`~chorei.core.Program`.
        passages: Fields of the passages that searches found, in the order of their numbers.
        thoughts: What the model said on the way.
        notes: Remarks for the reader of the answer.
        answer: The final answer as the model gave it.
        ended: Why the loop had to end before, empty if it did not.
    """

    native: bool
    history: str
    summary: dict[str, Any] | None
    entries: list[Entry]
    pending: list[Asked]
    spent: dict[str, Any]
    usage: dict[str, Any]
    calls: list[dict[str, Any]]
    keys: list[str]
    acted: list[str]
    programs: list[dict[str, Any]]
    passages: list[dict[str, Any]]
    thoughts: list[str]
    notes: list[str]
    answer: str
    ended: str


def solution_of(state: ReasonerOutput) -> Solution:
    """The solution in a finished state."""
    return Solution.model_validate(state["solution"])


def language_in(state: ReasonerInput) -> Language:
    """The language of the answer."""
    return "vi" if state.get("language") == "vi" else "en"
