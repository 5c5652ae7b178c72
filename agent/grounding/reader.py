"""The reader that asks a language model, and lets nothing out that the documents do not support."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from langchain_core.messages import BaseMessage

from chorei.agent.completion import Completer, Completion
from chorei.agent.grounding import remarks
from chorei.agent.grounding.assessment import Assessment, Checked, assess, claims
from chorei.agent.grounding.candidates import candidates
from chorei.agent.grounding.evidence import Evidence, numbered, tame
from chorei.agent.grounding.support import Checker
from chorei.agent.grounding.writing import only_quoted_numbers, quotations, says_it_shorter, write
from chorei.agent.prompts import Prompt
from chorei.agent.protocols import Quote, Reader, Reading
from chorei.agent.reader.kinds import TYPED, evident
from chorei.agent.reader.question import Question, analyse
from chorei.core import Generation, Hit, Language, language_of

Trust = Literal["low", "high"]

_PASSAGES: Final = 8
_HALF: Final = 0.5  # of the statements must be supported before a model of low trust is heard
_DOUBT: Final = 0.35  # least belief of the reader with which a trusted model may answer alone
_ANSWER: Final = 256  # tokens of an answer, unless the settings say otherwise


class _Asked(NamedTuple):
    """What one reading works with."""

    question: Question
    text: str
    language: Language
    base: Reading
    checker: Checker
    limit: int


class GroundedReader:
    """Answers in a model's words, with the quotations that each statement rests on.

    The model sees numbered quotations: those that the built-in reader would give, then the next
    best. Each statement of its answer is held against what it cites: numbers, names, links,
    content words, and that nothing denies it. What is not supported goes back to the model once;
    then it is left out. If nothing remains, the built-in reader's quotations are the answer, so
    a model never makes an answer worse than without it.

    With ``low`` trust the built-in reader alone decides whether the documents answer, and its
    quotations stand below the model's words. With ``high`` trust the words stand alone, what is
    unsupported is replaced by the quotation it cites, and the model may answer from the passages
    where the reader is not confident, if every statement is supported.

    The quotations take what system message, prompt and answer leave of the model's context; how
    many were left out is noted. The conversation is not sent: a follow-up is resolved before it
    comes here, and earlier answers must not pass for evidence.

    Args:
        completer: The model.
        fallback: The reader that needs no model.
        prompts: Folder with prompts that replace the built-in ones of the same name.
        trust: How far the model is trusted; ``low`` suits models of a few billion weights
            or fewer.
        language: Language of the answers; ``auto`` takes the question's.
        passages: Most quotations that the model is shown.
        repairs: How often unsupported statements go back to the model.
        generation: Settings of each call, for what nobody has set.
        watch: Called with each reply of the model and what its statements are worth, for
            measurements.
    """

    def __init__(
        self,
        completer: Completer,
        fallback: Reader,
        *,
        prompts: Path | None = None,
        trust: Trust = "low",
        language: Literal["auto", "en", "vi"] = "auto",
        passages: int = _PASSAGES,
        repairs: int = 1,
        generation: Generation | None = None,
        watch: Callable[[str, Assessment], None] | None = None,
    ) -> None:
        self._completer = completer
        self._fallback = fallback
        self._prompts = prompts
        self._trust = trust
        self._language = language
        self._passages = passages
        self._repairs = repairs
        self._generation = generation or Generation(
            max_new_tokens=_ANSWER, temperature=0.0, thinking=False
        )
        self._watch = watch

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
        """Read the passages; see :class:`~chorei.agent.protocols.Reader`.

        Raises:
            ModelError: The model or its server failed.
        """
        base = self._fallback.read(
            question, hits, limit=limit, frequency=frequency, total=total, background=background
        )
        if not hits or not (base.quotes or self._trust == "high"):
            return base
        analysed = analyse(question, frequency, total, background)
        language = self._spoken(question, background)
        text = f"{background.rstrip()} {question}".strip()
        empty = self._prompt("ground", language, question=tame(text), passages="…")
        shown, dropped = candidates(
            analysed,
            hits,
            base.quotes,
            limit=self._passages,
            tokens=self._room(empty),
            count=self._completer.count,
        )
        if not shown:
            return base
        asked = _Asked(
            analysed,
            text,
            language,
            base,
            Checker(shown, language, frequency, total),
            limit,
        )
        reading = self._answered(asked)
        if not dropped:
            return reading
        note = remarks.PASSAGES_DROPPED[language].format(count=dropped)
        return reading.model_copy(update={"notes": (*reading.notes, note)})

    def _answered(self, asked: _Asked) -> Reading:
        given = {"question": tame(asked.text), "passages": numbered(asked.checker.evidence)}
        completion = self._complete(self._prompt("ground", asked.language, **given))
        usage, found = completion.usage, self._assessed(completion.text, asked)
        for _ in range(self._repairs):
            if found.not_found or not found.unsupported:
                break
            problems = claims(found.unsupported, asked.language)
            given |= {"answer": tame(completion.text), "problems": problems}
            messages = self._prompt("ground_repair", asked.language, **given)
            if self._room(messages) < 0:
                break
            again = self._complete(messages)
            usage += again.usage
            found = _better(found, self._assessed(again.text, asked))
        update = {"usage": usage, "reasoning": completion.thinking}
        return self._settled(asked, found).model_copy(update=update)

    def _prompt(self, name: str, language: Language, **given: str) -> list[BaseMessage]:
        return Prompt.load(name, language, self._prompts).render(**given)

    def _complete(self, messages: Sequence[BaseMessage]) -> Completion:
        return self._completer.complete(messages, suggested=self._generation)

    def _room(self, messages: Sequence[BaseMessage]) -> int:
        """Tokens that a prompt and the reply to it leave of the model's context."""
        completer = self._completer
        return completer.room(completer.reply_length(self._generation) + completer.tokens(messages))

    def _assessed(self, text: str, asked: _Asked) -> Assessment:
        found = assess(text, asked.checker)
        if self._watch is not None:
            self._watch(text, found)
        return found

    def _settled(self, asked: _Asked, found: Assessment) -> Reading:
        """What is returned for what the model's answer is worth."""
        base, language = asked.base, asked.language
        if not base.quotes:
            if found.unsupported or not found.supported or base.confidence < _DOUBT:
                return base
            return self._in_words(asked, found.supported, ())
        if found.not_found:
            return _noted(base, remarks.MODEL_DECLINED[language])
        kept = self._kept(asked, found)
        if kept:
            return self._in_words(asked, kept, found.unsupported)
        return _noted(base, remarks.QUOTED_ALONE[language]) if found.unsupported else base

    def _kept(self, asked: _Asked, found: Assessment) -> tuple[Checked, ...]:
        """What is shown of the model's answer: nothing if that does not answer the question."""
        evidence = asked.checker.evidence
        own = set(range(1, len(asked.base.quotes) + 1))
        text = " ".join(c.statement.text for c in found.supported)
        if not text or language_of(text, asked.language) != asked.language:
            return ()
        if self._trust == "high":
            return tuple(
                c
                for c in found.checked
                if c.support.supported or (set(c.support.cited) & own and c.statement.cited)
            )
        cited = {n for c in found.supported for n in c.support.cited}
        wanted = asked.question.kind
        lacks = wanted in TYPED and not evident(wanted, text)
        if (
            found.share < _HALF
            or not cited & own
            or (lacks and any(evident(wanted, e.text) for e in evidence))
        ):
            return ()
        if not says_it_shorter(text, [evidence[n - 1] for n in cited]):
            return ()
        return found.supported

    def _in_words(
        self, asked: _Asked, kept: Sequence[Checked], left_out: Sequence[Checked]
    ) -> Reading:
        evidence = asked.checker.evidence
        cited = dict.fromkeys(n for c in kept for n in c.support.cited)
        order = [*cited, *(n for n in range(1, len(asked.base.quotes) + 1) if n not in cited)]
        if len(cited) < asked.limit:
            order = order[: asked.limit]
        quotes = [_scored(evidence[n - 1], asked.base.confidence) for n in order]
        text = write(kept, {n: i for i, n in enumerate(order, start=1)}, asked.checker)
        if not only_quoted_numbers(text, quotes, asked.language):
            return _noted(asked.base, remarks.QUOTED_ALONE[asked.language])
        if self._trust == "low":
            text = f"{text}\n\n{quotations(quotes, asked.language)}"
        reading = Reading(quotes=tuple(quotes), text=text, confidence=asked.base.confidence)
        gone = [c for c in left_out if c not in kept]
        if not gone:
            return reading
        total = len(gone) + len(kept)
        return _noted(
            reading, remarks.WITHHELD[asked.language].format(count=len(gone), total=total)
        )

    def _spoken(self, question: str, background: str) -> Language:
        if self._language != "auto":
            return self._language
        return language_of(question, language_of(background))


def _better(first: Assessment, second: Assessment) -> Assessment:
    """The second where more of it is supported and it still says something."""
    if second.supported and second.share >= first.share:
        return second
    return first


def _noted(reading: Reading, note: str) -> Reading:
    return reading.model_copy(update={"notes": (*reading.notes, note)})


def _scored(item: Evidence, confidence: float) -> Quote:
    return item.quote if item.quote.score else item.quote.model_copy(update={"score": confidence})
