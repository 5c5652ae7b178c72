"""Which sentence answers best, and whether it answers at all: two small linear models.

The weights are fitted offline by ``python -m chorei.evaluation.fitting`` and kept here, so that
each is a sentence's worth of explanation and nothing is loaded at run time.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final

from chorei.agent.reader.kinds import TYPED
from chorei.agent.reader.matching import Match, closeness, coverage
from chorei.agent.reader.question import Question
from chorei.agent.reader.terms import Term
from chorei.core import Hit

_MISSED: Final = 0.35
_QUOTES: Final = 3
_WHOLE: Final = 0.8  # of the question, for a table row to be what it is about
_MANY: Final = re.compile(r"\bhow many\b|\bbao nhi[êe]u\b|\bm[ấa]y\b", re.IGNORECASE)

RANKING: Final[dict[str, float]] = {
    "coverage": 5.4,
    "inside": 2.1,
    "framed": 3.2,
    "passage": 1.1,
    "rarest": 0.2,
    "topic": 2.8,
    "support": 1.4,
    "evidence": 1.9,
    "counted": 2.8,
    "near": 2.5,
    "close": 0.85,
    "tongue": 0.9,
    "opens": 1.0,
    "item": -0.35,
    "row": 0.45,
    "code": 1.8,
    "asks": -1.1,
    "short": -0.2,
    "length": -2.5,
}
"""What makes one sentence a better answer than another."""

ANSWERING: Final[dict[str, float]] = {
    "bias": -8.3,
    "framed": 1.7,
    "pooled": 2.6,
    "topic": 1.35,
    "support": 1.5,
    "missed": -0.9,
    "names": -0.95,
    "lacking": -1.15,
    "uncounted": -2.0,
    "near": 1.5,
    "few": -0.6,
    "mass": 1.45,
    "share": 1.45,
    "same": 0.5,
    "record": 1.0,
    "vietnamese": 0.5,
}
"""What makes it likely that the best sentence answers at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands among the hits.

    Attributes:
        position: Its place, from 0.
        support: How much else of the hits is from its document (0 to 1).
    """

    position: int
    support: float


def places(hits: Sequence[Hit]) -> list[Place]:
    """The place of each hit."""
    shares: defaultdict[str, float] = defaultdict(float)
    for position, hit in enumerate(hits):
        shares[hit.passage.document_id] += 1 / (position + 3)
    whole = sum(shares.values())
    return [
        Place(position, (shares[hit.passage.document_id] - 1 / (position + 3)) / whole)
        for position, hit in enumerate(hits)
    ]


def ranking_features(question: Question, match: Match, place: Place) -> dict[str, float]:
    """What is seen of a unit when it competes with the others.

    Args:
        question: The question.
        match: The unit.
        place: Where its passage stands among the hits.
    """
    unit = match.unit
    framed = tuple(map(max, match.inside, match.heading))
    return {
        "coverage": coverage(question, match.credits),
        "inside": coverage(question, match.inside),
        "framed": coverage(question, framed),
        "passage": coverage(question, match.passage),
        "rarest": _rarest(question.terms, framed),
        "topic": match.topic,
        "support": place.support,
        "evidence": float(match.evidence),
        "counted": float(match.counted),
        "near": 1.0 / (1.0 + place.position / 4.0),
        "close": closeness(question, unit),
        "tongue": float(match.page.passage.language == question.language),
        "opens": float(unit.opens),
        "item": float(unit.kind == "item"),
        "row": float(unit.kind == "row"),
        "code": float(unit.kind == "code"),
        "asks": float(unit.text.endswith("?")),
        "short": float(unit.length < 4),
        "length": log(1 + unit.length) / 4,
    }


def answering_features(
    question: Question, chosen: Sequence[Match], place: Place
) -> dict[str, float]:
    """What is seen of the chosen units when it is decided whether they answer.

    Args:
        question: The question.
        chosen: The units, best first.
        place: Where the best one's passage stands among the hits.
    """
    best = chosen[0]
    pooled = best.credits
    for match in chosen[1:]:
        pooled = tuple(map(max, pooled, match.credits))
    framed = tuple(map(max, best.inside, best.heading))
    beside = [m for m in chosen if m.page is best.page]
    evidence = any(m.evidence for m in beside)
    counted = any(m.counted for m in beside)
    counts = question.kind == "number" and bool(question.focus) and _MANY.search(question.text)
    return {
        "bias": 1.0,
        "framed": coverage(question, framed),
        "pooled": coverage(question, pooled),
        "topic": best.topic,
        "support": place.support,
        "missed": _gap(question.terms, framed),
        "names": _lacking(question.terms, best.passage),
        "lacking": float(not evidence and question.kind in TYPED),
        "uncounted": float(bool(counts) and not counted),
        "near": 1.0 / (1.0 + place.position / 4.0),
        "few": float(len(question.terms) < 3),
        "mass": min(3.0, _mass(question, best.passage)),
        "share": _named(question.terms, framed),
        "same": sum(m.page.passage.document_id == best.page.passage.document_id for m in chosen)
        / _QUOTES,
        "record": float(
            best.unit.kind == "row"
            and (best.evidence or question.kind not in TYPED)
            and coverage(question, best.credits) > _WHOLE
        ),
        "vietnamese": float(question.language == "vi"),
    }


def _named(terms: Sequence[Term], credits: Sequence[float]) -> float:
    """The share of the question's words that is covered, rare or not."""
    named = [c for t, c in zip(terms, credits, strict=True) if c or not t.optional]
    return sum(named) / len(named) if named else 0.0


def _mass(question: Question, credits: Sequence[float]) -> float:
    return sum(t.weight * c for t, c in zip(question.terms, credits, strict=True))


def _gap(terms: Sequence[Term], credits: Sequence[float]) -> float:
    """How much the most telling word that is not covered matters (0 to 1)."""
    gaps = [t.weight * (1 - c) for t, c in zip(terms, credits, strict=True) if not t.optional]
    return min(1.0, max(gaps, default=0.0))


def _rarest(terms: Sequence[Term], credits: Sequence[float]) -> float:
    """How well the most telling term is covered."""
    known = [(t.weight, c) for t, c in zip(terms, credits, strict=True) if not t.optional]
    return max(known)[1] if known else 0.0


def _lacking(terms: Sequence[Term], credits: Sequence[float]) -> float:
    """The share of names and numbers that neither the units nor what frames them hold."""
    special = [c for t, c in zip(terms, credits, strict=True) if t.kind != "word"]
    return sum(c < _MISSED for c in special) / len(special) if special else 0.0


def score(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The weighted sum."""
    return sum(weights[name] * value for name, value in features.items())


def probability(value: float) -> float:
    """The logistic function."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, value))))
