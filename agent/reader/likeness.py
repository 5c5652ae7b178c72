"""How nearly a unit means what is asked, word by word and as a whole, by a small shipped encoder.

The encoder is all-MiniLM-L6-v2 (Apache-2.0, https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)
with a smaller English vocabulary, in eight bits; ``python -m chorei.evaluation.encoder`` packs it.
Its token vectors are compared as in ColBERT (Khattab and Zaharia 2020,
https://arxiv.org/abs/2004.12832): each word of the question with the word that is nearest to it.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from chorei.agent.reader.encoder import Encoded, encoded
from chorei.agent.reader.matching import Likeness, Match, span_of
from chorei.agent.reader.question import Question
from chorei.agent.reader.shipped import once, unpacked
from chorei.agent.reader.synonyms import spelled
from chorei.agent.reader.wordpieces import WordPieces
from chorei.core import shown

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]
    Vector = npt.NDArray[np.float32]

FILE: Final = Path(__file__).with_name("encoder.npz")
_QUESTION: Final = 32  # pieces
_FRAME: Final = 14
_TEXT: Final = 52
_HEADINGS: Final = 2
_ABBREVIATION: Final = re.compile(r"\b[A-Z]{2,5}\b|\b[a-z]{2,3}\b")


class Encoder(NamedTuple):
    """The encoder with its vocabulary.

    Attributes:
        weights: As :func:`~chorei.agent.reader.encoder.encoded` wants them.
        words: The vocabulary.
    """

    weights: "dict[str, Matrix]"
    words: WordPieces


class Compared(NamedTuple):
    """A question and a unit as the encoder has read them.

    Attributes:
        likeness: How nearly the unit means what is asked.
        halfway: The vectors of the question and of the unit that a judge goes on with.
        start: At which token of the unit its text begins, after what frames it.
        near: For each token of the question and of the unit, the cosine with the nearest of the
            other; 0 where it is no word of the question.
    """

    likeness: Likeness
    halfway: "tuple[Matrix, Matrix]"
    start: int
    near: "tuple[Vector, Vector]"


@once
def encoder() -> Encoder:
    """The encoder that is shipped."""
    import numpy as np

    with np.load(FILE) as archive:
        pieces = archive["pieces"].tobytes().decode().split("\n")
    weights = unpacked(FILE)
    return Encoder(weights, WordPieces({piece: i for i, piece in enumerate(pieces)}))


def likenesses(question: Question, matches: Sequence[Match]) -> list[Compared]:
    """How nearly each unit means what is asked.

    Args:
        question: An English question.
        matches: Units of English passages.
    """
    if not matches:
        return []
    weights, words = encoder()
    text = f"{question.background} {question.text}" if question.background else question.text
    asked = [words.start, *_pieces(_spelled_out(text, words), words, _QUESTION), words.end]
    units = [_unit(match, words) for match in matches]
    first, *read = encoded(weights, [asked, *(sequence for sequence, _ in units)])
    return [_compared(first, found, start) for found, (_, start) in zip(read, units, strict=True)]


def _spelled_out(text: str, words: WordPieces) -> str:
    """With a synonym in place of each abbreviation that is no word to the encoder."""

    def other(found: re.Match[str]) -> str:
        known = spelled((found[0].lower(),)) if len(words.pieces(found[0])) > 1 else ()
        return known[0] if known else found[0]

    return _ABBREVIATION.sub(other, text)


def _unit(match: Match, words: WordPieces) -> tuple[list[int], int]:
    """The pieces of what frames a unit and of what would be quoted, and where that begins."""
    passage = match.page.passage
    start, end = span_of(match)
    headings = [h for h in passage.heading if h != passage.title][-_HEADINGS:]
    frame = framed([passage.title, *headings], words)
    text = _pieces(shown(passage.text[start:end], passage.columns), words, _TEXT)
    colon = words.pieces(":")
    return [words.start, *frame, *colon, *text, words.end], 1 + len(frame) + len(colon)


def framed(titles: Sequence[str], words: WordPieces) -> list[int]:
    """The innermost of the titles, and of those above it as much as there is room for."""
    *above, innermost = titles
    inner = _pieces(innermost, words, _FRAME)
    if not above:
        return inner
    return _pieces(": ".join((*above, "")), words, _FRAME - len(inner)) + inner


def _pieces(text: str, words: WordPieces, limit: int) -> list[int]:
    found: list[int] = []
    for pieces in words.tokens(text):
        found += pieces
        if len(found) >= limit:
            break
    return found[:limit]


def _compared(asked: Encoded, found: Encoded, start: int) -> Compared:
    """Compare token vectors; the text of the unit begins at token ``start``."""
    import numpy as np

    whole = float(
        _unit_length(asked.vectors.mean(axis=0)) @ _unit_length(found.vectors.mean(axis=0))
    )
    near = _unit_length(asked.vectors[1:-1]) @ _unit_length(found.vectors).T
    if not near.size:
        blank = np.zeros(len(asked.vectors), np.float32), np.zeros(near.shape[1], np.float32)
        likeness = Likeness(whole, 0.0, 0.0, 0.0, 0.0)
        return Compared(likeness, (asked.halfway, found.halfway), start, blank)
    best = near.max(axis=1)
    text = near[:, start:-1]
    said, back = (text.max(axis=1), text.max(axis=0)) if text.size else (best, np.zeros(1))
    likeness = Likeness(
        whole, float(best.mean()), float(best.min()), float(said.mean()), float(back.mean())
    )
    nearest = np.pad(best, 1), near.max(axis=0)
    return Compared(likeness, (asked.halfway, found.halfway), start, nearest)


def _unit_length(vectors: "Matrix") -> "Matrix":
    import numpy as np

    result: Matrix = vectors / np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    return result
