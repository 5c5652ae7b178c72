"""What a question asks about, as terms that are looked for in passages."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final, Literal

from chorei.agent.reader.stemming import stem
from chorei.core import fold

TermKind = Literal["word", "name", "number"]
Frequency = Callable[[str], int]
Span = tuple[str, int, int]

SYNONYM: Final = 0.8
"""Credit for a synonym."""
TRANSLATED: Final = 0.85
"""Credit for a translation."""
NAMED: Final = 1.25
"""How much more a name weighs than another word."""

_MIXED: Final = re.compile(r"^\w*\d\w*$|^\d")
_NUMBER: Final = re.compile(r"one|two|three|four|five|six|seven|eight|nine|ten|[ivx]+|[a-z]")
_ROMAN: Final = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_WRITTEN: Final = _ROMAN | {digit: roman for roman, digit in _ROMAN.items()}
_I: Final = re.compile(r"I(?:['’]\w+)?")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing the question asks about.

    Attributes:
        text: The words as asked.
        forms: What counts as naming it, as stems separated by spaces, with the credit for each
            (1 for the word itself, less for a synonym or a translation).
        weight: How much it matters that an answer covers it; rare words matter most.
        kind: A word, a name (of a person, product, place, …) or a number.
        optional: Whether an answer may do without it; it only speaks for one that holds it.
    """

    text: str
    forms: dict[str, float]
    weight: float
    kind: TermKind = "word"
    optional: bool = False


def key_of(word: str, *, folded: bool = False) -> str:
    """The form under which a word of a document or question is compared.

    Args:
        word: The word in lower case.
        folded: Without diacritics.
    """
    if word.isascii():
        return stem(word) if word.isalpha() else _number_key(word)
    return stem(fold(word)) if folded else stem(word)


def _number_key(word: str) -> str:
    return stem(word) if "'" in word else word.replace(",", "")


class Rarity:
    """How telling words are in this library: about 0 for one in every passage, 1 for a rare one.

    Args:
        frequency: Number of passages of the library that contain a word.
        total: Number of passages of the library.
    """

    def __init__(self, frequency: Frequency, total: int) -> None:
        self._frequency = frequency
        self._total = max(total, 1)
        self._highest = log(1 + self._total / 0.5)

    def count(self, word: str) -> int:
        """Number of passages that contain a word."""
        return self._frequency(word)

    def weight(self, count: float) -> float:
        """How telling a word is that so many passages contain."""
        return log(1 + self._total / (count + 0.5)) / self._highest


def names_in(text: str, spans: list[Span]) -> frozenset[int]:
    """Indices of words written as names: capitals inside the question, or letters with digits."""
    written = [text[start:end] for _, start, end in spans]
    capital = [w[:1].isupper() for w in written]
    if len(written) > 3 and sum(capital[1:]) > 0.7 * len(written):
        capital = [False] * len(written)  # a Title Or SHOUTED question tells nothing
    found = set()
    for i, word in enumerate(written):
        first = i == 0 or text[: spans[i][1]].rstrip()[-1:] in ".?!:"
        mixed = bool(_MIXED.match(word)) and not word.isdigit()
        inner = word[1:].lower() != word[1:]
        if (mixed or inner or (capital[i] and not first)) and not _I.fullmatch(word):
            found.add(i)
    return frozenset(found)


def is_numbered(words: Sequence[str]) -> bool:
    """Whether a name tells by a number or letter which of several it means: "Burrow Three".

    Args:
        words: The words of the name in lower case.
    """
    return any(_NUMBER.fullmatch(word) for word in words[1:])


def renumbered(stems: Sequence[str]) -> str:
    """A name in stems with its number written the other way: "otter 3" for "otter iii"."""
    return " ".join((stems[0], *(_WRITTEN.get(stem, stem) for stem in stems[1:])))


def merged(terms: Iterable[Term]) -> list[Term]:
    """Without repeated words."""
    seen: dict[str, Term] = {}
    for term in terms:
        seen.setdefault(next(iter(term.forms)), term)
    return list(seen.values())
