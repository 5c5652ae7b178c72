"""What the reader's judge is trained on: questions with the units that are read for them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from chorei.agent.reader.likeness import Compared, likenesses
from chorei.agent.reader.reader import by_words
from chorei.agent.reader.rereading import first_read
from chorei.agent.reader.scoring import rereading_features, score, selection_features
from chorei.agent.reader.weights import REREADING, SELECTION
from chorei.evaluation.asked import Asked, left_out

Matrix = npt.NDArray[np.float32]


class Exercise(NamedTuple):
    """A question with the units that are read for it, the best of the present order first.

    Attributes:
        readings: The units.
        behind: How far each is behind the first in the present order.
        good: Which state the answer.
        fitting: Which are of a document that does.
        answerable: Whether any unit might.
        apart: Whether it is not to be learned from.
    """

    readings: Sequence[Compared]
    behind: Matrix
    good: npt.NDArray[np.bool_]
    fitting: npt.NDArray[np.bool_]
    answerable: bool
    apart: bool


def exercises(asked: Iterator[Asked]) -> Iterator[Exercise]:
    """The exercises of a set; its English questions only."""
    for each in asked:
        question, case = each.question, each.case
        if question.language != "en":
            continue
        selected = by_words(question, each.hits, selection_features, SELECTION)
        units = first_read(selected)
        readings = likenesses(question, units)
        worth = np.array(
            [
                score(rereading_features(match.score, reading.likeness), REREADING)
                for match, reading in zip(units, readings, strict=True)
            ],
            np.float32,
        )
        order = np.argsort(-worth)
        if len(order):
            yield Exercise(
                [_halved(readings[i]) for i in order],
                worth[order] - worth[order[0]],
                np.array([each.good(units[i]) for i in order]),
                np.array([case.answerable and each.fits(units[i]) for i in order]),
                case.answerable,
                left_out(case),
            )


def _halved(reading: Compared) -> Compared:
    # All of them are kept until the training ends.
    halved: Any = tuple(half.astype(np.float16) for half in reading.halfway)
    return reading._replace(halfway=halved)
