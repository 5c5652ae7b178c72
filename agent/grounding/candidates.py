"""Which quotations a model is shown: the reader's own first, then what it ranks next."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from chorei.agent.grounding.evidence import Evidence, evidence_of, numbered
from chorei.agent.protocols import Quote
from chorei.agent.reader.matching import span_of
from chorei.agent.reader.question import Question
from chorei.agent.reader.reader import rank
from chorei.core import Hit

_REACH: Final = 7.0
"""A candidate may score this much less than the best (the reader's own reach is 6)."""


def candidates(
    question: Question,
    hits: Sequence[Hit],
    first: Sequence[Quote],
    *,
    limit: int,
    tokens: int,
    count: Callable[[str], int],
) -> tuple[list[Evidence], int]:
    """The quotations to show, and how many more there was no room for.

    Args:
        question: The question, taken apart.
        hits: The passages found.
        first: The reader's quotations, which are shown before all others.
        limit: Most quotations to show.
        tokens: Most tokens that they may take; the reader's own are shown in any case.
        count: Counts the tokens of a text.
    """
    kept: list[Evidence] = []
    spent = dropped = 0
    for quote in (*first, *_further(question, hits, first)):
        if len(kept) == limit:
            break
        item = evidence_of(quote, folded=question.folded)
        cost = count(numbered([item])) + 1
        if len(kept) >= len(first) and spent + cost > tokens:
            dropped += 1
            continue
        kept.append(item)
        spent += cost
    return kept, dropped


def _ranked(question: Question, hits: Sequence[Hit]) -> Iterator[Quote]:
    ranked = rank(question, hits)
    for match in ranked:
        if match.score < ranked[0].score - _REACH:
            return
        start, end = span_of(match)
        passage = match.page.passage
        yield Quote(
            passage=passage, start=passage.start + start, end=passage.start + end, score=0.0
        )


def _further(question: Question, hits: Sequence[Hit], first: Sequence[Quote]) -> Iterator[Quote]:
    """What is ranked next, without what overlaps an earlier one."""
    seen = list(first)
    for quote in _ranked(question, hits):
        if not any(_overlap(quote, other) for other in seen):
            seen.append(quote)
            yield quote


def _overlap(a: Quote, b: Quote) -> bool:
    same = a.passage.document_id == b.passage.document_id
    return same and a.start < b.end and b.start < a.end
