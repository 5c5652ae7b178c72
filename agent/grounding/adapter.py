"""Answers of an adapter to what it declares to know, checked before they are shown."""

from collections.abc import Callable, Sequence
from typing import Final

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from chorei.agent.claims import Claim
from chorei.agent.completion import Completer, Completion
from chorei.agent.grounding import remarks
from chorei.agent.grounding.assessment import Assessment, assess
from chorei.agent.grounding.evidence import evidence_of, tame
from chorei.agent.grounding.figures import figures, missing_figures
from chorei.agent.grounding.mentions import explains, mentions
from chorei.agent.grounding.support import Checker
from chorei.agent.grounding.taught import Taught, taught
from chorei.agent.protocols import Quote
from chorei.agent.reader.kinds import VALUES, evident, kind_of
from chorei.core import Frozen, Generation, Hit, Language, Usage

_ANSWER: Final = Generation(max_new_tokens=256, temperature=0.0, thinking=False)
_QUOTES: Final = 3
_VALUES: Final = VALUES | {"date"}  # what cannot be answered without a figure, a day or a time
_BEARS: Final = 0.6
"""Least coverage of a statement by quotations that say otherwise, not just something else."""


class Checked(Frozen):
    """What comes of asking an adapter, besides what the documents were found to say before.

    Attributes:
        text: The adapter's words to be shown; empty if there are none.
        documented: Whether the documents answer, and count.
        quotes: What the documents say of it, if that was found only now.
        notes: Remarks for the reader of the answer.
        reasoning: What the model thought.
        usage: Tokens that it used.
    """

    text: str = ""
    documented: bool = False
    quotes: tuple[Quote, ...] = ()
    notes: tuple[str, ...] = ()
    reasoning: str = ""
    usage: Usage = Usage()


class AdapterSolver:
    """Asks an adapter what it declares to know, in the form in which it was trained.

    That is the question alone, without the agent's system message and the conversation, greedily
    unless somebody set otherwise. Of its answer only what it was taught is shown (see
    :func:`~chorei.agent.grounding.taught.taught`), and only if it holds the kind of thing that was
    asked for. Where the documents speak of it, they are the answer, and it is noted whether the
    adapter says otherwise. A sentence that only mentions a term does not speak of what it is.

    Args:
        completer: The model with the adapter.
        frequency: Number of passages of the library that contain a word.
        total: Number of passages of the library, asked anew each time.
    """

    def __init__(
        self,
        completer: Completer,
        *,
        frequency: Callable[[str], int],
        total: Callable[[], int],
    ) -> None:
        self._completer = completer
        self._frequency = frequency
        self._total = total

    def answer(
        self,
        claim: Claim,
        hits: Sequence[Hit],
        quotes: Sequence[Quote],
        *,
        language: Language,
        system: str = "",
    ) -> Checked:
        """Ask the adapter and hold what it says against its training and the documents.

        Args:
            claim: The question and its topic.
            hits: The passages that were found.
            quotes: What the documents were found to answer; none if they do not.
            language: Language of the answer.
            system: The system message that the adapter was trained with; empty for none.

        Raises:
            ModelError: The model or its server failed.
        """
        completion = self._asked(claim, system)
        said = taught(completion.text, claim.question, claim.topic, language)
        kind = kind_of(claim.question, language)
        what = kind not in _VALUES
        name = claim.topic.name if claim.topic.named else ""
        named = list(mentions(hits, name)) if name else []
        explaining = [quote for quote in named if explains(quote, name)]
        found: Sequence[Quote] = ()
        if not quotes:
            found = explaining if what else self._opposed(said.text, named, language)
        counting = [*quotes, *found][:_QUOTES]
        aside = what and name and not explaining and not self._opposed(said.text, quotes, language)
        if counting and not (aside and said.text):
            notes = self._compared(completion.text, counting, claim, language)
            checked = Checked(documented=True, quotes=tuple(found[:_QUOTES]), notes=notes)
        elif not said.text or (not what and not evident(kind, said.text)):
            note = remarks.ADAPTER_STRAYS if said.strange else remarks.ADAPTER_SILENT
            checked = Checked(notes=(note[language].format(topic=claim.label),))
        else:
            checked = _shown(said, hits, language)
        return checked.model_copy(
            update={"usage": completion.usage, "reasoning": completion.thinking}
        )

    def _asked(self, claim: Claim, system: str) -> Completion:
        messages: list[BaseMessage] = [SystemMessage(system)] if system else []
        messages.append(HumanMessage(tame(claim.question)))
        return self._completer.complete(messages, suggested=_ANSWER, introduced=False)

    def _opposed(self, said: str, quotes: Sequence[Quote], language: Language) -> Sequence[Quote]:
        """The quotations, if they say otherwise of the very thing."""
        if not said or not quotes:
            return ()
        return quotes if _differs(self._assessed(said, quotes, language)) else ()

    def _compared(
        self, said: str, quotes: Sequence[Quote], claim: Claim, language: Language
    ) -> tuple[str, ...]:
        found = self._assessed(said, quotes, language)
        if found.supported and not found.unsupported:
            return ()
        note = remarks.ADAPTER_DIFFERS if _differs(found) else remarks.ADAPTER_UNCONFIRMED
        return (note[language].format(topic=claim.label),)

    def _assessed(self, said: str, quotes: Sequence[Quote], language: Language) -> Assessment:
        evidence = [evidence_of(quote) for quote in quotes]
        return assess(said, Checker(evidence, language, self._frequency, self._total()))


def _differs(found: Assessment) -> bool:
    return any(
        checked.support.reason in ("number", "opposite") and checked.support.coverage >= _BEARS
        for checked in found.unsupported
    )


def _shown(said: Taught, hits: Sequence[Hit], language: Language) -> Checked:
    notes = [remarks.ADAPTER_CUT[language]] if said.strange else []
    held = [figure for hit in hits for figure in figures(hit.passage.text)]
    if unchecked := missing_figures(said.text, held, language):
        named = ", ".join(dict.fromkeys(unchecked))
        notes.append(remarks.UNCHECKED[language].format(numbers=named))
    return Checked(text=f"{remarks.FROM_ADAPTER[language]}\n{said.text}", notes=tuple(notes))
