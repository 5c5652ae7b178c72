"""Checking a library, and making its indexes anew."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from chorei.core import LibraryCorruptError
from chorei.retrieval import checks
from chorei.retrieval.catalogue import Catalogue
from chorei.retrieval.embedding import Embedder, embedded_text
from chorei.retrieval.index import VectorIndex
from chorei.retrieval.preparation import embedded
from chorei.retrieval.report import Progress, Verification


def verify(catalogue: Catalogue, index: VectorIndex) -> Verification:
    """Check everything that can be checked; changes nothing."""
    with catalogue.reading() as view:
        problems = checks.problems(view.connection)
        documents, passages, *_ = view.summary()
        files = view.files()
    try:
        with catalogue.writing() as writer:
            writer.check_lexical()
    except LibraryCorruptError as error:
        problems.append(f"The lexical index is damaged ({error.__cause__}). Run: chorei rebuild")
    problems += index.problems()
    vanished, changed = [], []
    for name, source, digest, size, _ in files:
        path = Path(source)
        if not path.is_file():
            vanished.append(name)
        elif path.stat().st_size != size or _digest(path) != digest:
            changed.append(name)
    return Verification(
        ok=not problems,
        problems=tuple(problems),
        changed=tuple(changed),
        vanished=tuple(vanished),
        documents=documents,
        passages=passages,
        indexed=index.held(),
    )


def rebuild(
    catalogue: Catalogue,
    index: VectorIndex,
    embedder: Embedder,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Make both indexes anew, and the vectors if they are of another embedder."""
    with catalogue.reading() as view:
        present = view.meta("embedder")
    if present and present != embedder.name:
        _embed_again(catalogue, index, embedder, progress)
    else:
        index.discard()
    with catalogue.writing() as writer:
        writer.reindex()
    index.follow()


def size_of(directory: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _embed_again(
    catalogue: Catalogue,
    index: VectorIndex,
    embedder: Embedder,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Collect the new vectors beside the old ones, and exchange them at once at the end."""
    with catalogue.writing() as writer:
        writer.begin_embedding()
        keys = writer.document_keys()
    for done, key in enumerate(keys, 1):
        with catalogue.reading() as view:
            found = list(view.passages_of(key))
        name = found[0][1].document if found else ""
        texts = (embedded_text(p.text, p.heading, p.title, p.columns, p.document) for _, p in found)
        vectors = np.stack(list(embedded(embedder, texts)))
        with catalogue.writing() as writer:
            writer.put_embeddings([passage for passage, _ in found], vectors)
        if progress is not None:
            progress(Progress(done=done, total=len(keys), document=name, outcome="replaced"))
    index.discard(lambda writer: writer.finish_embedding(embedder.name, embedder.dimensions))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
