"""How nearly two English words mean the same: small vectors of words, shipped with the package.

The vectors are distilled from a sentence encoder by ``python -m chorei.evaluation.relatedness``,
where their making is described.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

FILE: Final = Path(__file__).with_name("relatedness.npz")


class WordVectors(NamedTuple):
    """The vectors of stems.

    Attributes:
        rows: Which row of the others belongs to a stem; the last row is for unknown ones.
        vectors: Unit vectors, shape ``(stems + 1, dimensions)``; zero for the unknown.
        telling: How telling a stem is, shape ``(stems + 1, 1)``; little for a common one.
    """

    rows: Mapping[str, int]
    vectors: "Vectors"
    telling: "Vectors"

    def at(self, stems: Iterable[str]) -> list[int]:
        """The rows of stems."""
        unknown = len(self.rows)
        return [self.rows.get(stem, unknown) for stem in stems]

    def weighted(self, rows: Sequence[int]) -> "Vectors":
        """The vectors of rows, the longer the more telling, shape ``(rows, dimensions)``."""
        result: Vectors = self.vectors[rows] * self.telling[rows]
        return result

    def cosines(self, asked: Sequence[str], found: Sequence[str]) -> "Vectors":
        """The cosine of each stem with each, shape ``(asked, found)``; 0 for unknown ones."""
        result: Vectors = self.vectors[self.at(asked)] @ self.vectors[self.at(found)].T
        return result


@cache
def word_vectors() -> WordVectors:
    """The vectors that are shipped, read on first use."""
    import numpy as np

    with np.load(FILE) as archive:
        stems = archive["stems"].tobytes().decode().split("\n")
        whole = archive["vectors"].astype(np.float32)
        weights = archive["weights"]
    whole /= np.sqrt(np.einsum("ij,ij->i", whole, whole))[:, None]
    vectors = np.vstack((whole, np.zeros((1, whole.shape[1]), np.float32)))
    telling = np.append(weights, 0)[:, None].astype(np.float32)
    return WordVectors({stem: row for row, stem in enumerate(stems)}, vectors, telling)


def related(a: str, b: str) -> float:
    """The cosine of two stems: 1 for the same, about 0 for unrelated or unknown ones."""
    return float(word_vectors().cosines((a,), (b,))[0, 0])
