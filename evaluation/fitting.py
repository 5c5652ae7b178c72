"""Fits the linear models of the reader anew: ``python -m chorei.evaluation.fitting``.

Only questions of the part ``dev`` are used. What is printed belongs into
``agent/reader/weights.py``, rounded: ``RANKING`` and ``ANSWERING``, which decide without the
encoder, from :data:`FITTED`; ``SELECTION`` and ``REREADING``, which order English questions with
it, from :data:`READ`; and ``ASSURANCE``, which decides on these, from what the judge was not
trained on, :data:`DECIDED` and what was left out of ``authored``. The second stage is fitted on
what the first one selects: when ``SELECTION`` has changed, put it into place and fit again.
``REREADING`` is kept 1.6 times as large as it is fitted, so that the worth of a further quotation
has one scale.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from chorei.agent.reader.reader import by_words, choose
from chorei.agent.reader.rereading import UNREADABLE, reread
from chorei.agent.reader.scoring import (
    answering_features,
    assurance_features,
    ranking_features,
    rereading_features,
    selection_features,
)
from chorei.agent.reader.weights import ANSWERING, ASSURANCE, RANKING, REREADING, SELECTION
from chorei.core import Hit
from chorei.evaluation.asked import Asked, all_asked, left_out, placed
from chorei.evaluation.cases import Case, library
from chorei.retrieval import Library

Matrix = npt.NDArray[np.float64]

# Paragraphs of an encyclopaedia teach nothing about when a handbook answers.
FITTED: Final = ("handbooks", "paraphrases", "company")
READ: Final = ("authored", "companies", "paraphrases")
"""Not the sets whose figures are reported."""
DECIDED: Final = ("companies", "paraphrases", "handbooks", "company")
_LIMIT: Final = 3
_WITHHELD: Final = 0.1  # what a sample without its documents counts for declining
_HARD: Final = 0.4  # what an authored question counts for it: they ask in vain for what is nearest
_CANDIDATES: Final = 80  # units of a question from which the first stage learns to select


class Sample(NamedTuple):
    """One question as the models see it.

    Attributes:
        ranking: Features of every unit that competes, shape ``(units, features)``.
        good: Which of them state the answer, shape ``(units,)``.
        answering: Features of what would be quoted, shape ``(features,)``.
        right: Whether that states the answer.
        weight: How much it counts when declining is learned.
    """

    ranking: Matrix
    good: npt.NDArray[np.bool_]
    answering: Matrix
    right: bool
    weight: float = 1.0


class Stages(NamedTuple):
    """One English question as both stages see it.

    Attributes:
        selecting: For ``SELECTION``; what would be quoted is left empty.
        reading: For ``REREADING`` and ``ASSURANCE``.
        decides: Whether ``ASSURANCE`` is fitted with it.
    """

    selecting: Sample
    reading: Sample
    decides: bool


def samples(name: str, opened: Library) -> Iterator[Sample]:
    """The samples of one set for the models that see words only.

    A question that can be answered also gives one that cannot: the same, with the documents
    that answer it withheld. It counts little: what people ask in vain is about something near to
    what the documents say, and seldom what they would say with a page torn out.

    Args:
        name: One of :data:`FITTED`.
        opened: Its library.
    """
    for asked in all_asked(name, opened):
        if sample := _sample(asked):
            yield sample
        if asked.case.answerable:
            rest = [hit for hit in asked.hits if not _answers(asked.case, hit)]
            withheld = asked.case.model_copy(update={"answerable": False})
            if sample := _sample(placed(withheld, asked.question, rest)):
                yield sample._replace(weight=_WITHHELD)


def _answers(case: Case, hit: Hit) -> bool:
    return case.fits(hit.passage.document) or case.stated_in(hit.passage.text)


def _sample(asked: Asked) -> Sample | None:
    ranked = by_words(asked.question, asked.hits, ranking_features, RANKING)
    if not ranked:
        return None
    chosen = choose(asked.question, ranked, _LIMIT)
    rows = [ranking_features(asked.question, m, asked.place(m)).values() for m in ranked]
    features = answering_features(asked.question, chosen, asked.place(chosen[0]), ranked)
    return Sample(
        np.array([list(row) for row in rows]),
        np.array([asked.good(match) for match in ranked]),
        np.array(list(features.values())),
        any(map(asked.good, chosen)),
    )


def stages(name: str, opened: Library) -> Iterator[Stages]:
    """The samples of one set for both stages; its English questions only.

    Args:
        name: One of :data:`READ` or :data:`DECIDED`.
        opened: Its library.
    """
    for asked in all_asked(name, opened):
        question = asked.question
        if question.language != "en":
            continue
        selected = by_words(question, asked.hits, selection_features, SELECTION)
        ranked = reread(question, selected)
        if not ranked or ranked[0].likeness is None:
            continue
        scores = {(id(m.page), m.index): m.score for m in selected}
        read = [match for match in ranked if match.likeness is not None]
        seen = [
            rereading_features(scores[id(m.page), m.index], m.likeness or UNREADABLE) for m in read
        ]
        chosen = choose(question, ranked, _LIMIT)
        features = assurance_features(question, chosen, asked.place(chosen[0]), ranked)
        first = selected[:_CANDIDATES]
        rows = [selection_features(question, m, asked.place(m)).values() for m in first]
        yield Stages(
            Sample(
                np.array([list(row) for row in rows]),
                np.array([asked.good(match) for match in first]),
                np.zeros(0),
                right=False,
            ),
            Sample(
                np.array([list(row.values()) for row in seen]),
                np.array([asked.good(match) for match in read]),
                np.array(list(features.values())),
                any(map(asked.good, chosen)),
                _HARD if name == "authored" else 1.0,
            ),
            name in DECIDED or left_out(asked.case),
        )


def fit_ranking(
    seen: Sequence[Sample], names: Sequence[str] = tuple(RANKING), *, penalty: float = 0.05
) -> dict[str, float]:
    """Weights under which the units that state the answer are the likeliest to be best.

    A conditional logit: the negative log-probability of the good units among all units of a
    question, penalised by the squares of the standardised weights, minimised with Adam (Kingma
    and Ba, ICLR 2015).
    """
    useful = [s for s in seen if s.good.any() and not s.good.all()]
    scale = np.concatenate([s.ranking for s in useful]).std(axis=0) + 1e-3
    weights = np.zeros(len(names))
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
    return dict(zip(names, (weights / scale).round(2).tolist(), strict=True))


def fit_answering(
    seen: Sequence[Sample], names: Sequence[str] = tuple(ANSWERING), *, penalty: float = 0.03
) -> dict[str, float]:
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
    return dict(zip(names, (weights / scale).round(2).tolist(), strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print all models."""
    parser = argparse.ArgumentParser(prog="chorei.evaluation.fitting", description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder in which libraries are kept")
    options = parser.parse_args(arguments)
    seen: list[Sample] = []
    read: list[Stages] = []
    decided: list[Sample] = []
    with ExitStack() as stack:
        kept = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in dict.fromkeys((*FITTED, *READ, *DECIDED)):
            with library(name, kept) as opened:
                if name in FITTED:
                    seen += samples(name, opened)
                both = list(stages(name, opened))
                read += both if name in READ else []
                decided += [each.reading for each in both if each.decides]
    print("RANKING =", fit_ranking(seen))
    print("ANSWERING =", fit_answering(seen))
    selecting = [each.selecting for each in read]
    reading = [each.reading for each in read]
    print("SELECTION =", fit_ranking(selecting, tuple(SELECTION)))
    print("REREADING =", fit_ranking(reading, tuple(REREADING), penalty=0.01))
    print("ASSURANCE =", fit_answering(decided, tuple(ASSURANCE), penalty=0.06))


if __name__ == "__main__":
    main()
