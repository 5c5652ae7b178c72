"""Weights that are shipped with the reader: read on first use, and once."""

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]

T = TypeVar("T")


def once(read: Callable[[], T]) -> Callable[[], T]:
    """What a function gives, made on first use; threads that come meanwhile wait for it."""
    turn, kept = Lock(), cache(read)

    @wraps(read)
    def found() -> T:
        with turn:
            return kept()

    return found


def unpacked(file: Path) -> "dict[str, Matrix]":
    """The tensors of a file; those in eight bits times their scale, but for the words' table."""
    import numpy as np

    weights: dict[str, Matrix] = {}
    with np.load(file) as archive:
        names = set(archive.files)
        for name in names - {"pieces"}:
            tensor = archive[name]
            if name == "word" or tensor.dtype != np.int8:
                weights[name] = tensor
            else:
                weights[name] = tensor * archive[f"{name}.scale"]
    return weights
