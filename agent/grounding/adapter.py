"""Answers of an adapter to what it declares to know, checked before they are shown."""

from collections.abc import Callable, Sequence
from typing import Final

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from chorei.agent.claims import Claim
from chorei.agent.completion import Completer, Completion
from chorei.agent.grounding import remarks
from chorei.agent.grounding.assessment import assess
from chorei.agent.grounding.evidence import evidence_of, tame
from chorei.agent.grounding.figures import figures, missing_figures
from chorei.agent.grounding.support import Checker
from chorei.agent.grounding.taught import taught
from chorei.agent.protocols import Quote, Solution
from chorei.agent.reader.kinds import TYPED, evident, kind_of
from chorei.core import Generation, Hit, Language

_ANSWER: Final = Generation(max_new_tokens=256, temperature=0.0)
_NAMED: Final = 3  # words of a note


class AdapterSolver:
    """Asks an adapter what it declares to know, in the form in which it was trained.

    That is the question alone, without the agent's system message and the conversation, greedily
    unless somebody set otherwise. Of its answer only what it was taught is shown (see
    :func:`~chorei.agent.grounding.taught.taught`), and only if it holds the kind of thing that was
    asked for. Where documents speak, they are the answer, and the adapter is compared with them.

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

    def recall(
        self, claim: Claim, hits: Sequence[Hit], system: str, *, language: Language
    ) -> Solution:
        """The adapter's answer where no document answers.

        Args:
            claim: The question and its topic.
            hits: The passages that do not answer it.
            system: The system message that the adapter was trained with; empty for none.
            language: Language of the answer.

        Raises:
            ModelError: The model or its server failed.
        """
        completion = self._asked(claim, system)
        found = taught(completion.text, claim.question, claim.topic, language)
        kind = kind_of(claim.question, language)
        lacking = kind in TYPED and kind != "definition" and not evident(kind, found.text)
        made = {"usage": completion.usage, "reasoning": completion.thinking}
        if not found.text or lacking:
            note = (remarks.ADAPTER_STRAYS if found.strange else remarks.ADAPTER_SILENT)[language]
            return Solution(text="", solved=False, notes=(note.format(topic=claim.label),), **made)
        notes = [remarks.ADAPTER_CUT[language]] if found.strange else []
        held = [figure for hit in hits for figure in figures(hit.passage.text)]
        if unchecked := missing_figures(found.text, held, language):
            named = ", ".join(dict.fromkeys(unchecked))
            notes.append(remarks.UNCHECKED[language].format(numbers=named))
        text = f"{remarks.FROM_ADAPTER[language]}\n{found.text}"
        return Solution(text=text, notes=tuple(notes), **made)

    def compare(
        self, claim: Claim, quotes: Sequence[Quote], system: str, *, language: Language
    ) -> Solution:
        """Whether the adapter says what the documents say; the text is empty, they are the answer.

        Args:
            claim: The question and its topic.
            quotes: What the documents answer.
            system: The system message that the adapter was trained with; empty for none.
            language: Language of the answer.

        Raises:
            ModelError: The model or its server failed.
        """
        completion = self._asked(claim, system)
        evidence = [evidence_of(quote) for quote in quotes]
        found = assess(completion.text, Checker(evidence, language, self._frequency, self._total()))
        held = [figure for item in evidence for figure in item.figures]
        notes: tuple[str, ...] = ()
        if any(c.support.reason in ("number", "opposite") for c in found.unsupported) or (
            missing_figures(completion.text, held, language)
        ):
            notes = (remarks.ADAPTER_DIFFERS[language].format(topic=claim.label),)
        elif found.unsupported or not found.supported:
            notes = (remarks.ADAPTER_UNCONFIRMED[language].format(topic=claim.label),)
        return Solution(text="", notes=notes, usage=completion.usage, reasoning=completion.thinking)

    def _asked(self, claim: Claim, system: str) -> Completion:
        messages: list[BaseMessage] = [SystemMessage(system)] if system else []
        messages.append(HumanMessage(tame(claim.question)))
        return self._completer.complete(messages, suggested=_ANSWER, introduced=False)
