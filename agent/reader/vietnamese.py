"""Vietnamese questions: their terms, with the English words for them."""

from typing import Final

from chorei.agent.reader.glossary import glossary
from chorei.agent.reader.stemming import stem
from chorei.agent.reader.stopwords import is_function_word
from chorei.agent.reader.synonyms import synonyms
from chorei.agent.reader.terms import (
    NAMED,
    SYNONYM,
    TRANSLATED,
    Rarity,
    Span,
    Term,
    TermKind,
    key_of,
    merged,
    names_in,
)
from chorei.core import fold

_PAIR: Final = 0.5
_SYLLABLE: Final = 0.7
_UNMARKED: Final = 0.95


def vietnamese_terms(text: str, spans: list[Span], rarity: Rarity) -> tuple[list[Term], list[Term]]:
    """The terms of a Vietnamese question, and those of them that are counted.

    Args:
        text: The question.
        spans: Its syllables with their offsets.
        rarity: How telling words are.

    Returns:
        All terms, and those that follow "bao nhiêu" or "mấy" ("bao nhiêu **ngày**").
    """
    syllables = [word for word, _, _ in spans]
    names = names_in(text, spans)
    folded = all(word.isascii() for word in syllables)
    terms: list[Term] = []
    counted: list[Term] = []
    taken: set[int] = set()
    for start, end, english in glossary().terms(syllables):
        if names.intersection(range(start, end)) and end - start == 1:
            continue
        taken.update(range(start, end))
        terms.append(_translated(syllables[start:end], english, rarity, folded=folded))
        if start and syllables[start - 1] in ("nhiêu", "mấy", "nhieu"):
            counted.append(terms[-1])
    for run in _runs(names, len(syllables), taken):
        if len(run) > 1:
            taken.update(run)
            terms.append(_name_run([syllables[i] for i in run], rarity, folded=folded))
    free = [
        i
        for i in range(len(syllables))
        if i not in taken and (i in names or not is_function_word(syllables[i], "vi"))
    ]
    terms += [_syllable(syllables[i], rarity, name=i in names, folded=folded) for i in free]
    for i in free:
        if i + 1 in free and not (i in names and i + 1 in names):
            pair = " ".join(key_of(s, folded=folded) for s in syllables[i : i + 2])
            weight = _PAIR * rarity.weight(min(map(rarity.count, syllables[i : i + 2])))
            terms.append(Term(" ".join(syllables[i : i + 2]), {pair: 1.0}, weight, optional=True))
    return merged(terms), counted


def _runs(names: frozenset[int], size: int, taken: set[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for i in range(size):
        if i in names and i not in taken:
            if runs and runs[-1][-1] == i - 1:
                runs[-1].append(i)
            else:
                runs.append([i])
    return runs


def _translated(
    syllables: list[str], english: tuple[str, ...], rarity: Rarity, *, folded: bool
) -> Term:
    forms = {" ".join(key_of(s, folded=folded) for s in syllables): 1.0}
    for phrase in english:
        stems = [stem(word) for word in phrase.split()]
        forms.setdefault(" ".join(stems), TRANSLATED)
        for other in synonyms(tuple(stems)):
            forms.setdefault(" ".join(other), TRANSLATED * SYNONYM)
    own = min(map(rarity.count, syllables))
    foreign = max(min(map(rarity.count, phrase.split())) for phrase in english)
    count = max(own, foreign)
    light = len(syllables) == 1 or all(is_function_word(s, "vi") for s in syllables)
    weight = rarity.weight(count) * (_SYLLABLE if light else 1.0)
    return Term(" ".join(syllables), forms, weight)


def _name_run(syllables: list[str], rarity: Rarity, *, folded: bool) -> Term:
    keys = [key_of(s, folded=folded) for s in syllables]
    forms = {" ".join(keys): 1.0, " ".join(fold(s) for s in syllables): _UNMARKED}
    count = min(map(rarity.count, syllables))
    weight = NAMED * rarity.weight(count)
    return Term(" ".join(syllables), forms, weight, "name")


def _syllable(word: str, rarity: Rarity, *, name: bool, folded: bool) -> Term:
    forms = {key_of(word, folded=folded): 1.0}
    for other in synonyms((stem(word),)) if word.isascii() and not folded else ():
        forms.setdefault(" ".join(other), SYNONYM)
    count = rarity.count(word)
    kind: TermKind = "number" if word.isdigit() else "name" if name else "word"
    factor = NAMED if name else _SYLLABLE if not word.isascii() or folded else 1.0
    return Term(word, forms, factor * rarity.weight(count), kind)
