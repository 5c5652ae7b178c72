"""Long conversations brought down to what there is room for."""

from collections.abc import Callable, Sequence
from pathlib import Path

from chorei.agent.completion import Completer
from chorei.agent.grounding import remarks
from chorei.agent.grounding.budget import Part, TokenBudget
from chorei.agent.grounding.evidence import tame
from chorei.agent.prompts import Prompt
from chorei.core import Frozen, Generation, Language, Usage

_SUMMARY: int = 160  # tokens


class Turn(Frozen):
    """A question and what was answered."""

    question: str
    answer: str

    @property
    def text(self) -> str:
        """Both, as they are shown to a model."""
        return f"User: {self.question}\nAssistant: {self.answer}"


class Recent(Frozen):
    """What is left of a conversation.

    Attributes:
        turns: The latest turns, oldest first, each whole.
        dropped: How many older turns there were.
        summary: A summary of those; empty if none was made.
        notes: What was dropped or summarised, for the reader of the answer.
        usage: Tokens that the summary took.
    """

    turns: tuple[Turn, ...] = ()
    dropped: int = 0
    summary: str = ""
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()

    @property
    def text(self) -> str:
        """The summary and the turns, as they are shown to a model."""
        return "\n".join(filter(None, (self.summary, *(turn.text for turn in self.turns))))


def trimmed(
    turns: Sequence[Turn], tokens: int, count: Callable[[str], int], language: Language
) -> Recent:
    """The latest turns that fit, whole and without gaps.

    Args:
        turns: The conversation, oldest turn first.
        tokens: Most tokens that it may take.
        count: Counts the tokens of a text.
        language: Language of the note about what was left out.
    """
    part = Part(name="history", pieces=tuple(t.text for t in turns), newest_first=True)
    share = TokenBudget(tokens, 0, count).allocate([part])["history"]
    dropped = len(share.dropped)
    note = remarks.HISTORY_DROPPED[language].format(count=dropped)
    return Recent(turns=tuple(turns[dropped:]), dropped=dropped, notes=(note,) if dropped else ())


def summarised(
    turns: Sequence[Turn],
    tokens: int,
    count: Callable[[str], int],
    language: Language,
    completer: Completer,
    prompts: Path | None = None,
) -> Recent:
    """The latest turns that fit beside a summary of the older ones.

    A summary is a model's own words: it helps to understand a follow-up and is evidence of
    nothing. One that comes out longer than its room is left out.

    Args:
        turns: The conversation, oldest turn first.
        tokens: Most tokens that summary and turns may take together.
        count: Counts the tokens of a text.
        language: Language of the summary and the note.
        completer: The model that summarises; it is asked only if something does not fit.
        prompts: Folder with prompts that replace the built-in ones; None for those.

    Raises:
        ModelError: The model or its server failed.
    """
    whole = trimmed(turns, tokens, count, language)
    if not whole.dropped:
        return whole
    length = min(_SUMMARY, tokens // 3)
    recent = trimmed(turns, tokens - length, count, language)
    older = "\n".join(tame(turn.text) for turn in turns[: recent.dropped])
    if not length:
        return recent
    completion = completer.complete(
        Prompt.load("summarise", language, prompts).render(conversation=older),
        generation=Generation(max_new_tokens=length, temperature=0.0),
    )
    summary = tame(completion.text)
    if not summary or count(summary) > length:
        return recent.model_copy(update={"usage": completion.usage})
    note = remarks.HISTORY_SUMMARISED[language].format(count=recent.dropped)
    return recent.model_copy(
        update={"summary": summary, "notes": (note,), "usage": completion.usage}
    )
