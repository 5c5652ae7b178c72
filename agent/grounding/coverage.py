"""How much of a statement's words quotations hold, weighted by how telling the words are."""

from collections.abc import Sequence
from typing import Final

from chorei.agent.grounding.evidence import Evidence
from chorei.agent.reader.relatedness import word_vectors
from chorei.agent.reader.terms import Term
from chorei.agent.reader.units import Bag

# As the reader credits related words.
_UNRELATED: Final = 0.5
_RELATED: Final = 0.8
_CREDIT: Final = 0.6
_MEANT: Final = 0.8


def belongs(statement: str, terms: Sequence[Term], there: Bag, here: Sequence[Bag]) -> bool:
    """Whether a statement speaks of what another clause speaks of, not of its number's own."""
    inside = [max(each) for each in zip(*(_literal(terms, bag) for bag in here), strict=True)]
    outside = _literal(terms, there)
    said = statement.lower()
    both = sorted(
        zip(terms, outside, inside, strict=True), key=lambda each: said.find(each[0].text)
    )
    for _, other, own in both[:1]:
        if (other > 0) != (own > 0):
            return other > 0
    gained = sum(t.weight * max(0.0, o - i) for t, o, i in both)
    lost = sum(t.weight * max(0.0, i - o) for t, o, i in both)
    return bool(0 < gained >= lost)


def _literal(terms: Sequence[Term], bag: Bag) -> list[float]:
    return [max((c for form, c in t.forms.items() if form in bag), default=0.0) for t in terms]


def coverage(terms: Sequence[Term], items: Sequence[Evidence]) -> float:
    """Share of the terms that quotations hold together; 1 where there is nothing to cover."""
    bag = items[0].bag
    if len(items) > 1:
        bag = Bag([key for item in items for key in item.bag.joined.split()])
    return covered_by(terms, bag)


def covered_by(terms: Sequence[Term], bag: Bag) -> float:
    """Share of the terms that some text holds; 1 where there is nothing to cover."""
    whole = sum(term.weight for term in terms)
    if not whole:
        return 1.0
    return sum(t.weight * c for t, c in zip(terms, _credits(terms, bag), strict=True)) / whole


def _credits(terms: Sequence[Term], bag: Bag) -> list[float]:
    return [max(a, b) for a, b in zip(_literal(terms, bag), _related(terms, bag), strict=True)]


def _related(terms: Sequence[Term], bag: Bag) -> list[float]:
    """What related words of the quotation are worth; names are related to nothing."""
    found = sorted(bag.keys)
    asked = [
        [f for f, c in t.forms.items() if c >= _MEANT and " " not in f] if t.kind == "word" else []
        for t in terms
    ]
    flat = [form for forms in asked for form in forms]
    if not flat or not found:
        return [0.0] * len(terms)
    best = word_vectors().cosines(flat, found).max(axis=1)
    credits: list[float] = []
    at = 0
    for forms in asked:
        nearest = max((float(v) for v in best[at : at + len(forms)]), default=0.0)
        at += len(forms)
        scaled = (nearest - _UNRELATED) / (_RELATED - _UNRELATED)
        credits.append(_CREDIT * min(1.0, max(0.0, scaled)))
    return credits


def uncovered(terms: Sequence[Term], items: Sequence[Evidence]) -> tuple[str, ...]:
    """The terms that no quotation holds, the most telling first."""
    bag = Bag([key for item in items for key in item.bag.joined.split()])
    lacking = [t for t, c in zip(terms, _credits(terms, bag), strict=True) if c < _CREDIT / 2]
    return tuple(t.text for t in sorted(lacking, key=lambda t: -t.weight))
