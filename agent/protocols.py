"""What the graph needs from an engine: the built-in reader or a language model behind prompts."""

from collections.abc import Callable, Sequence
from typing import Protocol

from chorei.agent.turn import Summary
from chorei.core import Frozen, Hit, Language, Passage, Program, Route, ToolCall, Usage


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
        text: The answer in the engine's own words, where ``[n]`` refers to the n-th quote
            (from 1); empty if the quotations themselves are the answer.
        confidence: Calibrated belief that the quotes answer, 0 to 1.
        missing: Important words of the question that no passage holds.
        reasoning: How a model came to it, kept apart from the answer.
        notes: Remarks for the reader of the answer.
        usage: Tokens that a model used.
    """

    quotes: tuple[Quote, ...] = ()
    text: str = ""
    confidence: float = 0.0
    missing: tuple[str, ...] = ()
    reasoning: str = ""
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()


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


class Solution(Frozen):
    """What an engine that reasons came to.

    Attributes:
        text: The answer in words; if it was not solved, what stood in the way.
        value: The bare result (``"42"``), empty if there is none.
        solved: Whether it is an answer; a best effort that ran out of its budget is none.
        programs: The programs that were run.
        calls: The tools that were used.
        quotes: What searches of the documents found and the answer rests on; ``[n]`` in the
            text refers to the n-th (from 1).
        reasoning: How the model came to it, kept apart from the answer.
        notes: Remarks for the reader of the answer.
        usage: Tokens that the model used.
        proposed: An action that the model wants done, for which the conversation must first
            collect and verify facts; nothing has run.
        summary: A summary of the conversation that was made on the way, to be kept for the
            answers that follow.
    """

    text: str
    value: str = ""
    solved: bool = True
    programs: tuple[Program, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    quotes: tuple[Quote, ...] = ()
    reasoning: str = ""
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()
    proposed: ToolCall | None = None
    summary: Summary | None = None


class Solver(Protocol):
    """Works out an answer that stands in no document."""

    def solve(self, question: str, *, language: Language, background: str = "") -> Solution:
        """Work out the answer.

        Args:
            question: The question.
            language: Language of the answer.
            background: The question that a follow-up refers to, or facts that are given.
        """
        ...
