"""Long conversations brought down to what there is room for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from chorei.agent.answering import current
from chorei.agent.completion import Completer
from chorei.agent.grounding import remarks
from chorei.agent.grounding.budget import Part, TokenBudget
from chorei.agent.grounding.evidence import tame
from chorei.agent.prompts import Prompt
from chorei.agent.turn import Summary, Turn
from chorei.core import Frozen, Generation, Language, Usage, sentence_spans

_SUMMARY: Final = 160  # tokens
_SHORTEST: Final = 8  # tokens; a shorter summary says nothing


class Recent(Frozen):
    """What is left of a conversation.

    Attributes:
        turns: The latest turns, oldest first, each whole.
        dropped: How many older turns there were, summarised or not.
        summary: A summary of those; empty if none was made.
        notes: What was dropped or summarised, for the reader of the answer.
        usage: Tokens that the summary took.
        made: The summary, if it was made now and is to be kept for the answers that follow.
    """

    turns: tuple[Turn, ...] = ()
    dropped: int = 0
    summary: str = ""
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()
    made: Summary | None = None

    @property
    def text(self) -> str:
        """The summary and the turns, as they are shown to a model."""
        return "\n".join(filter(None, (self.summary, *(turn.text for turn in self.turns))))

    def before(self, question: str, language: Language) -> list[BaseMessage]:
        """The question as a message, with the conversation as messages before it.

        A summary goes into the first of them: it is data and must not speak as the system.
        """
        said: list[BaseMessage] = []
        for turn in self.turns:
            said += [HumanMessage(turn.question), AIMessage(turn.answer)]
        said.append(HumanMessage(question))
        if self.summary:
            head = remarks.SUMMARY[language].format(summary=self.summary)
            said[0] = HumanMessage(f"{head}\n\n{said[0].text}")
        return said


def remembered(
    completer: Completer, tokens: int, language: Language, prompts: Path | None = None
) -> Recent:
    """What a model is told of the conversation before the answer that is being made.

    It is data: marks of chat templates lose their force, and nothing rests on it.

    Args:
        completer: The model that is told; it also summarises what does not fit.
        tokens: Most tokens that it may take.
        language: Language of the summary and the notes.
        prompts: Folder with prompts that replace the built-in ones; None for those.

    Raises:
        ModelError: The model or its server failed.
    """
    turns = [Turn(question=tame(t.question), answer=tame(t.answer)) for t in current().conversation]
    known = current().summary
    return summarised(turns, tokens, completer.count, language, completer, prompts, known)


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
    known: Summary | None = None,
) -> Recent:
    """The latest turns that fit beside a summary of the older ones.

    A summary is a model's own words: it helps to understand a follow-up and is evidence of
    nothing. Of one that comes out too long the first sentences are kept. Turns that are too
    many even for the model that summarises are dropped, the oldest first.

    A summary that was made before is used again, and extended when turns have to go that it does
    not cover. It then covers half of those that are still shown, too, so that this is not needed
    with each answer.

    Args:
        turns: The conversation, oldest turn first.
        tokens: Most tokens that summary and turns may take together.
        count: Counts the tokens of a text.
        language: Language of the summary and the note.
        completer: The model that summarises; it is asked only if something does not fit.
        prompts: Folder with prompts that replace the built-in ones; None for those.
        known: The summary that was made before, if there was one.

    Raises:
        ModelError: The model or its server failed.
    """
    whole = trimmed(turns, tokens, count, language)
    length = min(_SUMMARY, tokens // 3)
    if not whole.dropped or length < _SHORTEST:
        return whole
    recent = trimmed(turns, tokens - length, count, language)
    before = known if known is not None and 0 < known.turns <= len(turns) else Summary()
    note = remarks.HISTORY_SUMMARISED[language]
    if before.text and before.turns >= recent.dropped:
        told = {"summary": _cut(before.text, length, count)}
        return recent.model_copy(update=told | {"notes": (note.format(count=recent.dropped),)})
    covered = recent.dropped + len(recent.turns) // 2
    prompt = Prompt.load("summarise", language, prompts)
    empty = prompt.render(conversation="", summary=before.text)
    room = completer.room(length + completer.tokens(empty))
    older = trimmed(turns[before.turns : covered], room, count, language)
    if not older.turns:
        return whole
    completion = completer.complete(
        prompt.render(
            conversation="\n".join(tame(turn.text) for turn in older.turns), summary=before.text
        ),
        generation=Generation(max_new_tokens=length, temperature=0.0, thinking=False),
        introduced=False,
    )
    summary = _cut(tame(completion.text), length, count)
    if not summary:
        return whole.model_copy(update={"usage": completion.usage})
    told_of = recent.dropped - older.dropped
    notes = (*older.notes, note.format(count=told_of)) if told_of > 0 else recent.notes
    return recent.model_copy(
        update={
            "summary": summary,
            "notes": notes,
            "usage": completion.usage,
            "made": Summary(text=summary, turns=covered),
        }
    )


def _cut(text: str, tokens: int, count: Callable[[str], int]) -> str:
    """The first sentences of a text that fit."""
    kept = ""
    for _, end in sentence_spans(text):
        if count(text[:end]) > tokens:
            break
        kept = text[:end]
    return kept
