"""A library opened: what can be asked of it."""

import datetime as dt
import weakref
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from langchain_core.embeddings import Embeddings

from chorei.core import Document, Hit, LibraryError, Passage, Settings, nfc
from chorei.retrieval.catalogue import Catalogue
from chorei.retrieval.catalogue_schema import lexical_identity
from chorei.retrieval.chosen_embedder import ChosenEmbedder
from chorei.retrieval.filters import Filter
from chorei.retrieval.frequencies import Frequencies
from chorei.retrieval.index import VectorIndex
from chorei.retrieval.lock import WriteLock
from chorei.retrieval.lookup import find
from chorei.retrieval.maintenance import size_of
from chorei.retrieval.report import LibraryStats
from chorei.retrieval.search import hybrid

if TYPE_CHECKING:
    from chorei.retrieval.library import Library
    from chorei.retrieval.retriever import LibraryRetriever


class ReadableLibrary:
    """The half of :class:`~chorei.retrieval.Library` that changes no documents; made by that."""

    def __init__(
        self,
        directory: Path | str,
        *,
        settings: Settings | None = None,
        embedder: str | Embeddings | None = None,
        create: bool = True,
    ) -> None:
        self.directory = Path(directory).expanduser().absolute()
        self.settings = settings or Settings(library=self.directory)
        self._embedder = ChosenEmbedder(
            embedder or self.settings.embedder, threads=self.settings.threads
        )
        if create:
            try:
                self.directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LibraryError(
                    f"The folder {self.directory} cannot be made: {error.strerror}.",
                    hint="Choose another one with --library.",
                ) from error
        self._catalogue = Catalogue(self.directory / "catalogue.sqlite", create=create)
        self._lock = WriteLock(self.directory / "write.lock")
        self._index = VectorIndex(
            self.directory,
            self._catalogue,
            url=self.settings.chroma_url,
            threads=self.settings.threads,
        )
        self._frequencies = Frequencies()
        self._finalizer = weakref.finalize(self, _close, self._index, self._catalogue)
        self._upgrade()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release everything; may be called twice."""
        self._finalizer()

    @property
    def revision(self) -> int:
        """Grows with every change of the documents, in whichever process."""
        with self._catalogue.reading() as view:
            return int(view.meta("revision"))

    @property
    def passage_count(self) -> int:
        """Number of passages; at hand without counting, unlike :meth:`stats`."""
        with self._catalogue.reading() as view:
            return view.count()

    def documents(self, *, folder: str | None = None, tag: str | None = None) -> list[Document]:
        """The documents by name.

        Args:
            folder: Only those whose name lies below this one.
            tag: Only those with this tag.
        """
        with self._catalogue.reading() as view:
            return view.documents(Filter(folder, tag))

    def document(self, document: str) -> Document:
        """One document by id, name, unambiguous ending of its name (``leave.md``), or file path.

        Raises:
            DocumentNotFoundError: There is no such document.
            AmbiguousDocumentError: The ending fits several.
        """
        with self._catalogue.reading() as view:
            return find(view, document)

    def text(self, document: str) -> str:
        """The whole text of a document, as its passages and citations count it."""
        with self._catalogue.reading() as view:
            return view.text(view.key(find(view, document).id) or 0)

    def passages(self, document: str) -> list[Passage]:
        """The passages of a document in order."""
        with self._catalogue.reading() as view:
            key = view.key(find(view, document).id) or 0
            return [passage for _, passage in view.passages_of(key)]

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        folder: str | None = None,
        tag: str | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
    ) -> list[Hit]:
        """The k passages that fit a query best, best first.

        Never waits for a writer. While the vector index is being built or cannot be reached,
        words alone decide in a large library.

        Args:
            query: Anything people type.
            k: Most hits to return.
            folder: Only documents whose name lies below this one.
            tag: Only documents with this tag.
            since: Only documents of this date or later.
            until: Only documents of this date or earlier.

        Raises:
            EmbedderMismatchError: The library was embedded with another embedder.
        """
        with self._catalogue.reading() as view:
            embedder = self._embedder.checked(view)
            where = Filter(folder, tag, since, until)
            return hybrid(
                view,
                self._index,
                embedder,
                nfc(query),
                k,
                where,
                self._frequencies.at(view),
            )

    def frequency(self, word: str) -> int:
        """Number of passages that contain a word as the lexical index sees it."""
        with self._catalogue.reading() as view:
            return self._frequencies.at(view)(word)

    def stats(self) -> LibraryStats:
        """Figures about the library."""
        indexed = self._index.held()
        with self._catalogue.reading() as view:
            documents, passages, characters, languages, media = view.summary()
            return LibraryStats(
                directory=self.directory,
                documents=documents,
                passages=passages,
                characters=characters,
                languages=languages,
                media=media,
                embedder=view.meta("embedder"),
                dimensions=view.meta("dimensions"),
                indexed=indexed,
                bytes=size_of(self.directory),
                revision=view.meta("revision"),
            )

    def as_retriever(self, **kwargs: Any) -> "LibraryRetriever":
        """A LangChain retriever over this library; see ``LibraryRetriever`` for the arguments."""
        from chorei.retrieval.retriever import LibraryRetriever

        return LibraryRetriever(library=cast("Library", self), **kwargs)

    def _upgrade(self) -> None:
        """Make the lexical index anew if an older chorei filled it in another way."""
        with self._catalogue.reading() as view:
            current = view.meta("lexical") == lexical_identity()
        if not current:
            with self._lock.hold(), self._catalogue.writing() as writer:
                writer.reindex()


def _close(index: VectorIndex, catalogue: Catalogue) -> None:
    index.close()
    catalogue.close()
