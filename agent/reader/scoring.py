"""What is seen of a sentence when it is decided which answers best, and whether it answers at all.

What each of it is worth stands in :mod:`chorei.agent.reader.weights`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import exp, log
from statistics import fmean
from typing import Final

from chorei.agent.reader.kinds import TYPED, VALUES, evident
from chorei.agent.reader.matching import Likeness, Match, closeness, coverage, span_of
from chorei.agent.reader.question import Question
from chorei.agent.reader.terms import Term
from chorei.core import Hit

_MISSED: Final = 0.35
_QUOTES: Final = 3
_COMPETITORS: Final = 5
_ALONE: Final = 4.8  # how far a unit is ahead of other documents where none competes
_WHOLE: Final = 0.8  # of the question, for a table row to be what it is about
_MANY: Final = re.compile(r"\bhow many\b|\bbao nhi[êe]u\b|\bm[ấa]y\b", re.IGNORECASE)


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
        "value": float(match.evidence and question.kind in VALUES),
        "counted": float(match.counted),
        "near": _nearness(place.position),
        "vector": _nearness(match.page.hit.vector_rank),
        "sense": match.sense[0],
        "sense of frame": match.sense[1],
        "sense of both": match.sense[2],
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


def selection_features(question: Question, match: Match, place: Place) -> dict[str, float]:
    """What is seen of a unit before the encoder has read it.

    Args:
        question: The question.
        match: The unit.
        place: Where its passage stands among the hits.
    """
    own, framed, even = match.echo
    return ranking_features(question, match, place) | {
        "echo": own,
        "echo with frame": framed,
        "even echo": even,
    }


def rereading_features(selected: float, likeness: Likeness) -> dict[str, float]:
    """What is seen of a unit once the encoder has read it.

    Args:
        selected: By what it was selected.
        likeness: What the encoder found.
    """
    return {"selected": selected, **likeness._asdict()}


def answering_features(
    question: Question, chosen: Sequence[Match], place: Place, ranked: Sequence[Match]
) -> dict[str, float]:
    """What is seen of the chosen units when it is decided whether they answer.

    Args:
        question: The question.
        chosen: The units, best first.
        place: Where the best one's passage stands among the hits.
        ranked: All units that compete.
    """
    best = chosen[0]
    pooled = best.credits
    for match in chosen[1:]:
        pooled = tuple(map(max, pooled, match.credits))
    framed = tuple(map(max, best.inside, best.heading))
    beside = [m for m in chosen if m.page is best.page]
    evidence = any(m.evidence for m in beside)
    values = question.kind in VALUES
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
        "valueless": float(values and not any(_evident(question, m) for m in beside)),
        "no value": float(values and not any(_evident(question, m) for m in chosen)),
        "stray": _lacking(question.terms, _held(best, ranked, _document)),
        "foreign": _lacking(question.terms, _held(best, ranked, _folder(ranked))),
        "sense": max(m.sense[0] for m in chosen),
        "near": _nearness(place.position),
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


def assurance_features(
    question: Question, chosen: Sequence[Match], place: Place, ranked: Sequence[Match]
) -> dict[str, float]:
    """What is seen of the chosen units once the encoder has read them.

    Args:
        question: The question.
        chosen: The units, best first; the encoder has read the first.
        place: Where the best one's passage stands among the hits.
        ranked: All units that compete; the judge has seen some.
    """
    features = answering_features(question, chosen, place, ranked)
    del features["vietnamese"]
    read = [match for match in ranked if match.likeness is not None]
    likenesses = [match.likeness for match in chosen if match.likeness is not None]
    best = chosen[0]
    document = best.page.passage.document_id
    elsewhere = [m.score for m in read if m.page.passage.document_id != document]
    judged = sorted((m.judged for m in ranked if m.judged is not None), reverse=True)
    seen = [match.judged for match in chosen if match.judged is not None]
    return features | {
        **likenesses[0]._asdict(),
        "any words": max(likeness.words for likeness in likenesses),
        "any said": max(likeness.said for likeness in likenesses),
        "any least": max(likeness.least for likeness in likenesses),
        "score": best.score,
        "ahead": best.score - read[min(_COMPETITORS, len(read) - 1)].score,
        "apart": best.score - elsewhere[0] if elsewhere else _ALONE,
        "judged": judged[-1] if best.judged is None else best.judged,
        "any judged": max(seen, default=judged[-1]),
        "judged mean": fmean(judged[:_QUOTES]),
    }


def _nearness(position: int | None) -> float:
    """1 for the first place, less for each after it, 0 for none."""
    return 0.0 if position is None else 1.0 / (1.0 + position / 4.0)


def _evident(question: Question, match: Match) -> bool:
    """Whether what would be quoted holds the kind of answer that is wanted."""
    start, end = span_of(match)
    return evident(question.kind, match.page.passage.text[start:end], question.said)


def _document(match: Match) -> str:
    return match.page.passage.document


def _folder(ranked: Sequence[Match]) -> Callable[[Match], str]:
    """The folder in which the documents of the matches part, as a function of the match."""
    paths = {m.page.passage.document: m.page.passage.document.split("/")[:-1] for m in ranked}
    shared = next(
        (i for i, level in enumerate(zip_longest(*paths.values())) if len(set(level)) > 1), 0
    )
    return lambda match: "/".join(paths[match.page.passage.document][shared : shared + 1])


def _held(
    best: Match, ranked: Sequence[Match], origin: Callable[[Match], str]
) -> tuple[float, ...]:
    """How well the passages of the same origin as the best cover each term, all together."""
    own = origin(best)
    held = best.passage
    for match in {id(m.page): m for m in ranked if origin(m) == own}.values():
        held = tuple(map(max, held, match.passage))
    return held


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
