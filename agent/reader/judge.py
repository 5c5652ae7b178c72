"""Whether a unit answers a question, by a small shipped cross-encoder.

It goes on where the encoder of :mod:`chorei.agent.reader.likeness` is halfway. Up to there question
and unit are read apart, so that nothing is read twice; from there on together, as in PreTTR
(MacAvaney et al. 2020, https://arxiv.org/abs/2004.14255). The upper layers were trained for it on
our own questions by ``python -m chorei.evaluation.judging``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chorei.agent.reader.encoder import layer
from chorei.agent.reader.likeness import Compared
from chorei.agent.reader.shipped import once, unpacked

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]

FILE: Final = Path(__file__).with_name("judge.npz")


@once
def judge() -> "dict[str, Matrix]":
    """The judge that is shipped."""
    return unpacked(FILE)


def judgements(readings: Sequence[Compared]) -> list[float]:
    """How surely each unit answers: above 0 where that is likelier than that none does.

    Args:
        readings: A question with units, as the encoder has read them.
    """
    import numpy as np

    if not readings:
        return []
    weights = judge()
    order = sorted(range(len(readings)), key=lambda i: len(readings[i].halfway[1]))
    x = np.concatenate([_joined(weights, readings[i]) for i in order])
    lengths = [sum(map(len, readings[i].halfway)) for i in order]
    layers = sum(name.endswith(".qkv") for name in weights)
    for number in range(layers):
        x = layer(weights, f"{number}.", x, lengths, first=number + 1 == layers)
    found = (x @ weights["head"] + weights["head.bias"])[:, 0].tolist()
    return [worth for _, worth in sorted(zip(order, found, strict=True))]


def _joined(weights: "dict[str, Matrix]", reading: Compared) -> "Matrix":
    """The tokens of both, marked by the part they are of and by how near the nearest word is."""
    import numpy as np

    asked, found = map(len, reading.halfway)
    parts = np.repeat([0, 1, 2], [asked, reading.start, found - reading.start])
    near = np.concatenate(reading.near)[:, None]
    joined: Matrix = np.concatenate(reading.halfway) + weights["part"][parts]
    joined += near * weights["near"][parts]
    return joined
