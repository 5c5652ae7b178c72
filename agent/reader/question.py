"""A question taken apart: what kind of answer it wants, and which words must be answered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from operator import ne
from typing import Final

from chorei.agent.reader.english import PART, english_terms, focus_of
from chorei.agent.reader.kinds import Kind, kind_of
from chorei.agent.reader.terms import Frequency, Rarity, Term
from chorei.agent.reader.vietnamese import vietnamese_terms
from chorei.core import Language, language_of, nfc, word_spans, words

_BACKGROUND: Final = 0.5


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    Attributes:
        text: The question as asked.
        language: Its language.
        kind: What kind of answer it wants.
        terms: What it asks about, in order.
        focus: The noun that the answer counts or replaces ("how many **days**", "which
            **framework**"), in all its forms.
        folded: Whether it is Vietnamese typed without diacritics, to be compared without them.
        background: The question before it if this one leans on that.
        said: Its words and those of its background, in lower case.
    """

    text: str
    language: Language
    kind: Kind
    terms: tuple[Term, ...]
    focus: frozenset[str]
    folded: bool = False
    background: str = ""
    said: frozenset[str] = frozenset()


def analyse(text: str, frequency: Frequency, total: int, background: str = "") -> Question:
    """Take a question apart.

    Args:
        text: The question, in English or Vietnamese.
        frequency: Number of passages of the library that contain a word.
        total: Number of passages of the library.
        background: The question before it if this one leans on that; what it asked about then
            counts too, but an answer may do without it.
    """
    if background:
        return _leaning(text, analyse(background, frequency, total), frequency, total)
    text = nfc(text)
    language = language_of(text)
    spans = [(_bare(word), start, end) for word, start, end in word_spans(text)]
    rarity = Rarity(frequency, total)
    if language == "vi":
        folded = all(word.isascii() for word, _, _ in spans)
        terms, counted = vietnamese_terms(text, spans, rarity)
    else:
        folded = False
        focus = focus_of(text)
        terms = english_terms(text, spans, rarity, focus)
        counted = [term for term in terms if focus.intersection(term.forms)]
    forms = frozenset(
        form for term in counted for form, credit in term.forms.items() if credit > PART
    )
    said = frozenset(word for word, _, _ in spans)
    kind = kind_of(text, language)
    return Question(text, language, kind, tuple(terms), forms, folded, said=said)


def _leaning(text: str, earlier: Question, frequency: Frequency, total: int) -> Question:
    own = analyse(text, frequency, total)
    named = {next(iter(term.forms)) for term in own.terms}
    replaced = [t for t in earlier.terms if any(_replaces(other, t) for other in own.terms)]
    terms = [
        replace(term, weight=_BACKGROUND * term.weight, optional=True)
        for term in earlier.terms
        if next(iter(term.forms)) not in named and term not in replaced
    ]
    inherits = own.kind in ("fact", "definition", "yesno", "choice")
    return replace(
        own,
        kind=earlier.kind if inherits else own.kind,
        focus=earlier.focus if inherits else own.focus,
        terms=(*own.terms, *terms),
        background=_without(earlier.text, replaced),
        said=own.said | earlier.said,
    )


def _replaces(term: Term, earlier: Term) -> bool:
    """Whether a term stands for another of its kind: full-timers for part-timers."""
    ours, theirs = _phrases(term), _phrases(earlier)
    return not ours & theirs and any(_siblings(*pair) for pair in product(ours, theirs))


def _siblings(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two phrases differ in a single word."""
    return len(one) == len(other) and sum(map(ne, one, other)) == 1


def _phrases(term: Term) -> set[tuple[str, ...]]:
    """What a term is called in several words."""
    phrases = {tuple(form.split()) for form, credit in term.forms.items() if credit > PART}
    return {phrase for phrase in phrases if len(phrase) > 1}


def _without(text: str, terms: Sequence[Term]) -> str:
    """A question without some of its terms; the whole of it if nothing else is left."""
    rest = text
    for term in terms:
        said = r"[\s-]+".join(map(re.escape, term.text.split()))
        rest = re.sub(rf"\b{said}\b\s*", "", rest, flags=re.IGNORECASE)
    return rest if words(rest) else text


def _bare(word: str) -> str:
    """Without the ending of a possessive."""
    return word.removesuffix("'s").removesuffix("’s")
