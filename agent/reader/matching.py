"""How well a unit of a passage covers what a question asks about."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from chorei.agent.reader.kinds import evident
from chorei.agent.reader.meaning import echoes, senses
from chorei.agent.reader.question import Question
from chorei.agent.reader.relatedness import word_vectors
from chorei.agent.reader.stopwords import is_function_word
from chorei.agent.reader.terms import Term
from chorei.agent.reader.units import Bag, Page, Unit

if TYPE_CHECKING:
    from chorei.agent.reader.relatedness import Vectors

# What it counts that a word stands near the unit instead of in it.
_LEAD: Final = 0.85
_HEADING: Final = 0.85
_FRAME: Final = 0.75
_BESIDE: Final = 0.6
_PASSAGE: Final = 0.4
_WINDOW: Final = 6
_COUNT: Final = 5
# A related word counts from the first cosine on, and at the second as much as it ever does.
_UNRELATED: Final = 0.5
_RELATED: Final = 0.8
_CREDIT: Final = 0.6
_LONGEST: Final = 400  # characters of one quotation
_MEANT: Final = 0.8  # what a term may be called at least so surely lends it its relations


class Likeness(NamedTuple):
    """How nearly a unit means what is asked: cosines of vectors of an encoder.

    Attributes:
        whole: Of the question and of the unit with what frames it.
        words: The mean, over the question's words, of the nearest word.
        least: The least of these.
        said: The mean, over the question's words, of the nearest word of the unit itself.
        asked: The mean, over the unit's words, of the nearest word of the question.
    """

    whole: float
    words: float
    least: float
    said: float
    asked: float


@dataclass(frozen=True, slots=True)
class Match:
    """A unit that may answer.

    Attributes:
        page: The passage it stands in.
        index: Its place among the passage's units.
        credits: For each term of the question, how well the unit covers it with what frames
            it (0 to 1).
        inside: The same for the unit alone.
        heading: The same for the headings above it and the line that introduces it.
        passage: The same for its whole passage with the headings.
        topic: How nearly the title or a heading above is what the question is about (0 to 1).
        evidence: Whether it holds the kind of answer that is wanted.
        counted: Whether a number stands right before what the question counts, or, where a
            definition is wanted, it begins with what is to be defined.
        sense: How nearly it means what is asked: itself, what frames it, both together.
        echo: How near the nearest of its words comes to each word of the question: the mean for
            itself, for it with what frames it (both by weight), and for itself unweighted.
        likeness: How nearly an encoder finds that it means what is asked; None if not asked for.
        judged: How surely it answers, from :mod:`chorei.agent.reader.judge`; None if not asked for.
        score: How good an answer it is, for comparison with others only.
    """

    page: Page
    index: int
    credits: tuple[float, ...]
    inside: tuple[float, ...]
    heading: tuple[float, ...]
    passage: tuple[float, ...]
    topic: float
    evidence: bool
    counted: bool
    sense: tuple[float, float, float]
    echo: tuple[float, float, float] = (0.0, 0.0, 0.0)
    likeness: Likeness | None = None
    judged: float | None = None
    score: float = 0.0

    @property
    def unit(self) -> Unit:
        """The unit itself."""
        return self.page.units[self.index]


def matches(question: Question, page: Page, asked: "Vectors") -> list[Match]:
    """Every unit of a passage that could be quoted, with its coverage.

    Args:
        question: The question.
        page: The passage.
        asked: What the question asks about, from :func:`~chorei.agent.reader.meaning.sense_of`.
    """
    forms = [
        [(form, credit) for form, credit in term.forms.items() if _present(form, page)]
        for term in question.terms
    ]
    for known, more in zip(forms, _related_forms(question.terms, page), strict=True):
        known += more
    heading = _credits(forms, page.heading)
    frame = _credits(forms, page.frame)
    whole = _credits(forms, page.whole)
    inside = [_credits(forms, unit.bag) for unit in page.units]
    around = tuple(map(max, whole, frame))
    senses_of = senses(asked, page)
    echoes_of = echoes(question, page)
    topic = max((_about(question, forms, bag) for bag in page.topics), default=0.0)
    found = []
    for index, unit in enumerate(page.units):
        if unit.kind in ("heading", "noise") or not unit.length:
            continue
        lead = _lead(page, index, inside)
        before = _beside(page, index, inside)
        columns = _credits(forms, page.columns) if unit.kind == "row" else None
        credits = tuple(
            max(
                own,
                _LEAD * (lead[i] if lead else 0.0),
                _HEADING * heading[i],
                _LEAD * (columns[i] if columns else 0.0),
                _FRAME * frame[i],
                _BESIDE * (before[i] if before else 0.0),
                _PASSAGE * whole[i],
            )
            for i, own in enumerate(inside[index])
        )
        above = tuple(max(h, lead[i] if lead else 0.0) for i, h in enumerate(heading))
        text = page.passage.text[unit.start : unit.end]
        found.append(
            Match(
                page=page,
                index=index,
                credits=credits,
                inside=inside[index],
                heading=above,
                passage=around,
                topic=topic,
                evidence=evident(question.kind, text, question.said),
                counted=_counted(question, unit),
                sense=senses_of[index],
                echo=echoes_of[index],
            )
        )
    return found


def span_of(match: Match) -> tuple[int, int]:
    """The unit, with the items that it introduces or the line that it leans on."""
    units = match.page.units
    unit = match.unit
    start, end = unit.start, unit.end
    if unit.opens:
        for following in units[match.index + 1 :]:
            if following.kind == "heading" or following.end - start > _LONGEST:
                break
            end = following.end
    elif unit.lead is not None and units[unit.lead].kind != "heading":
        if end - units[unit.lead].start <= _LONGEST:
            start = units[unit.lead].start
    elif unit.leans and match.index:
        before = units[match.index - 1]
        if before.kind == "prose" and end - before.start <= _LONGEST:
            start = before.start
    return start, end


def _meant(term: Term) -> list[str]:
    """What a term is called in English, as single stems; names and numbers mean nothing else."""
    if term.kind != "word":
        return []
    return [form for form, credit in term.forms.items() if credit >= _MEANT and " " not in form]


def _related_forms(terms: Sequence[Term], page: Page) -> list[list[tuple[str, float]]]:
    """For each term, the words of the page that are related to it, with the credit for each."""
    found = list(page.whole.keys | page.frame.keys | page.columns.keys)
    asked = [_meant(term) for term in terms]
    cosines = word_vectors().cosines([form for forms in asked for form in forms], found)
    credits = (cosines - _UNRELATED) / (_RELATED - _UNRELATED)
    related: list[list[tuple[str, float]]] = []
    at = 0
    for forms in asked:
        best = credits[at : at + len(forms)].max(axis=0, initial=0.0)
        at += len(forms)
        places = best.nonzero()[0].tolist()
        related.append([(found[i], _CREDIT * min(1.0, float(best[i]))) for i in places])
    return related


def _counted(question: Question, unit: Unit) -> bool:
    if question.kind == "definition":
        opening = Bag(unit.bag.joined.split()[:4])
        return any(form in opening for term in question.terms for form in term.forms)
    if question.kind not in ("number", "duration", "money", "percent"):
        return False
    keys = unit.bag.joined.split()
    after = _COUNT if unit.kind == "row" else 0
    for at in _places([form for form in question.focus if form in unit.bag], unit):
        near = keys[max(0, at - _COUNT) : at] + keys[at + 1 : at + 1 + after]
        if any(evident("number", key) for key in near):
            return True
    return False


def _about(question: Question, forms: list[list[tuple[str, float]]], title: Bag) -> float:
    """How much of the question a title covers, times how much of the title the question asks."""
    content = [key for key in title.keys if not is_function_word(key, "en")]
    if not content:
        return 0.0
    named = {part for known in forms for form, _ in known if form in title for part in form.split()}
    precision = sum(key in named for key in content) / len(content)
    covered: float = coverage(question, _credits(forms, title)) ** 0.75
    return precision * covered


def _present(form: str, page: Page) -> bool:
    return form in page.whole or form in page.frame or form in page.columns


def _credits(forms: list[list[tuple[str, float]]], bag: Bag) -> tuple[float, ...]:
    return tuple(
        max((credit for form, credit in known if form in bag), default=0.0) for known in forms
    )


def _lead(page: Page, index: int, inside: list[tuple[float, ...]]) -> tuple[float, ...] | None:
    lead = page.units[index].lead
    if lead is None:
        return None
    above = page.units[lead].lead
    if above is None:
        return inside[lead]
    return tuple(map(max, inside[lead], inside[above]))


def _beside(page: Page, index: int, inside: list[tuple[float, ...]]) -> tuple[float, ...] | None:
    if index and page.units[index].kind == page.units[index - 1].kind == "prose":
        return inside[index - 1]
    return None


def coverage(question: Question, credits: tuple[float, ...]) -> float:
    """The weighted share of the question's terms that is covered (0 to 1)."""
    whole = sum(term.weight for term in question.terms)
    if not whole:
        return 0.0
    return sum(t.weight * c for t, c in zip(question.terms, credits, strict=True)) / whole


def closeness(question: Question, unit: Unit) -> float:
    """The share of neighbouring terms of the question that stand close together in the unit."""
    places = [_places(list(term.forms), unit) for term in question.terms]
    pairs = list(pairwise(places))
    if not pairs:
        return 0.0
    near = sum(1 for a, b in pairs if any(abs(i - j) <= _WINDOW for i in a for j in b))
    return near / len(pairs)


def _places(forms: list[str], unit: Unit) -> list[int]:
    found = []
    for form in forms:
        if form in unit.bag:
            at = unit.bag.joined.find(f" {form} ")
            while at >= 0:
                found.append(unit.bag.joined.count(" ", 0, at))
                at = unit.bag.joined.find(f" {form} ", at + 1)
    return found
