"""Words as the pieces that the shipped encoder knows.

WordPiece, as BERT uses it (Wu et al. 2016, https://arxiv.org/abs/1609.08144; Devlin et al. 2019,
https://arxiv.org/abs/1810.04805): lower case, no diacritics, the longest known piece first.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from chorei.core import fold

_TOKEN: Final = re.compile(r"[^\W_]+|[^\w\s]|_")
_LONGEST: Final = 60  # characters of a word; a longer one is unknown as a whole
_REMEMBERED: Final = 50_000  # words


class WordPieces:
    """Splits text into the pieces of a vocabulary.

    Args:
        ids: The number of each piece; pieces that go on inside a word begin with ``##``.
    """

    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = ids
        self._unknown = (ids["[UNK]"],)
        self._known: dict[str, tuple[int, ...]] = {}
        self.start = ids["[CLS]"]
        self.end = ids["[SEP]"]

    def tokens(self, text: str) -> Iterator[tuple[int, ...]]:
        """The pieces of each word or mark of ``text``."""
        for match in _TOKEN.finditer(text):
            yield self.pieces(match.group())

    def pieces(self, word: str) -> tuple[int, ...]:
        """The pieces of one word or mark."""
        found = self._known.get(word)
        if found is None:
            found = self._split(fold(word.lower()))
            if len(self._known) < _REMEMBERED:
                self._known[word] = found
        return found

    def _split(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST:
            return self._unknown
        found: list[int] = []
        at = 0
        while at < len(word):
            mark = "##" if at else ""
            for end in range(len(word), at, -1):
                piece = self._ids.get(mark + word[at:end])
                if piece is not None:
                    found.append(piece)
                    at = end
                    break
            else:
                return self._unknown
        # Nothing is left of a word of marks alone.
        return tuple(found) or self._unknown
