"""Packs the reader's encoder: ``python -m chorei.evaluation.encoder FOLDER``.

The folder holds all-MiniLM-L6-v2 (Apache-2.0) as sentence-transformers keeps it. Nothing is
trained: its vocabulary is cut down to what English needs, and its matrices are kept in eight bits,
each row of a table and each output of a layer with its own scale. The extra ``local`` is needed.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from chorei.agent.reader.likeness import FILE

Matrix = npt.NDArray[np.float32]

_WORDS: Final = 16_000  # whole words that are kept
_PLACES: Final = 96
_SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_PARTS: Final = {
    "mixed": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
}
_NORMALS: Final = ("attention.output.LayerNorm", "output.LayerNorm")


def vocabulary(pieces: Sequence[str]) -> list[int]:
    """Which pieces of BERT's English vocabulary are kept.

    All that are one character or go on inside a word, and the most frequent whole words; nothing
    that is not ASCII.

    Args:
        pieces: The vocabulary, whole words by frequency.
    """
    kept = []
    whole = 0
    for number, piece in enumerate(pieces):
        part = piece.startswith("##") or len(piece) == 1
        if piece in _SPECIAL or (piece.isascii() and part):
            kept.append(number)
        elif piece.isascii() and not piece.startswith("["):
            whole += 1
            if whole <= _WORDS:
                kept.append(number)
    return kept


def renamed(base: Mapping[str, Matrix], kept: Sequence[int]) -> dict[str, Matrix]:
    """The tensors of a ``BertModel`` as :func:`chorei.agent.reader.encoder.encoded` wants them.

    Args:
        base: The tensors by name.
        kept: The pieces of the vocabulary that are kept.
    """
    place = base["embeddings.position_embeddings.weight"][:_PLACES]
    found = {
        "word": base["embeddings.word_embeddings.weight"][list(kept)],
        "place": place + base["embeddings.token_type_embeddings.weight"][0],
        "normal": _normal(base, "embeddings.LayerNorm"),
    }
    number = 0
    while f"encoder.layer.{number}.{_PARTS['wide']}.weight" in base:
        name = f"encoder.layer.{number}."
        three = [f"{name}attention.self.{part}" for part in ("query", "key", "value")]
        found[f"{number}.qkv"] = np.concatenate([base[f"{part}.weight"] for part in three]).T
        found[f"{number}.qkv.bias"] = np.concatenate([base[f"{part}.bias"] for part in three])
        for own, theirs in _PARTS.items():
            found[f"{number}.{own}"] = base[f"{name}{theirs}.weight"].T
            found[f"{number}.{own}.bias"] = base[f"{name}{theirs}.bias"]
        for i, theirs in enumerate(_NORMALS):
            found[f"{number}.normal.{i}"] = _normal(base, name + theirs)
        number += 1
    return found


def _normal(base: Mapping[str, Matrix], name: str) -> Matrix:
    return np.stack((base[f"{name}.weight"], base[f"{name}.bias"]))


def write(tensors: Mapping[str, Matrix], pieces: Sequence[str], file: Path) -> None:
    """Write an encoder as :mod:`chorei.agent.reader.likeness` reads it.

    Args:
        tensors: From :func:`renamed`.
        pieces: The vocabulary.
        file: Where to write.
    """
    arrays: dict[str, npt.NDArray[Any]] = {
        "pieces": np.frombuffer("\n".join(pieces).encode(), np.uint8)
    }
    for name, tensor in tensors.items():
        if tensor.ndim < 2 or "normal" in name:
            arrays[name] = tensor.astype(np.float32)
            continue
        axis = 1 if name in ("word", "place") else 0
        scale = np.maximum(np.abs(tensor).max(axis=axis, keepdims=True), 1e-8) / 127
        arrays[name] = np.ascontiguousarray(np.round(tensor / scale).astype(np.int8))
        arrays[f"{name}.scale"] = scale.astype(np.float32)
    np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's stub


def main(arguments: Sequence[str] | None = None) -> None:
    """Pack the encoder."""
    from safetensors.numpy import load_file

    parser = argparse.ArgumentParser(prog="chorei.evaluation.encoder", description=__doc__)
    parser.add_argument("model", type=Path, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--file", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    pieces = (options.model / "vocab.txt").read_text("utf-8").splitlines()
    kept = vocabulary(pieces)
    base = load_file(options.model / "model.safetensors")
    write(renamed(base, kept), [pieces[number] for number in kept], options.file)


if __name__ == "__main__":
    main()
