"""Puts the units that come first by their words in order anew: an encoder and a judge read them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from threading import Thread
from typing import Final

from chorei.agent.reader.judge import judge, judgements
from chorei.agent.reader.likeness import Compared, encoder, likenesses
from chorei.agent.reader.matching import Likeness, Match
from chorei.agent.reader.question import Question
from chorei.agent.reader.scoring import rereading_features, score
from chorei.agent.reader.weights import REREADING

_READ: Final = 14  # units that the encoder reads
_JUDGED: Final = 8  # of these, units that the judge sees
_JUDGEMENT: Final = 0.2  # what its judgement counts
UNREADABLE: Final = Likeness(0.35, 0.43, 0.2, 0.4, 0.31)
"""What the encoder finds on average, for a unit that it cannot read."""


@cache
def read_ahead() -> None:
    """Read the encoder and the judge from their files in a thread, while words are compared."""
    Thread(target=lambda: (encoder(), judge()), name="chorei-encoder", daemon=True).start()


def reread(question: Question, selected: Sequence[Match]) -> list[Match]:
    """Let the encoder read the first units and the judge the best of these; put them in order.

    Args:
        question: An English question.
        selected: Units in the order of their score.
    """
    english = first_read(selected)
    readings = dict(zip(map(id, english), likenesses(question, english), strict=True))
    read: list[tuple[Match, Compared | None]] = []
    for match in selected[:_READ]:
        reading = readings.get(id(match))
        likeness = reading.likeness if reading else None
        worth = score(rereading_features(match.score, likeness or UNREADABLE), REREADING)
        read.append((replace(match, likeness=likeness, score=worth), reading))
    if not read:
        return []
    read.sort(key=lambda pair: -pair[0].score)
    below = read[-1][0].score - selected[len(read) - 1].score
    rest = [replace(match, score=match.score + below) for match in selected[len(read) :]]
    return _judged(read[:_JUDGED], [*(match for match, _ in read[_JUDGED:]), *rest])


def first_read(selected: Sequence[Match]) -> list[Match]:
    """Those units that the encoder reads."""
    return [match for match in selected[:_READ] if match.page.passage.language == "en"]


def _judged(best: Sequence[tuple[Match, Compared | None]], rest: Sequence[Match]) -> list[Match]:
    """The best units in the order that the judge gives them, and the others behind them."""
    found = iter(judgements([reading for _, reading in best if reading]))
    judged = [next(found) if reading else None for _, reading in best]
    # What the judge has not seen is worth no more than what it likes least.
    least = min((worth for worth in judged if worth is not None), default=0.0)
    seen = [
        replace(
            match,
            judged=worth,
            score=match.score + _JUDGEMENT * (least if worth is None else worth),
        )
        for (match, _), worth in zip(best, judged, strict=True)
    ]
    behind = [replace(match, score=match.score + _JUDGEMENT * least) for match in rest]
    return sorted([*seen, *behind], key=lambda match: -match.score)
