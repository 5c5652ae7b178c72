"""The facade of the room: one company's documents, kept and searched."""

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path

from langchain_core.embeddings import Embeddings

from chorei.core import Document, IndexUnavailableError, UnsupportedTypeError
from chorei.retrieval import maintenance
from chorei.retrieval.ingest import Ingestion
from chorei.retrieval.loading import MEDIA, Limits
from chorei.retrieval.lookup import find
from chorei.retrieval.preparation import Given
from chorei.retrieval.readable_library import ReadableLibrary
from chorei.retrieval.report import AddReport, Progress, Verification
from chorei.retrieval.sources import TEXT_SCHEME, checked_name, media_of

_TEXT_MEDIA = frozenset({"md", "txt", "html", "csv", "json", "jsonl"})


class Library(ReadableLibrary):
    """Documents in a folder of their own, searchable by words and by meaning.

    Thread-safe, and open in any number of processes; one of them writes at a time, while all
    others go on searching. Use it as a context manager, or call :meth:`close`.

    Args:
        directory: The library's folder.
        settings: Settings; the defaults if not given.
        embedder: ``builtin``, the name of a sentence-transformers model, or any LangChain
            ``Embeddings``; by default the one in the settings.
        create: Make the library if there is none.

    Raises:
        LibraryError: There is none and ``create`` is false, or the folder cannot be used.
        LibraryCorruptError: Its catalogue cannot be read.
    """

    def add(
        self,
        *paths: Path | str,
        tags: Iterable[str] = (),
        sync: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> AddReport:
        """Add files and folders; what is there unchanged is skipped, what changed is replaced.

        A document for which ``progress`` was called is stored for good. An interrupted run is
        resumed by running it again.

        Args:
            paths: Files and folders. Hidden files are left out.
            tags: Labels for these documents; without any, documents keep what they have.
            sync: Also remove the documents below these folders whose file vanished.
            progress: Called after each document.

        Returns:
            What was done, with an error for each file that could not be read.

        Raises:
            LibraryLockedError: Another process is writing.
            EmbedderMismatchError: The library was embedded with another embedder.
        """
        with self._lock.hold():
            run = self._ingestion(tags=tuple(tags) or None, progress=progress)
            report = run.run([Path(p) for p in paths], sync=sync, excluded=self.directory.resolve())
            self._follow()
            return report

    def add_text(
        self,
        text: str,
        *,
        name: str,
        title: str | None = None,
        tags: Iterable[str] = (),
        date: dt.date | None = None,
    ) -> Document:
        """Add a text, or replace the one with this name.

        Args:
            text: The text; read as Markdown, CSV and so on if the name ends so, else as plain text.
            name: What it is called and cited by.
            title: Its title, if it does not state one itself.
            tags: Its labels.
            date: Its date.

        Raises:
            UnsafePathError: The name is not a safe relative name.
            DocumentError: The text cannot be read.
            LibraryLockedError: Another process is writing.
        """
        ending = media_of(name)
        media = ending if ending in _TEXT_MEDIA else "txt"
        data = text.encode(errors="surrogatepass")
        return self._give(data, media, name, title, tags, date)

    def add_bytes(
        self,
        data: bytes,
        *,
        name: str,
        tags: Iterable[str] = (),
        date: dt.date | None = None,
    ) -> Document:
        """Add the bytes of a file, or replace those with this name.

        Args:
            data: The bytes.
            name: What it is called; its ending tells the type.
            tags: Its labels.
            date: Its date, if it does not state one itself.

        Raises:
            UnsafePathError: The name is not a safe relative name.
            UnsupportedTypeError: The type is not read.
            DocumentError: The bytes cannot be read.
            LibraryLockedError: Another process is writing.
        """
        media = media_of(name)
        if media not in MEDIA:
            known = ", ".join(f".{ending}" for ending in sorted(MEDIA))
            raise UnsupportedTypeError(
                checked_name(name), "is of a type that is not read.", hint=f"Known types: {known}."
            )
        return self._give(data, media, name, None, tags, date)

    def remove(self, *documents: str) -> list[Document]:
        """Remove documents; all of them or, if one is not found, none.

        Args:
            documents: Each an id, a name, or an unambiguous ending of a name.

        Raises:
            DocumentNotFoundError: There is no such document.
            AmbiguousDocumentError: The ending fits several.
            LibraryLockedError: Another process is writing.
        """
        with self._lock.hold(), self._catalogue.writing() as writer:
            found = {d.id: d for d in (find(writer, document) for document in documents)}
            for identity in found:
                key = writer.key(identity)
                if key is not None:
                    writer.delete(key)
            return list(found.values())

    def verify(self) -> Verification:
        """Check the catalogue, the indexes, and the files the documents came from.

        Raises:
            LibraryLockedError: Another process is writing.
        """
        with self._lock.hold():
            return maintenance.verify(self._catalogue, self._index)

    def rebuild(
        self,
        *,
        embedder: str | Embeddings | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Make the lexical and the vector index anew; embed again if the embedder is another.

        Searches go on meanwhile with what was there; after an interruption the library is as
        before, or the next run or search completes it.

        Args:
            embedder: The embedder to change to; by default the one this library was opened with.
            progress: Called after each document that was embedded again.

        Raises:
            LibraryLockedError: Another process is writing.
            IndexUnavailableError: Chroma does not work, or its server does not answer.
        """
        with self._lock.hold():
            if embedder is not None:
                self._embedder.choose(embedder)
            maintenance.rebuild(self._catalogue, self._index, self._embedder.opened(), progress)

    def _give(
        self,
        data: bytes,
        media: str,
        name: str,
        title: str | None,
        tags: Iterable[str],
        date: dt.date | None,
    ) -> Document:
        name = checked_name(name)
        given = Given(data, media, f"{TEXT_SCHEME}{name}", (name,), title, tuple(tags), date, 0)
        with self._lock.hold():
            document = self._ingestion().give(given)
            self._follow()
            return document

    def _ingestion(
        self,
        *,
        tags: tuple[str, ...] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Ingestion:
        with self._catalogue.reading() as view:
            embedder = self._embedder.checked(view)
        limits = Limits.of(self.settings)
        return Ingestion(
            self._catalogue,
            embedder,
            limits,
            tags=tags,
            progress=progress,
            after_commit=self._follow_large,
        )

    def _follow(self) -> None:
        """Bring the vector index up to date; without it, the documents are stored all the same."""
        try:
            self._index.follow()
        except IndexUnavailableError:
            return

    def _follow_large(self) -> None:
        if self._index.behind():
            self._index.follow_in_background()
