"""The built-in reader: chooses the sentences that answer, or says that none does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from chorei.agent.protocols import Quote, Reading
from chorei.agent.reader.kinds import TYPED
from chorei.agent.reader.matching import Match, coverage, matches, span_of
from chorei.agent.reader.meaning import sense_of
from chorei.agent.reader.question import Question, analyse
from chorei.agent.reader.rereading import read_ahead, reread
from chorei.agent.reader.scoring import (
    Place,
    answering_features,
    assurance_features,
    places,
    probability,
    ranking_features,
    score,
    selection_features,
)
from chorei.agent.reader.stemming import is_verb_form
from chorei.agent.reader.stopwords import LIGHT, is_function_word
from chorei.agent.reader.terms import Term, is_numbered
from chorei.agent.reader.units import page_of
from chorei.agent.reader.weights import ANSWERING, ASSURANCE, RANKING, SELECTION
from chorei.core import Hit, Language

# Belief in Vietnamese answers is fitted on few and comes out lower.
_THRESHOLDS: Final[dict[Language, float]] = {"en": 0.62, "vi": 0.55}
# A further quotation may be worth this much less than the best, and score this much less.
_CLOSE: Final[dict[Language, float]] = {"en": 6.6, "vi": 4.0}
_REACH: Final[dict[Language, float]] = {"en": 8.0, "vi": 6.0}
_ASIDE: Final = 2.5  # a general rule may score this much less than a special case
_KIND: Final = 1.5
_BESIDE: Final = 2
_GAIN: Final = 8.0
_REPEATED: Final[dict[Language, float]] = {"en": 2.0, "vi": 5.0}
_ALIKE: Final = 0.6
_FOUND: Final = 0.35
_HEARD: Final = 0.67  # how much the model is heard that sees what encoder and judge found
_NAMED: Final = 3  # missing words that are named


class ExtractiveReader:
    """Quotes sentences, list items and table rows; no model, no download.

    Args:
        threshold: Least belief that the quotes answer with which they are given; by default
            one for each language of the question.
    """

    def __init__(self, threshold: float | None = None) -> None:
        self._threshold = threshold

    def read(
        self,
        question: str,
        hits: Sequence[Hit],
        *,
        limit: int,
        frequency: Callable[[str], int],
        total: int,
        background: str = "",
    ) -> Reading:
        """Read the passages for the question; see :class:`~chorei.agent.protocols.Reader`."""
        asked = analyse(question, frequency, total, background)
        ranked = rank(asked, hits)
        if not ranked:
            return Reading(missing=_missing(asked, ranked))
        chosen = choose(asked, ranked, limit)
        place = next(
            p for p, hit in zip(places(hits), hits, strict=True) if hit is chosen[0].page.hit
        )
        confidence = assurance(asked, chosen, place, ranked)
        threshold = self._threshold
        least = _THRESHOLDS[asked.language] if threshold is None else threshold
        aside = _turned_aside(asked, chosen) or _of_a_sibling(asked, chosen)
        if confidence < least or aside:
            return Reading(confidence=confidence, missing=_missing(asked, ranked))
        best = chosen[0].score
        quotes = tuple(
            _quote(match, confidence * min(1.0, probability(match.score - best) * 2))
            for match in _rule_first(asked, chosen)
        )
        return Reading(quotes=_without_overlap(quotes), confidence=confidence)


def rank(question: Question, hits: Sequence[Hit]) -> list[Match]:
    """All units of the passages, best answer first.

    For an English question the encoder reads the units that come first by their words; what it
    has not read comes after them.
    """
    if question.language == "en":
        read_ahead()
        return reread(question, by_words(question, hits, selection_features, SELECTION))
    return by_words(question, hits, ranking_features, RANKING)


def by_words(
    question: Question,
    hits: Sequence[Hit],
    features: Callable[[Question, Match, Place], Mapping[str, float]],
    weights: Mapping[str, float],
) -> list[Match]:
    """All units of the passages, best answer first, as their words tell.

    Args:
        question: The question.
        hits: The passages.
        features: What is seen of a unit.
        weights: What each of these is worth.
    """
    asked = sense_of(question)
    found = [
        replace(match, score=score(features(question, match, place), weights))
        for place, hit in zip(places(hits), hits, strict=True)
        for match in matches(question, page_of(hit, folded=question.folded), asked)
    ]
    return sorted(found, key=lambda match: -match.score)


def assurance(
    question: Question, chosen: Sequence[Match], place: Place, ranked: Sequence[Match]
) -> float:
    """Belief that the chosen units answer, 0 to 1.

    Where the encoder has read the best one, two models are heard: one sees words only, the other
    also what the encoder and the judge found.
    """
    worth = score(answering_features(question, chosen, place, ranked), ANSWERING)
    if chosen[0].likeness is not None and any(match.judged is not None for match in ranked):
        read = score(assurance_features(question, chosen, place, ranked), ASSURANCE)
        worth += _HEARD * (read - worth)
    return probability(worth)


def choose(question: Question, ranked: Sequence[Match], limit: int) -> list[Match]:
    """The best unit, and others that come close to it or add what it lacks.

    A further unit is worth less where it says the same as one before, and more where it is of
    the wanted kind while none before is, above all right beside the best one. One that overlaps
    with one before is quoted as one with it and takes no place of its own.
    """
    chosen = [ranked[0]]
    taken = 1
    reach = _REACH[question.language]
    pool = [match for match in ranked[1:] if match.score >= ranked[0].score - reach]
    while pool and taken < limit and len(chosen) < 2 * limit:
        lacking = question.kind in TYPED and not any(match.evidence for match in chosen)
        worth, best = max(
            ((_worth(question, match, chosen, lacking=lacking), match) for match in pool),
            key=lambda pair: pair[0],
        )
        if worth < ranked[0].score - _CLOSE[question.language]:
            break
        taken += not any(_overlap(best, other) for other in chosen)
        chosen.append(best)
        pool = [match for match in pool if match is not best]
    return chosen


def _rule_first(question: Question, chosen: Sequence[Match]) -> list[Match]:
    """With what a section says before what its subsection says of a case that is not asked about.

    The first moves only behind a unit that comes close to it and holds as much of the kind that
    is wanted.
    """
    best = chosen[0]
    passage = best.page.passage
    if any(form in best.page.heading for term in question.terms for form in term.forms):
        return list(chosen)
    above = [
        match
        for match in chosen[1:]
        if match.page.passage.document_id == passage.document_id
        and len(match.page.passage.heading) < len(passage.heading)
        and match.page.passage.heading == passage.heading[: len(match.page.passage.heading)]
        and match.score >= best.score - _ASIDE
        and match.evidence >= best.evidence
    ]
    # A section begins with its rule; side remarks follow.
    first = sorted(above, key=lambda match: match.page.passage.start + match.unit.start)[:1]
    return [*first, *(match for match in chosen if match not in first)]


def _worth(question: Question, match: Match, chosen: Sequence[Match], *, lacking: bool) -> float:
    worth = match.score
    best = chosen[0]
    if lacking and match.evidence:
        worth += _KIND
        if match.page is best.page and 0 < match.index - best.index <= _BESIDE:
            worth += _KIND
    covered = tuple(map(max, *(m.credits for m in chosen), (0.0,) * len(best.credits)))
    joined = tuple(map(max, covered, match.credits))
    worth += _GAIN * (coverage(question, joined) - coverage(question, covered))
    if any(_same(match, other) for other in chosen):
        worth -= _REPEATED[question.language]
    return worth


def _overlap(match: Match, other: Match) -> bool:
    if match.page is not other.page:
        return False
    (start, end), (begin, finish) = span_of(match), span_of(other)
    return start < finish and begin < end


def _same(match: Match, other: Match) -> bool:
    return len(match.unit.bag.keys & other.unit.bag.keys) > _ALIKE * len(
        match.unit.bag.keys | other.unit.bag.keys
    )


def _turned_aside(question: Question, chosen: Sequence[Match]) -> bool:
    """Whether a follow-up asks of something else, and only what it leans on is answered again."""
    own = [i for i, t in enumerate(question.terms) if not (t.optional or _fills(t, question))]
    asks = bool(question.background and own)
    return asks and all(match.passage[i] < _FOUND for match in chosen for i in own)


def _of_a_sibling(question: Question, chosen: Sequence[Match]) -> bool:
    """Whether "Burrow Three" is asked about and no passage that is quoted from speaks of it."""
    asked = [
        i
        for i, term in enumerate(question.terms)
        if term.kind == "name" and not term.optional and is_numbered(term.text.split())
    ]
    return any(all(match.passage[i] < _FOUND for match in chosen) for i in asked)


def _missing(question: Question, ranked: Sequence[Match]) -> tuple[str, ...]:
    best = [max((m.credits[i] for m in ranked), default=0.0) for i in range(len(question.terms))]
    lacking = [
        term
        for term, credit in zip(question.terms, best, strict=True)
        if credit < _FOUND and not term.optional
    ]
    named = [term for term in lacking if not _fills(term, question)]
    return tuple(term.text for term in sorted(named, key=lambda term: -term.weight)[:_NAMED])


def _fills(term: Term, question: Question) -> bool:
    """Whether a term says nothing about the subject: light words, verb forms, syllables."""
    if term.kind != "word":
        return False
    parts = term.text.split()
    if question.language == "vi" and len(parts) == len(term.forms) == 1:
        return question.folded or not parts[0].isascii()  # a syllable of a word not known
    return all(
        part in LIGHT or is_function_word(part, question.language) or is_verb_form(part)
        for part in parts
    )


def _quote(match: Match, belief: float) -> Quote:
    start, end = span_of(match)
    passage = match.page.passage
    return Quote(
        passage=passage, start=passage.start + start, end=passage.start + end, score=belief
    )


def _without_overlap(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    kept: list[Quote] = []
    for quote in quotes:
        clash = next(
            (
                i
                for i, other in enumerate(kept)
                if other.passage.document_id == quote.passage.document_id
                and quote.start < other.end
                and other.start < quote.end
            ),
            None,
        )
        if clash is None:
            kept.append(quote)
        elif quote.passage.id == kept[clash].passage.id:
            other = kept[clash]
            kept[clash] = other.model_copy(
                update={"start": min(other.start, quote.start), "end": max(other.end, quote.end)}
            )
    return tuple(kept)
