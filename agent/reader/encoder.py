"""A transformer encoder in plain numpy: no framework is loaded at run time.

The architecture is BERT's (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) with GELU in its
approximation by a sigmoid (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415). Sequences
of different length are laid end to end, so that nothing is computed for padding.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]
    Weights = Mapping[str, Matrix]

_EPSILON: Final = 1e-12
_LINEAR: Final = 1.5957691  # 2 √(2/π)
_CUBIC: Final = 0.0713548
_HEAD: Final = 32  # dimensions of one attention head
_TOGETHER: Final = 8  # sequences whose attention is computed at once


def encoded(weights: "Weights", sequences: Sequence[Sequence[int]]) -> "list[Matrix]":
    """A vector for each token of each sequence.

    Args:
        weights: The tensors by name: ``word`` and ``place`` (with what is the same for every
            token) with ``normal``; for layer ``i`` what :func:`layer` wants, after ``i.``.
        sequences: The numbers of the tokens.

    Returns:
        For each sequence shape ``(tokens, dimensions)``.
    """
    import numpy as np

    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    lengths = [len(sequences[i]) for i in order]
    tokens = np.concatenate([np.asarray(sequences[i], np.int64) for i in order])
    places = np.concatenate([np.arange(length) for length in lengths])
    x = normal(weights["word"][tokens] + weights["place"][places], weights["normal"])
    for number in range(sum(name.endswith(".qkv") for name in weights)):
        x = layer(weights, f"{number}.", x, lengths)
    parts = np.split(x, np.cumsum(lengths)[:-1])
    return [part for _, part in sorted(zip(order, parts, strict=True), key=lambda pair: pair[0])]


def layer(weights: "Weights", name: str, x: "Matrix", lengths: Sequence[int]) -> "Matrix":
    """One layer.

    Args:
        weights: ``qkv``, ``mixed``, ``wide`` and ``narrow``, each of shape ``(inputs, outputs)``
            with its ``.bias``, and ``normal.0`` and ``normal.1`` of shape ``(2, dimensions)``.
        name: What their names begin with.
        x: All tokens, shape ``(tokens, dimensions)``.
        lengths: How many tokens each sequence has, neighbours as like as possible.
    """
    import numpy as np

    def times(value: "Matrix", matrix: str) -> "Matrix":
        result: Matrix = value @ weights[name + matrix]
        result += weights[f"{name}{matrix}.bias"]
        return result

    mixed = attention(times(x, "qkv"), lengths)
    x = normal(x + times(mixed, "mixed"), weights[name + "normal.0"])
    wide = times(x, "wide")
    steep = wide * wide
    steep *= -_CUBIC
    steep -= _LINEAR
    steep *= wide
    np.exp(np.minimum(steep, 80, out=steep), out=steep)
    steep += 1
    wide /= steep
    return normal(x + times(wide, "narrow"), weights[name + "normal.1"])


def attention(qkv: "Matrix", lengths: Sequence[int]) -> "Matrix":
    """Each token's mixture of the values of its sequence, shape ``(tokens, dimensions)``.

    Args:
        qkv: Queries, keys and values side by side, shape ``(tokens, 3 * dimensions)``.
        lengths: How many tokens each sequence has.
    """
    import numpy as np

    width = qkv.shape[1] // 3
    mixed = np.empty((len(qkv), width), qkv.dtype)
    at = 0
    for first in range(0, len(lengths), _TOGETHER):
        some = np.asarray(lengths[first : first + _TOGETHER])
        longest = int(some.max())
        present = np.arange(longest) < some[:, None]
        padded = np.zeros((len(some), longest, 3 * width), qkv.dtype)
        end = at + int(some.sum())
        padded[present] = qkv[at:end]
        q, k, v = padded.reshape(len(some), longest, 3, -1, _HEAD).transpose(2, 0, 3, 1, 4)
        odds = q @ k.transpose(0, 1, 3, 2)
        odds *= _HEAD**-0.5
        odds += np.where(present, 0, -1e4).astype(qkv.dtype)[:, None, None]
        odds -= odds.max(axis=-1, keepdims=True)
        np.exp(odds, out=odds)
        odds /= odds.sum(axis=-1, keepdims=True)
        found = (odds @ v).transpose(0, 2, 1, 3).reshape(len(some), longest, width)
        mixed[at:end] = found[present]
        at = end
    return mixed


def normal(x: "Matrix", scale: "Matrix") -> "Matrix":
    """Each row with mean 0 and variance 1, then scaled and moved by the rows of ``scale``."""
    import numpy as np

    x = x - x.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", x, x)[:, None] / x.shape[1]
    x /= np.sqrt(variance + _EPSILON)
    x *= scale[0]
    x += scale[1]
    return x
