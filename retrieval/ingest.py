"""From files to the catalogue: read, parse, split, embed, commit, batch after batch."""

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from chorei.core import (
    Document,
    DocumentError,
    UnsafePathError,
    UnsupportedTypeError,
)
from chorei.retrieval.catalogue import Catalogue
from chorei.retrieval.catalogue_reading import Reader, Stored
from chorei.retrieval.catalogue_writing import Entry, Writer
from chorei.retrieval.embedding import Embedder
from chorei.retrieval.loading import MEDIA, Limits
from chorei.retrieval.preparation import LOADER, Given, embedded, prepare
from chorei.retrieval.report import AddReport, Outcome, Progress
from chorei.retrieval.sources import TEXT_SCHEME, Finder, Source, media_of, read

_BATCH_PASSAGES = 512
_BATCH_SECONDS = 0.5
# Up to so many vectors are held in memory at a time.
_AHEAD = 4096
# A file changed this shortly before it was read may change again under the same time stamp.
_RACY_NS = 2 * 10**9

Report = Callable[[Progress], None]


class Ingestion:
    """One run of adding files to a catalogue.

    Args:
        catalogue: Where they go.
        embedder: Makes the vectors.
        limits: What parsing may cost.
        tags: Labels for the documents; None keeps those a document has.
        progress: Called for each document once it is stored.
        after_commit: Called after each batch.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder,
        limits: Limits,
        *,
        tags: Iterable[str] | None = None,
        progress: Report | None = None,
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._limits = limits
        self._tags = None if tags is None else tuple(sorted(set(tags)))
        self._progress = progress
        self._after_commit = after_commit
        self._documents: dict[Outcome, list[Document]] = {
            "added": [],
            "replaced": [],
            "removed": [],
        }
        self._unchanged = 0
        self._failed: list[DocumentError] = []
        self._skipped: list[UnsupportedTypeError] = []
        self._batch: list[tuple[Entry, Outcome]] = []
        self._touched: list[tuple[int, int]] = []
        self._names: dict[str, str] = {}
        self._since = 0.0
        self._done = self._total = 0

    def run(self, paths: Sequence[Path], *, sync: bool, excluded: Path) -> AddReport:
        """Add the files at and below paths.

        What is committed stays, whatever happens later; a run that was interrupted is resumed by
        running it again.

        Args:
            paths: Files and folders.
            sync: Remove the documents below the folders whose file vanished.
            excluded: A folder that is not entered.
        """
        finder = Finder(MEDIA, max_bytes=self._limits.max_bytes, excluded=excluded)
        sources: list[Source] = []
        for path in paths:
            folder = path.expanduser().is_dir()
            for found in finder.find(path):
                if isinstance(found, Source):
                    sources.append(found)
                elif folder and isinstance(found, UnsupportedTypeError):
                    self._skipped.append(found)
                else:
                    self._failed.append(found)
        self._total = len(sources) + len(self._failed)
        for error in self._failed:
            self._report(error.document, "failed")
        for source in sources:
            self._add(source)
        self._commit()
        if sync:
            self._remove_vanished(paths)
        return self.report()

    def give(self, given: Given) -> Document:
        """Add one document that is at hand.

        Raises:
            DocumentError: It cannot be read.
        """
        self._total += 1
        with self._catalogue.reading() as view:
            stored = view.stored(given.source)
            digest = hashlib.sha256(given.data).hexdigest()
            present = view.document("source", given.source)
            if stored and present and given.same_as(stored, digest):
                same_date = given.date in (None, present.date)
                if same_date and given.title in (None, present.title):
                    return present
            name = self._name(given, view)
            entry = prepare(given, name, digest, self._limits)
        self._batch.append((entry, "replaced" if stored else "added"))
        self._commit()
        return entry.document

    def report(self) -> AddReport:
        """What became of everything so far."""
        return AddReport(
            added=tuple(self._documents["added"]),
            replaced=tuple(self._documents["replaced"]),
            removed=tuple(self._documents["removed"]),
            unchanged=self._unchanged,
            failed=tuple(self._failed),
            skipped=tuple(self._skipped),
        )

    def _add(self, source: Source) -> None:
        try:
            with self._catalogue.reading() as view:
                stored = view.stored(str(source.path))
                if stored and self._unread(stored, source):
                    self._skip(stored)
                    return
                given = self._given(source, stored)
                digest = hashlib.sha256(given.data).hexdigest()
                if stored and given.same_as(stored, digest):
                    self._touched.append((stored.key, given.modified))
                    self._skip(stored)
                    return
                name = self._name(given, view)
                entry = prepare(given, name, digest, self._limits)
        except DocumentError as error:
            self._failed.append(error)
            self._report(error.document, "failed")
            return
        if not self._batch:
            self._since = time.monotonic()
        self._batch.append((entry, "replaced" if stored else "added"))
        passages = sum(len(entry.spans) for entry, _ in self._batch)
        if passages >= _BATCH_PASSAGES or time.monotonic() - self._since > _BATCH_SECONDS:
            self._commit()

    def _unread(self, stored: Stored, source: Source) -> bool:
        return (
            stored.modified == source.modified
            and stored.size == source.size
            and stored.loader == LOADER
            and (not self._tags or stored.tags == self._tags)
        )

    def _given(self, source: Source, stored: Stored | None) -> Given:
        reliable = time.time_ns() - source.modified > _RACY_NS
        kept = stored.tags if stored else ()
        return Given(
            data=read(source, self._limits.max_bytes),
            media=media_of(source.path.name),
            source=str(source.path),
            names=source.names(),
            title=None,
            tags=self._tags or kept,
            date=dt.datetime.fromtimestamp(source.modified / 1e9, dt.UTC).date(),
            modified=source.modified if reliable else 0,
        )

    def _name(self, given: Given, view: Reader) -> str:
        """The name the document has, or the first candidate that no other one has."""
        present = view.stored(given.source)
        if present is not None:
            return present.name
        for name in (*given.names, given.source):
            holder = view.document("name", name)
            if holder is None and self._names.get(name, given.source) == given.source:
                self._names[name] = given.source
                return name
        raise UnsafePathError(given.source, "has a name that another document has.")

    def _commit(self) -> None:
        if not self._batch and not self._touched:
            return
        entries = [entry for entry, _ in self._batch]
        vectors = embedded(self._embedder, (text for e in entries for text in e.embedded_texts()))
        if sum(len(entry.spans) for entry in entries) <= _AHEAD:
            # Embedded before the transaction is begun, so that it is short.
            vectors = iter(list(vectors))
        with self._catalogue.writing() as writer:
            for key, modified in self._touched:
                writer.touch(key, modified)
            if entries:
                self._adopt(writer)
            for entry in entries:
                writer.put(entry, vectors)
        batch, self._batch, self._touched = self._batch, [], []
        self._names.clear()
        for entry, outcome in batch:
            self._documents[outcome].append(entry.document)
            self._report(entry.document.name, outcome)
        if batch:
            self._after_commit()

    def _adopt(self, writer: Writer) -> None:
        """The first documents decide the embedder of a library."""
        if not writer.meta("embedder"):
            writer.set_meta("embedder", self._embedder.name)
            writer.set_meta("dimensions", self._embedder.dimensions)

    def _skip(self, stored: Stored) -> None:
        self._unchanged += 1
        self._report(stored.name, "unchanged")

    def _report(self, document: str, outcome: Outcome) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(
                Progress(
                    done=self._done,
                    total=max(self._total, self._done),
                    document=document,
                    outcome=outcome,
                )
            )

    def _remove_vanished(self, paths: Sequence[Path]) -> None:
        roots = [path.expanduser().resolve() for path in paths if path.expanduser().is_dir()]
        with self._catalogue.reading() as view:
            vanished = [
                document
                for document in view.documents()
                if not document.source.startswith(TEXT_SCHEME)
                and any(Path(document.source).is_relative_to(root) for root in roots)
                and not Path(document.source).exists()
            ]
        if not vanished:
            return
        with self._catalogue.writing() as writer:
            for document in vanished:
                key = writer.key(document.id)
                if key is not None:
                    writer.delete(key)
        self._documents["removed"] += vanished
        for document in vanished:
            self._report(document.name, "removed")
