"""Scoring a few candidates by the character n-grams they share with the query.

An index of words misses inflected, misspelt and differently joined words, and compressed
vectors blur them; for a few dozen candidates the n-grams can simply be counted.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from chorei.core import fold

Codes = npt.NDArray[np.uint64]

SIZES = (3, 4, 5)
"""Lengths of the n-grams, in characters; they reach across words."""

_BITS = np.uint64(12)
_BLOCK = 8
_FOLDED = 0x3000
"""From here on characters are not folded."""
_SPACE, _DELETED, _END = ord(" "), 1, 0
# bm25's usual constants (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009).
_K1, _B = 1.2, 0.75


def ngram_scores(query: str, texts: Sequence[str]) -> list[float]:
    """How well each text fits a query, by bm25 over character 3- to 5-grams.

    Case, diacritics and punctuation do not count. The texts at hand are the collection:
    an n-gram that all of them share tells nothing. (McNamee and Mayfield, "Character N-Gram
    Tokenization for European Language Text Retrieval", Information Retrieval 7, 2004.)

    Args:
        query: What is looked for.
        texts: The candidates.

    Returns:
        One score per text, not negative; comparable within one call only.
    """
    if not texts:
        return []
    joined, owner = _joined(texts)
    lengths = np.bincount(owner, minlength=len(texts))
    saturation = (_K1 * (1 - _B + _B * lengths / lengths.mean()))[:, np.newaxis]
    scores = np.zeros(len(texts))
    for asked, present in zip(ngrams(codes(query)), ngrams(joined), strict=True):
        wanted, times = np.unique(asked, return_counts=True)
        if not len(wanted):
            continue
        counts = _counts(present, owner, wanted, len(texts))
        holding = (counts > 0).sum(axis=0)
        rarity = np.log1p((len(texts) - holding + 0.5) / (holding + 0.5))
        scores += (counts * (_K1 + 1) / (counts + saturation)) @ (rarity * times)
    found: list[float] = scores.tolist()
    return found


def codes(text: str) -> Codes:
    """One number below 4096 per character, in lower case without diacritics.

    What is neither letter nor digit becomes a space, runs of spaces one, and the text is framed
    by spaces. NUL stays itself. Letters beyond U+0FFF share numbers, which n-grams tolerate.
    """
    points = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    blocks = points >> _BLOCK
    used = np.flatnonzero(np.bincount(blocks)).tolist()
    table = np.zeros((used[-1] + 1, 1 << _BLOCK), dtype=np.uint64)
    for block in used:
        table[block] = _folded(block)
    numbers = table.ravel()[points]
    numbers = numbers[numbers != _DELETED]
    space = numbers == _SPACE
    space[1:] &= space[:-1]
    space[:1] = False
    kept: Codes = numbers[~space]
    return kept


def ngrams(numbers: Codes) -> Iterator[Codes]:
    """For each of ``SIZES``, every run of so many codes as one number."""
    packed = numbers
    for size in range(2, max(SIZES) + 1):
        packed = (packed[:-1] << _BITS) | numbers[size - 1 :]
        if size in SIZES:
            yield packed


def _joined(texts: Sequence[str]) -> tuple[Codes, npt.NDArray[np.int64]]:
    """The codes of all texts with NUL between them, and which text each code belongs to."""
    numbers = codes(" \0 ".join(text.replace("\0", " ") for text in texts))
    return numbers, np.cumsum(numbers == _END)


def _counts(
    present: Codes, owner: npt.NDArray[np.int64], wanted: Codes, texts: int
) -> npt.NDArray[np.int64]:
    """How often each text holds each wanted n-gram, shape ``(texts, len(wanted))``."""
    # Nearly all n-grams are not wanted: a table of 16-bit hashes rejects them cheaply.
    likely = np.zeros(1 << 16, dtype=np.bool_)
    likely[_hash(wanted)] = True
    places = np.flatnonzero(likely[_hash(present)])
    nearest = np.minimum(np.searchsorted(wanted, present[places]), len(wanted) - 1)
    same = wanted[nearest] == present[places]
    cells = owner[places[same]] * len(wanted) + nearest[same]
    return np.bincount(cells, minlength=texts * len(wanted)).reshape(texts, len(wanted))


def _hash(packed: Codes) -> Codes:
    # Multiplicative hashing: Knuth, "The Art of Computer Programming" 6.4.
    hashed: Codes = (packed * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48)
    return hashed


@cache
def _folded(block: int) -> Codes:
    """The code of each character of a block of Unicode."""
    first = block << _BLOCK
    points = range(first, first + (1 << _BLOCK))
    if first >= _FOLDED:
        return np.array([256 + point % 3840 for point in points], dtype=np.uint64)
    return np.array([_code(chr(point)) for point in points], dtype=np.uint64)


def _code(character: str) -> int:
    if ord(character) == _END:
        return _END
    if unicodedata.combining(character):
        return _DELETED
    plain = fold(character)[:1] or " "
    point = ord(plain)
    if not plain.isalnum():
        return _SPACE
    return point if point < 4096 else 256 + point % 3840
