"""What the operations of a library report."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from chorei.core import Document, DocumentError, Frozen, UnsupportedTypeError

Outcome = Literal["added", "replaced", "unchanged", "failed", "removed"]


class Progress(Frozen):
    """One document is dealt with: what is reported here is stored and survives a kill.

    Attributes:
        done: Documents dealt with so far, this one included.
        total: Documents there are to deal with.
        document: Name of this document, or its path if it failed.
        outcome: What became of it.
    """

    done: int
    total: int
    document: str
    outcome: Outcome


class AddReport(Frozen):
    """What became of the files that were added.

    Attributes:
        added: Documents that are new.
        replaced: Documents whose new version took the place of the old one.
        removed: Documents whose file vanished (only with ``sync``).
        unchanged: Number of documents that were already there as they are.
        failed: One error for each file that could not be read; the others are stored.
        skipped: One error for each file in a folder whose type is not read.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    added: tuple[Document, ...] = ()
    replaced: tuple[Document, ...] = ()
    removed: tuple[Document, ...] = ()
    unchanged: int = 0
    failed: tuple[DocumentError, ...] = ()
    skipped: tuple[UnsupportedTypeError, ...] = ()

    def skipped_kinds(self) -> Mapping[str, int]:
        """Endings of the skipped files with their number, most frequent first."""
        counts = Counter(Path(error.document).suffix.lower() for error in self.skipped)
        return dict(counts.most_common())


class Verification(Frozen):
    """The result of checking a library.

    Attributes:
        ok: True if there is no problem.
        problems: What is wrong inside the library, one sentence each.
        changed: Names of documents whose file has other contents now.
        vanished: Names of documents whose file is gone.
        documents: Documents in the catalogue.
        passages: Passages in the catalogue.
        indexed: Passages that the vector index holds.
    """

    ok: bool
    problems: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    documents: int = 0
    passages: int = 0
    indexed: int = 0


class LibraryStats(Frozen):
    """Figures about a library.

    Attributes:
        directory: The library's folder.
        documents: Number of documents.
        passages: Number of passages.
        characters: Length of all texts together.
        languages: Number of documents per language.
        media: Number of documents per type.
        embedder: Identity of the embedder; empty while nothing is stored.
        dimensions: Length of its vectors; 0 while nothing is stored.
        indexed: Passages that the vector index holds; the others are searched without it.
        bytes: Size of the library's files on disk.
        revision: Grows with every change of the documents.
    """

    directory: Path
    documents: int
    passages: int
    characters: int
    languages: Mapping[str, int]
    media: Mapping[str, int]
    embedder: str
    dimensions: int
    indexed: int
    bytes: int
    revision: int
