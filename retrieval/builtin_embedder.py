"""The built-in embedder: hashed words and character n-grams, numpy only."""

import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import log1p, sqrt

import numpy as np
import numpy.typing as npt

from chorei.core import fold, language_of, words
from chorei.retrieval.embedding import Embedder
from chorei.retrieval.stopwords import FUNCTION_WORDS, is_function_word

VERSION = 1

_BATCH = 128
_CHUNK = 1024
_NONZEROS = 8
_NGRAM = 4
_NGRAM_WEIGHT = 0.35
_ENDINGS = ("ings", "ing", "ies", "ed", "es", "ly", "s")
_FUNCTION = 0.05

_Vector = npt.NDArray[np.float32]


class BuiltinEmbedder(Embedder):
    """Feature hashing into a dense vector.

    Each word, without its diacritics, stands for itself and its character
    4-grams, so that
    inflected and misspelt words stay near. Every feature is a sparse random direction found by
    hashing (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009;
    Li et al., "Very Sparse Random Projections", KDD 2006), so that there is nothing to train,
    ship or download, and vectors are the same on every machine.

    Args:
        dimensions: Length of a vector.
        cached_words: Words whose directions are kept in memory.
    """

    # Hashing into so few dimensions blurs; the vectors find candidates, words rank them.
    weight = 0.1

    def __init__(self, dimensions: int = 384, *, cached_words: int = 16_384) -> None:
        self._dimensions = dimensions
        self._cached_words = cached_words
        self._slots: dict[str, int] = {}
        self._directions: _Vector = np.zeros((1024, dimensions), dtype=np.float32)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Identity with version and dimension."""
        return f"builtin-{VERSION}-{self._dimensions}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector per text."""
        vectors: list[list[float]] = []
        for first in range(0, len(texts), _BATCH):
            weights = [_document_weights(text) for text in texts[first : first + _BATCH]]
            vectors += self._embed(weights).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a query."""
        return self.embed_query_weighted(text, lambda _: 0, 0)

    def embed_query_weighted(
        self, query: str, frequency: Callable[[str], int], total: int
    ) -> list[float]:
        """The unit vector of a query, each word weighted by how rare it is in the library."""
        vector: list[float] = self._embed([_query_weights(query, frequency, total)])[0].tolist()
        return vector

    def _embed(self, texts: Sequence[dict[str, float]]) -> _Vector:
        out = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        with self._lock:
            self._learn({word for weights in texts for word in weights})
            for row, weights in enumerate(texts):
                if weights:
                    slots = [self._slots[word] for word in weights]
                    factors = np.fromiter(weights.values(), dtype=np.float32, count=len(slots))
                    out[row] = factors @ self._directions[slots]
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        # A text without words still needs a unit vector: cosine distance is undefined at zero.
        out[norms[:, 0] == 0, 0] = 1.0
        norms[norms == 0] = 1.0
        out /= norms
        return out

    def _learn(self, needed: Iterable[str]) -> None:
        """Make sure that the direction of every needed word is in the cache."""
        new = [word for word in needed if word not in self._slots]
        if len(self._slots) + len(new) > self._cached_words:
            self._slots.clear()
            new = list(needed)
        if not new:
            return
        start = len(self._slots)
        self._slots.update((word, start + i) for i, word in enumerate(sorted(new)))
        if start + len(new) > len(self._directions):
            grown = np.zeros(
                (max(2 * len(self._directions), start + len(new)), self._dimensions), np.float32
            )
            grown[:start] = self._directions[:start]
            self._directions = grown
        ordered = sorted(new)
        for i in range(0, len(ordered), _CHUNK):
            some = ordered[i : i + _CHUNK]
            place = slice(start + i, start + i + len(some))
            self._directions[place] = _directions(some, self._dimensions)


def _document_weights(text: str) -> dict[str, float]:
    # Square roots instead of counts: a word said ten times is not ten times as telling.
    return {
        word: sqrt(count) * (_FUNCTION if word in FUNCTION_WORDS else 1.0)
        for word, count in Counter(words(text)).items()
    }


def _query_weights(query: str, frequency: Callable[[str], int], total: int) -> dict[str, float]:
    language = language_of(query)
    return {
        word: count
        * (_FUNCTION if is_function_word(word, language) else 1.0)
        * (log1p((total + 0.5) / (frequency(word) + 0.5)) if total else 1.0)
        for word, count in Counter(words(query)).items()
    }


def _directions(tokens: Sequence[str], dimensions: int) -> _Vector:
    """The direction of each word, shape ``(len(tokens), dimensions)``."""
    rows: list[int] = []
    hashes: list[int] = []
    scales: list[float] = []
    for row, token in enumerate(tokens):
        for feature, scale in _features(token):
            rows.append(row)
            hashes.append(zlib.crc32(feature.encode()))
            scales.append(scale)
    out = np.zeros(len(tokens) * dimensions, dtype=np.float64)
    base = np.array(rows, dtype=np.int64) * dimensions
    seed = np.array(hashes, dtype=np.uint64)
    sizes = np.array(scales) / sqrt(_NONZEROS)
    for draw in range(_NONZEROS):
        mixed = _mix(seed + np.uint64((draw + 1) << 32))
        place = base + (mixed % np.uint64(dimensions)).astype(np.int64)
        sign = 1.0 - 2.0 * (mixed >> np.uint64(63)).astype(np.float64)
        out += np.bincount(place, sign * sizes, minlength=len(out))
    return out.reshape(len(tokens), dimensions).astype(np.float32)


def _features(word: str) -> list[tuple[str, float]]:
    plain = fold(word)
    framed = f"^{plain}$"
    ngrams = [framed[i : i + _NGRAM] for i in range(len(framed) - _NGRAM + 1)]
    return [(_stem(plain), 1.0), *((f"#{ngram}", _NGRAM_WEIGHT) for ngram in ngrams)]


def _stem(word: str) -> str:
    """An English word without its commonest endings; Vietnamese words have none."""
    for ending in _ENDINGS:
        if len(word) > len(ending) + 2 and len(word) > 4 and word.endswith(ending):
            word = word[: -len(ending)]
            break
    word = word.removesuffix("e") if len(word) > 4 else word
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea and Flood, OOPSLA 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
