"""What the graph needs from an engine: the built-in reader or a language model behind prompts."""

from collections.abc import Callable, Sequence
from typing import Protocol

from chorei.core import Frozen, Hit, Language, Passage, Route


class Quote(Frozen):
    """A literal stretch of one document, chosen because it answers.

    Attributes:
        passage: The passage it stands in.
        start: Offset of its first character in the document's text.
        end: Offset after its last character.
        score: How well it answers, 0 to 1.
    """

    passage: Passage
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The quoted characters."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


class Reading(Frozen):
    """What a reader found in the passages it was given.

    Attributes:
        quotes: The quotations that answer, best first; none if the passages do not answer.
        confidence: Calibrated belief that the quotes answer, 0 to 1.
        missing: Important words of the question that no passage holds.
    """

    quotes: tuple[Quote, ...] = ()
    confidence: float = 0.0
    missing: tuple[str, ...] = ()


class Reader(Protocol):
    """Finds the sentences that answer a question, or says that there are none."""

    def read(
        self,
        question: str,
        hits: Sequence[Hit],
        *,
        limit: int,
        frequency: Callable[[str], int],
        total: int,
        background: str = "",
    ) -> Reading:
        """Read the passages for the question.

        Args:
            question: The question, or in a conversation the follow-up ("and for part-timers?").
            hits: Passages found for it, best first.
            limit: Most quotations to return.
            frequency: Number of passages of the library that contain a word.
            total: Number of passages of the library.
            background: The question that a follow-up refers to ("How many days of leave do
                employees get?"). Its words help to choose among sentences and to tell what kind
                of answer is wanted; only the words of ``question`` must be answered.
        """
        ...


class Router(Protocol):
    """Decides where a question goes."""

    def route(self, question: str, *, language: Language, follow_up: bool) -> Route:
        """The route for a question; ``follow_up`` if it leans on an earlier one."""
        ...
