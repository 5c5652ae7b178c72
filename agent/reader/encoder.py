"""A transformer encoder in plain numpy: no framework is loaded at run time.

The architecture is BERT's (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) with GELU in its
approximation by a sigmoid (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415). Sequences
of different length are laid end to end, so that nothing is computed for padding.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

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
HALFWAY: Final = 3
"""Layers after which what is there is also given."""


class Encoded(NamedTuple):
    """A sequence as vectors, each of shape ``(tokens, dimensions)``.

    Attributes:
        halfway: After :data:`HALFWAY` layers.
        vectors: After all.
    """

    halfway: "Matrix"
    vectors: "Matrix"


def encoded(weights: "Weights", sequences: Sequence[Sequence[int]]) -> list[Encoded]:
    """A vector for each token of each sequence.

    Args:
        weights: The tensors by name: ``word`` with its ``word.scale`` and ``place`` (with what
            is the same for every token) with ``normal``; for layer ``i`` what :func:`layer`
            wants, after ``i.``.
        sequences: The numbers of the tokens.
    """
    import numpy as np

    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    lengths = [len(sequences[i]) for i in order]
    tokens = np.concatenate([np.asarray(sequences[i], np.int64) for i in order])
    places = np.concatenate([np.arange(length) for length in lengths])
    words = weights["word"][tokens] * weights["word.scale"][tokens]
    x = halfway = normal(words + weights["place"][places], weights["normal"])
    for number in range(sum(name.endswith(".qkv") for name in weights)):
        x = layer(weights, f"{number}.", x, lengths)
        if number + 1 == HALFWAY:
            halfway = x
    cuts = np.cumsum(lengths)[:-1]
    parts = map(Encoded, np.split(halfway, cuts), np.split(x, cuts))
    return [part for _, part in sorted(zip(order, parts, strict=True), key=lambda pair: pair[0])]


def layer(
    weights: "Weights", name: str, x: "Matrix", lengths: Sequence[int], *, first: bool = False
) -> "Matrix":
    """One layer.

    Args:
        weights: ``qkv``, ``mixed``, ``wide`` and ``narrow``, each of shape ``(inputs, outputs)``
            with its ``.bias``, and ``normal.0`` and ``normal.1`` of shape ``(2, dimensions)``.
        name: What their names begin with.
        x: All tokens, shape ``(tokens, dimensions)``.
        lengths: How many tokens each sequence has, neighbours as like as possible.
        first: Whether only the first token of each sequence is wanted.
    """
    import numpy as np

    def times(value: "Matrix", matrix: str) -> "Matrix":
        result: Matrix = value @ weights[name + matrix]
        result += weights[f"{name}{matrix}.bias"]
        return result

    mixed = attention(times(x, "qkv"), lengths, first=first)
    if first:
        x = x[np.cumsum(lengths) - lengths]
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


def attention(qkv: "Matrix", lengths: Sequence[int], *, first: bool = False) -> "Matrix":
    """Each token's mixture of the values of its sequence, shape ``(tokens, dimensions)``.

    Args:
        qkv: Queries, keys and values side by side, shape ``(tokens, 3 * dimensions)``.
        lengths: How many tokens each sequence has.
        first: Whether only the first token of each sequence is wanted.
    """
    import numpy as np

    width = qkv.shape[1] // 3
    mixed = []
    at = 0
    for begin in range(0, len(lengths), _TOGETHER):
        some = np.asarray(lengths[begin : begin + _TOGETHER])
        longest = int(some.max())
        present = np.arange(longest) < some[:, None]
        padded = np.zeros((len(some), longest, 3 * width), qkv.dtype)
        end = at + int(some.sum())
        padded[present] = qkv[at:end]
        absent = np.where(present, 0, -1e4).astype(qkv.dtype)
        q, k, v = padded.reshape(len(some), longest, 3, -1, _HEAD).transpose(2, 0, 3, 1, 4)
        if first:
            q, present = q[:, :, :1], present[:, :1]
        odds = q @ k.transpose(0, 1, 3, 2)
        odds *= _HEAD**-0.5
        odds += absent[:, None, None]
        odds -= odds.max(axis=-1, keepdims=True)
        np.exp(odds, out=odds)
        odds /= odds.sum(axis=-1, keepdims=True)
        found = (odds @ v).transpose(0, 2, 1, 3).reshape(*present.shape, width)
        mixed.append(found[present])
        at = end
    return np.concatenate(mixed)


def normal(x: "Matrix", scale: "Matrix") -> "Matrix":
    """Each row with mean 0 and variance 1, then scaled and moved by the rows of ``scale``."""
    import numpy as np

    x = x - x.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", x, x)[:, None] / x.shape[1]
    x /= np.sqrt(variance + _EPSILON)
    x *= scale[0]
    x += scale[1]
    return x
