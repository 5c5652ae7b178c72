"""Company documents: loaded, split, embedded, kept and searched; the facade is ``Library``."""

from chorei.retrieval.embedding import Embedder
from chorei.retrieval.library import Library
from chorei.retrieval.report import AddReport, LibraryStats, Progress, Verification

__all__ = [
    "AddReport",
    "Embedder",
    "Library",
    "LibraryStats",
    "Progress",
    "Verification",
]
