"""English questions: their terms, with what else these may be called."""

import re
from typing import Final

from chorei.agent.reader.glossary import glossary
from chorei.agent.reader.stemming import stem
from chorei.agent.reader.stopwords import LIGHT, is_function_word
from chorei.agent.reader.synonyms import longest_phrase, synonyms
from chorei.agent.reader.terms import (
    NAMED,
    SYNONYM,
    TRANSLATED,
    Rarity,
    Span,
    Term,
    TermKind,
    is_numbered,
    key_of,
    merged,
    names_in,
    renumbered,
)

PART: Final = 0.45
"""Credit for one word of a phrase."""
_PART_OF_NAME: Final = 0.6
_PART_OF_SIBLINGS: Final = 0.3  # "Burrow" of "Burrow Three": the others are called so too
_LIGHT: Final = 0.45
_FOCUS: Final = 0.6
_FIXED: Final = 3  # words; a known phrase of so many may begin with any word
_FOCUSED: Final = re.compile(
    r"\b(?:which|what|how (?:many|much))\s+(?:(?:kind|type|sort|percentage|share|number) of\s+)?"
    r"(?P<noun>[\w’'-]+)(?:\s+(?P<second>[\w’'-]+))?",
    re.IGNORECASE,
)

_DEGREES: Final = frozenset("long much many often far fast quickly soon early old".split())
_DOERS: Final = frozenset(
    "i you we they who people employees someone somebody to staff they'll i'll".split()
)


def _with_verbs(spans: list[Span]) -> list[Span]:
    """With "leave" as "leaving" where it is what somebody does, not what somebody takes."""
    marked = []
    for i, (word, start, end) in enumerate(spans):
        before = spans[i - 1][0] if i else ""
        verb = word == "leave" and before in _DOERS
        marked.append(("leaving" if verb else word, start, end))
    return marked


def focus_of(text: str) -> frozenset[str]:
    """Stems of the noun that the answer counts or replaces."""
    match = _FOCUSED.search(text)
    if match is None:
        return frozenset()
    nouns = [match["noun"].lower()]
    if nouns[0] in LIGHT and match["second"]:
        nouns.append(match["second"].lower())
    return frozenset(stem(n) for n in nouns if not is_function_word(n, "en"))


def english_terms(
    text: str, spans: list[Span], rarity: Rarity, focus: frozenset[str]
) -> list[Term]:
    """The terms of an English question.

    Args:
        text: The question.
        spans: Its words with their offsets.
        rarity: How telling words are.
        focus: Stems of the noun that the answer counts or replaces, which it need not repeat.
    """
    spans = _with_verbs(spans)
    names = names_in(text, spans)
    terms: list[Term] = []
    at = 0
    while at < len(spans):
        length = _run_length(text, spans, at, names) or _phrase_length(spans, at, names)
        words = [word for word, _, _ in spans[at : at + length]]
        asking = length == 1 and at and spans[at - 1][0] == "how" and words[0] in _DEGREES
        if not asking and (length > 1 or not is_function_word(words[0], "en") or at in names):
            terms.append(_english_term(words, rarity, focus, name=at in names))
        at += length
    return merged(terms)


def _run_length(text: str, spans: list[Span], at: int, names: frozenset[int]) -> int:
    """How many words from here are one name ("San Francisco"); 0 if fewer than two."""
    end = at
    while end in names and (end == at or text[spans[end - 1][2] : spans[end][1]] == " "):
        end += 1
    return end - at if end - at > 1 else 0


def _phrase_length(spans: list[Span], at: int, names: frozenset[int]) -> int:
    """How many words from here are one phrase with synonyms; a run of one is no phrase."""
    for length in range(min(longest_phrase(), len(spans) - at), 1, -1):
        words = [word for word, _, _ in spans[at : at + length]]
        if any(at + i in names for i in range(length)):
            continue
        opening = length < _FIXED and is_function_word(words[0], "en")
        if synonyms(tuple(stem(w) for w in words)) and not opening:
            return length
    return 1


def _english_term(words: list[str], rarity: Rarity, focus: frozenset[str], *, name: bool) -> Term:
    stems = tuple(key_of(word) for word in words)
    forms = {" ".join(stems): 1.0}
    if len(words) == 1 and stems[0].endswith(("'", "’")):
        forms[stems[0][:-1]] = 1.0
    content = [w for w in words if not is_function_word(w, "en")] or words
    part = PART
    if name and is_numbered(words):
        part = _PART_OF_SIBLINGS
        forms.setdefault(renumbered(stems), 1.0)
    elif name:
        part = _PART_OF_NAME
    for word in content if len(words) > 1 else []:
        forms.setdefault(key_of(word), part)
    others = synonyms(stems)
    for other in others:
        forms.setdefault(" ".join(other), SYNONYM)
    if not name:
        for phrase in glossary().vietnamese(stems):
            forms.setdefault(" ".join(stem(s) for s in phrase.split()), TRANSLATED)
    count: float = min(rarity.count(word) for word in content)
    if not count and others:
        count = 0.2 * max(min(map(rarity.count, other)) for other in others)
    kind: TermKind = "number" if words[0].isdigit() else "name" if name else "word"
    factor = NAMED if name else 1.0
    if len(words) == 1 and words[0] in LIGHT:
        factor *= _LIGHT
    if focus.intersection(stems):
        factor *= _FOCUS
    return Term(" ".join(words), forms, factor * rarity.weight(count), kind)
