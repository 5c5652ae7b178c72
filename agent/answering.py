"""What holds for all calls of a model, and for all searches, that one answer makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from chorei.agent.turn import Summary, Turn
from chorei.core import Frozen, Generation


class AnswerSettings(Frozen):
    """What holds for all calls and searches that one answer makes.

    Attributes:
        generation: Settings of generation, before those of the agent.
        adapter: Name of the adapter to use; empty for the model's own choice.
        deadline: Seconds of the monotonic clock after which no call begins; None for never.
        conversation: The turns before this one, oldest first.
        summary: A summary of the oldest of them that was made for an earlier answer.
        folder: Only documents whose name starts with this folder; None for all.
        tag: Only documents with this tag; None for all.
    """

    generation: Generation = Generation()
    adapter: str = ""
    deadline: float | None = None
    conversation: tuple[Turn, ...] = ()
    summary: Summary = Summary()
    folder: str | None = None
    tag: str | None = None


_DEFAULT: Final = AnswerSettings()
_ANSWER: ContextVar[AnswerSettings] = ContextVar("chorei_answer", default=_DEFAULT)


@contextmanager
def answering(settings: AnswerSettings) -> Iterator[None]:
    """Let ``settings`` hold for every completion and search in this block (and thread)."""
    token = _ANSWER.set(settings)
    try:
        yield
    finally:
        _ANSWER.reset(token)


def current() -> AnswerSettings:
    """What holds for the answer that is being made."""
    return _ANSWER.get()
