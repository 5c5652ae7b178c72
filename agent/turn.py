"""One turn of a conversation, as an engine is told of it."""

import re
from collections.abc import Sequence
from typing import Any, Final

from chorei.core import Frozen

_MOST: Final = 50  # turns
_MARK: Final = re.compile(r"\s?\[\d{1,3}\]")


class Turn(Frozen):
    """A question and what was answered."""

    question: str
    answer: str

    @property
    def text(self) -> str:
        """Both, as they are shown to a model."""
        return f"User: {self.question}\nAssistant: {self.answer}"


class Summary(Frozen):
    """What the beginning of a conversation came to, in a model's words.

    Attributes:
        text: The summary; empty if there is none.
        turns: How many of the oldest turns it covers.
    """

    text: str = ""
    turns: int = 0

    def without(self, turns: int) -> "Summary":
        """The same, counted in a conversation whose first turns are not there."""
        return self.model_copy(update={"turns": max(0, self.turns - turns)})


def latest_turns(history: Sequence[dict[str, Any]]) -> tuple[Turn, ...]:
    """The last turns of a conversation, oldest first.

    Marks of citations are left out: outside their answer they would point at something else.

    Args:
        history: Fields of all its answers, oldest first.
    """
    return tuple(
        Turn(question=answer["question"], answer=without_marks(answer["text"]))
        for answer in history[-_MOST:]
    )


def without_marks(text: str) -> str:
    """An answer's text without the marks of its citations."""
    return _MARK.sub("", text)
