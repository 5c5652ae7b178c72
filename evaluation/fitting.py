"""Fits the two linear models of the reader anew: ``python -m chorei.evaluation.fitting``.

Only questions of the part ``dev`` are used. What is printed belongs into
``agent/reader/scoring.py``, rounded.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from chorei.agent.reader.matching import Match, span_of
from chorei.agent.reader.question import Question, analyse
from chorei.agent.reader.reader import choose, rank
from chorei.agent.reader.scoring import (
    ANSWERING,
    RANKING,
    Place,
    answering_features,
    places,
    ranking_features,
)
from chorei.core import Hit
from chorei.evaluation.cases import Case, cases, library
from chorei.evaluation.reading import searched, understood_by
from chorei.retrieval import Library

Matrix = npt.NDArray[np.float64]

# Paragraphs of an encyclopaedia teach nothing about when a handbook answers.
FITTED: Final = ("handbooks", "paraphrases", "company")
_LIMIT: Final = 3
_WITHHELD: Final = 0.1  # what a sample without its documents counts for declining


class Sample(NamedTuple):
    """One question as the models see it.

    Attributes:
        ranking: Features of every unit, shape ``(units, len(RANKING))``.
        good: Which of them state the answer, shape ``(units,)``.
        answering: Features of what would be quoted, shape ``(len(ANSWERING),)``.
        right: Whether that states the answer.
        weight: How much it counts when declining is learned.
    """

    ranking: Matrix
    good: npt.NDArray[np.bool_]
    answering: Matrix
    right: bool
    weight: float = 1.0


def samples(name: str, opened: Library) -> Iterator[Sample]:
    """The samples of one set.

    A question that can be answered also gives one that cannot: the same, with the documents
    that answer it withheld. It counts little: what people ask in vain is about something near to
    what the documents say, and seldom what they would say with a page torn out.

    Args:
        name: One of :data:`FITTED`.
        opened: Its library.
    """
    asked = cases(name)
    understand = understood_by(asked)
    total = opened.stats().passages
    for case in asked:
        if case.split != "dev":
            continue
        understood = understand(case)
        question = analyse(understood.core, opened.frequency, total, understood.background)
        hits = searched(opened, understood)
        if sample := _sample(case, question, hits):
            yield sample
        if case.answerable:
            rest = [hit for hit in hits if not _answers(case, hit)]
            withheld = case.model_copy(update={"answerable": False})
            if sample := _sample(withheld, question, rest):
                yield sample._replace(weight=_WITHHELD)


def _answers(case: Case, hit: Hit) -> bool:
    return case.fits(hit.passage.document) or case.stated_in(hit.passage.text)


def _sample(case: Case, question: Question, hits: Sequence[Hit]) -> Sample | None:
    ranked = rank(question, hits)
    if not ranked:
        return None
    at = {id(hit): place for hit, place in zip(hits, places(hits), strict=True)}

    def place(match: Match) -> Place:
        return at[id(match.page.hit)]

    def good(match: Match) -> bool:
        start, end = span_of(match)
        passage = match.page.passage
        fits = case.answerable and case.fits(passage.document)
        return fits and case.stated_in(passage.text[start:end])

    chosen = choose(question, ranked, _LIMIT)
    rows = [list(ranking_features(question, match, place(match)).values()) for match in ranked]
    features = answering_features(question, chosen, place(chosen[0]), ranked)
    return Sample(
        np.array(rows),
        np.array([good(match) for match in ranked]),
        np.array(list(features.values())),
        any(map(good, chosen)),
    )


def fit_ranking(seen: Sequence[Sample], *, penalty: float = 0.05) -> dict[str, float]:
    """Weights under which the units that state the answer are the likeliest to be best.

    A conditional logit: the negative log-probability of the good units among all units of a
    question, penalised by the squares of the standardised weights, minimised with Adam (Kingma
    and Ba, ICLR 2015).
    """
    useful = [s for s in seen if s.good.any() and not s.good.all()]
    scale = np.concatenate([s.ranking for s in useful]).std(axis=0) + 1e-3
    weights = np.zeros(len(RANKING))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, 501):
        gradient = penalty * weights
        for sample in useful:
            rows = sample.ranking / scale
            worth = rows @ weights
            odds = np.exp(worth - worth.max())
            expected = rows.T @ odds / odds.sum()
            good = odds * sample.good
            gradient += (expected - rows.T @ good / good.sum()) / len(useful)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        rate = np.sqrt(square / (1 - 0.999**step)) + 1e-8
        weights = weights - 0.1 * mean / (1 - 0.9**step) / rate
    return dict(zip(RANKING, (weights / scale).round(2).tolist(), strict=True))


def fit_answering(seen: Sequence[Sample], *, penalty: float = 0.03) -> dict[str, float]:
    """Weights of the logistic regression of "the quotations state the answer".

    Questions whose answer was found but not quoted teach nothing about declining and are left
    out. Newton's method; the bias is not penalised.
    """
    used = [s for s in seen if s.right or not s.good.any()]
    rows = np.array([s.answering for s in used])
    right = np.array([float(s.right) for s in used])
    weight = np.array([s.weight for s in used])
    weight /= weight.mean()
    scale = rows.std(axis=0) + 1e-3
    scale[0] = 1.0
    rows = rows / scale
    shrink = np.full(rows.shape[1], penalty)
    shrink[0] = 1e-6
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        belief = 1 / (1 + np.exp(-rows @ weights))
        gradient = rows.T @ (weight * (belief - right)) / len(used) + shrink * weights
        curvature = (rows * (weight * belief * (1 - belief))[:, None]).T @ rows / len(used)
        weights -= np.linalg.solve(curvature + np.diag(shrink), gradient)
    return dict(zip(ANSWERING, (weights / scale).round(2).tolist(), strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both models."""
    parser = argparse.ArgumentParser(prog="chorei.evaluation.fitting", description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder in which libraries are kept")
    options = parser.parse_args(arguments)
    seen: list[Sample] = []
    with ExitStack() as stack:
        kept = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in FITTED:
            with library(name, kept) as opened:
                seen += samples(name, opened)
    print("RANKING =", fit_ranking(seen))
    print("ANSWERING =", fit_answering(seen))


if __name__ == "__main__":
    main()
