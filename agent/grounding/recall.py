"""Answers from what a model itself knows, marked as such; the documents win where they speak."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from chorei.agent.completion import Completer
from chorei.agent.grounding import remarks
from chorei.agent.grounding.assessment import assess
from chorei.agent.grounding.evidence import evidence_of, tame
from chorei.agent.grounding.figures import Figure, figures, missing_figures
from chorei.agent.grounding.history import Recent, remembered
from chorei.agent.grounding.support import Checker
from chorei.agent.grounding.writing import quotations
from chorei.agent.protocols import Quote, Reader, Reading, Solution
from chorei.core import Generation, Hit, Language

_PASSAGES: Final = 20
_QUOTES: Final = 3
_ANSWER: Final = 256  # tokens


class ModelSolver:
    """Answers a question from a model's own knowledge, or that of its adapter.

    The documents are read first. Where they answer, their quotations are the answer, and it is
    noted if the model says otherwise. Where they are silent, the model's words follow a line
    that says where they come from, and every number in them is named as unchecked.

    The model is told the conversation, as far as there is room for it; older turns are
    summarised, and a note says so. What is said there counts as no evidence.

    Args:
        completer: The model.
        search: Finds passages for a question, at most so many.
        frequency: Number of passages of the library that contain a word.
        total: Number of passages of the library, asked anew each time.
        reader: Reads the passages; needs no model.
        remembers: Whether the model is shown the conversation; an adapter that was trained on
            single questions answers better without.
        generation: Settings of the model's answer, for what nobody has set.
        prompts: Folder with prompts that replace the built-in ones of the same name.
    """

    def __init__(
        self,
        completer: Completer,
        search: Callable[[str, int], Sequence[Hit]],
        *,
        frequency: Callable[[str], int],
        total: Callable[[], int],
        reader: Reader,
        generation: Generation | None = None,
        prompts: Path | None = None,
        remembers: bool = True,
    ) -> None:
        self._completer = completer
        self._search = search
        self._frequency = frequency
        self._total = total
        self._reader = reader
        self._remembers = remembers
        self._generation = generation or Generation(max_new_tokens=_ANSWER, thinking=False)
        self._prompts = prompts

    def solve(self, question: str, *, language: Language, background: str = "") -> Solution:
        """Answer; see :meth:`chorei.agent.protocols.Solver.solve`.

        Raises:
            ModelError: The model or its server failed.
        """
        asked = f"{background.rstrip()} {question}".strip()
        hits = self._search(asked, _PASSAGES)
        reading = self._reader.read(
            question,
            hits,
            limit=_QUOTES,
            frequency=self._frequency,
            total=self._total(),
            background=background,
        )
        recent = self._recent(tame(asked), language)
        completion = self._completer.complete(
            recent.before(tame(asked), language), suggested=self._generation
        )
        said = completion.text.strip()
        if reading.quotes:
            solution = self._documented(reading, said, language)
        elif not said:
            solution = Solution(text=remarks.MODEL_SILENT[language], solved=False)
        else:
            solution = _recalled(said, hits, language)
        return solution.model_copy(
            update={
                "usage": recent.usage + completion.usage,
                "reasoning": completion.thinking,
                "notes": (*solution.notes, *recent.notes),
                "summary": recent.made,
            }
        )

    def _recent(self, asked: str, language: Language) -> Recent:
        completer = self._completer
        if not self._remembers:
            return Recent()
        # A summary, if there will be one, is put into a sentence.
        question = completer.tokens(Recent(summary="…").before(asked, language))
        room = completer.room(completer.reply_length(self._generation) + question)
        return remembered(completer, room, language, self._prompts)

    def _documented(self, reading: Reading, said: str, language: Language) -> Solution:
        evidence = [evidence_of(quote) for quote in reading.quotes]
        checker = Checker(evidence, language, self._frequency, self._total())
        found = assess(said, checker)
        differs = found.not_found or not found.supported or _contradicts(said, reading, language)
        return Solution(
            text=quotations(reading.quotes, language),
            quotes=reading.quotes,
            notes=(remarks.DISAGREES[language],) if differs else (),
        )


def _recalled(said: str, hits: Sequence[Hit], language: Language) -> Solution:
    """What the model says where the documents are silent."""
    held = [figure for hit in hits for figure in figures(hit.passage.text)]
    notes: tuple[str, ...] = ()
    if unchecked := missing_figures(said, held, language):
        named = ", ".join(dict.fromkeys(unchecked))
        notes = (remarks.UNCHECKED[language].format(numbers=named),)
    return Solution(text=f"{remarks.FROM_MODEL[language]}\n{said}", notes=notes)


def _contradicts(said: str, reading: Reading, language: Language) -> bool:
    """Whether the model gives a number that no quotation holds."""
    return bool(missing_figures(said, _quoted(reading.quotes), language))


def _quoted(quotes: Sequence[Quote]) -> list[Figure]:
    return [figure for quote in quotes for figure in evidence_of(quote).figures]
