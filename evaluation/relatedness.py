"""Distils vectors of words from a sentence encoder: ``python -m chorei.evaluation.relatedness``.

After Model2Vec (Tulkens and van Dongen, Minish Lab, https://github.com/MinishLab/model2vec):
every word of the encoder's vocabulary is embedded alone, and the vectors are reduced by their
principal components. The result is what :mod:`chorei.agent.reader.relatedness` reads; it needs no
model. It was made from all-MiniLM-L6-v2 (Apache-2.0). The extra ``local`` is needed.
"""

import argparse
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from chorei.agent.reader.relatedness import FILE
from chorei.agent.reader.stemming import stem
from chorei.agent.reader.stopwords import is_function_word
from chorei.agent.reader.terms import key_of
from chorei.core import words as words_of
from chorei.evaluation.cases import SHARED

Matrix = npt.NDArray[np.float64]

_COMMON: Final = 14_000  # of a WordPiece vocabulary, which is ordered by frequency
_LEAST: Final = 2  # documents in which a further word must stand
_WHITENING: Final = 0.5
_WORD: Final = re.compile(r"\b[a-z]{3,20}\b")
_BREAK: Final = re.compile(r"\n\s*\n|(?<=\.) ")
_BATCH: Final = 512


def vocabulary(pieces: Sequence[str], texts: Iterable[str]) -> list[str]:
    """The words to embed, in order of their frequency.

    Args:
        pieces: The encoder's word pieces, the most frequent first; of them the whole words.
        texts: Documents; their words in lower case are added.
    """
    whole = [piece for piece in pieces if _WORD.fullmatch(piece)][:_COMMON]
    for name in ("glossary.txt", "synonyms.txt"):
        whole += _WORD.findall(FILE.with_name(name).read_text("utf-8"))
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(_WORD.findall(text)))
    whole += sorted(word for word, count in seen.items() if count >= _LEAST)
    return [word for word in dict.fromkeys(whole) if not is_function_word(word, "en")]


def reduced(vectors: Matrix, dimensions: int) -> Matrix:
    """The principal components, half whitened, as unit vectors.

    Args:
        vectors: Shape ``(words, d)``.
        dimensions: How many components to keep.
    """
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    spread, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = np.argsort(-spread)[:dimensions]
    turned: Matrix = centred @ (axes[:, kept] / spread[kept] ** (_WHITENING / 2))
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    return turned


def telling(stems: Sequence[str], texts: Iterable[str]) -> Matrix:
    """How telling stems are: about 0 for one in every paragraph, 1 for one in none.

    Args:
        stems: The stems.
        texts: Documents, whose paragraphs are counted.

    Returns:
        Shape ``(len(stems),)``.
    """
    count: Counter[str] = Counter()
    total = 0
    for text in texts:
        for paragraph in _BREAK.split(text):
            total += 1
            count.update({key_of(word) for word in words_of(paragraph)})
    rarity = np.log(1 + total / (np.array([count[stem] for stem in stems]) + 0.5))
    return rarity / math.log(1 + total / 0.5)


def distil(
    words: Sequence[str], vectors: Matrix, texts: Sequence[str], dimensions: int, file: Path
) -> None:
    """Write the vectors of the stems, each the mean of its words, in eight bits.

    Args:
        words: The words, the most frequent first.
        vectors: Shape ``(len(words), d)``.
        texts: Documents that tell how common each is.
        dimensions: How many dimensions to keep.
        file: Where to write; an archive of numpy with ``stems`` (joined by newlines, as UTF-8),
            ``vectors`` (shape ``(stems, dimensions)``) and ``weights`` (shape ``(stems,)``, from
            :func:`telling`).
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for rank, word in enumerate(words):
        members[stem(word)].append(rank)
    stems = sorted(members)
    means = np.stack([vectors[members[s]].mean(axis=0) for s in stems])
    unit = reduced(means, dimensions)
    np.savez(
        file,
        stems=np.frombuffer("\n".join(stems).encode(), np.uint8),
        vectors=np.round(unit / np.abs(unit).max() * 127).astype(np.int8),
        weights=telling(stems, texts).astype(np.float16),
    )


def _texts() -> Iterable[str]:
    for path in sorted((SHARED / "handbooks").rglob("*.md")):
        yield path.read_text("utf-8", errors="ignore")
    file = SHARED / "abstention" / "abstention_en.jsonl"
    lines = file.read_text("utf-8").splitlines()
    yield from dict.fromkeys(json.loads(line)["context"] for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the file anew."""
    from sentence_transformers import SentenceTransformer

    parser = argparse.ArgumentParser(prog="chorei.evaluation.relatedness", description=__doc__)
    parser.add_argument("model", help="folder of a sentence encoder with a WordPiece vocabulary")
    parser.add_argument("--dimensions", type=int, default=96)
    parser.add_argument("--file", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    encoder = SentenceTransformer(options.model, device="cpu")
    pieces = encoder.tokenizer.get_vocab()
    texts = list(_texts())
    words = vocabulary(sorted(pieces, key=pieces.__getitem__), texts)
    vectors = encoder.encode(words, batch_size=_BATCH, convert_to_numpy=True)
    distil(words, vectors.astype(np.float64), texts, options.dimensions, options.file)


if __name__ == "__main__":
    main()
