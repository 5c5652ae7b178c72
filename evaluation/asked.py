"""Questions with the passages that are read for them, as the reader's models are fitted on them."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from chorei.agent.reader.matching import Match, span_of
from chorei.agent.reader.question import Question, analyse
from chorei.agent.reader.scoring import Place, places
from chorei.core import Hit
from chorei.evaluation.cases import Case, cases
from chorei.evaluation.reading import searched, understood_by
from chorei.retrieval import Library

_LEFT_OUT: Final = 6  # one in so many documents is no lesson for the judge


class Asked(NamedTuple):
    """A question with the passages that are read for it."""

    case: Case
    question: Question
    hits: Sequence[Hit]
    places: Mapping[int, Place]

    def place(self, match: Match) -> Place:
        """Where the passage of a unit stands among the hits."""
        return self.places[id(match.page.hit)]

    def fits(self, match: Match) -> bool:
        """Whether a unit is of a document that holds the answer."""
        return self.case.answerable and self.case.fits(match.page.passage.document)

    def good(self, match: Match) -> bool:
        """Whether a unit states the answer."""
        start, end = span_of(match)
        return self.fits(match) and self.case.stated_in(match.page.passage.text[start:end])


def left_out(case: Case) -> bool:
    """Whether the judge is not to learn from a question, so that it can be seen what it learned."""
    key = case.documents[0] if case.documents else case.id
    return zlib.crc32(key.encode()) % _LEFT_OUT == 0


def all_asked(name: str, opened: Library) -> Iterator[Asked]:
    """The questions of the part ``dev`` of a set, searched for.

    Args:
        name: One of :data:`~chorei.evaluation.cases.SETS` or
            :data:`~chorei.evaluation.cases.TRAINING`.
        opened: Its library.
    """
    questions = cases(name)
    understand = understood_by(questions)
    total = opened.stats().passages
    for case in questions:
        if case.split == "dev":
            understood = understand(case)
            question = analyse(understood.core, opened.frequency, total, understood.background)
            yield placed(case, question, searched(opened, understood))


def placed(case: Case, question: Question, hits: Sequence[Hit]) -> Asked:
    """A question with what is to be read for it."""
    return Asked(case, question, hits, {id(h): p for h, p in zip(hits, places(hits), strict=True)})
