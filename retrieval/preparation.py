"""One document made ready for the catalogue: parsed, split, its languages told."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from chorei.core import (
    Document,
    EmptyDocumentError,
    Language,
    MalformedDocumentError,
    language_of,
)
from chorei.retrieval.catalogue_reading import Stored
from chorei.retrieval.catalogue_writing import Entry
from chorei.retrieval.embedding import Embedder
from chorei.retrieval.loading import Limits, parse
from chorei.retrieval.splitting import Piece, split

LOADER = "1"
"""Counted up when parsing or splitting changes, so that files are read again."""

_EMBED = 256
# The beginning of a passage tells its language.
_TELLING = 400


class Given(NamedTuple):
    """The bytes of one document and what is said about it.

    Attributes:
        data: The bytes.
        media: Its type.
        source: Where it comes from.
        names: Names it may get; the first that is free is taken.
        title: Its title if it is given one.
        tags: Its tags.
        date: Its date unless it states one itself.
        modified: The file's modification time in ns, 0 if not to be relied on.
    """

    data: bytes
    media: str
    source: str
    names: Iterable[str]
    title: str | None
    tags: Iterable[str]
    date: dt.date | None
    modified: int

    def same_as(self, stored: Stored, digest: str) -> bool:
        """Whether nothing would be stored that is not there already."""
        return (
            stored.sha256 == digest
            and stored.loader == LOADER
            and stored.tags == tuple(sorted(set(self.tags)))
        )


def identity(source: str) -> str:
    """The id of the document from a source."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def prepare(given: Given, name: str, digest: str, limits: Limits) -> Entry:
    """What the catalogue stores for a document.

    Args:
        given: The document.
        name: The name it gets.
        digest: Hash of its bytes.
        limits: What parsing may cost.

    Raises:
        DocumentError: It cannot be read.
    """
    parsed = parse(given.data, media=given.media, name=name, limits=limits)
    spans = split(parsed)
    if not spans:
        raise EmptyDocumentError(name, "holds no text.")
    try:
        (parsed.text + parsed.title).encode()
    except UnicodeEncodeError:
        raise MalformedDocumentError(name, "holds characters that are not Unicode.") from None
    language, languages = _languages(parsed.text, spans)
    document = Document(
        id=identity(given.source),
        name=name,
        source=given.source,
        title=given.title or parsed.title or name,
        media=given.media,
        language=language,
        tags=tuple(sorted(set(given.tags))),
        date=parsed.date or given.date,
        sha256=digest,
        size=len(given.data),
        characters=len(parsed.text),
        passages=len(spans),
        added=dt.datetime.now(dt.UTC),
    )
    return Entry(document, parsed.text, spans, languages, given.modified, LOADER)


def embedded(embedder: Embedder, texts: Iterable[str]) -> Iterator[npt.NDArray[np.float32]]:
    """The vector of each text, made in batches as they are asked for."""
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _EMBED:
            yield from np.asarray(embedder.embed_documents(batch), dtype=np.float32)
            batch.clear()
    if batch:
        yield from np.asarray(embedder.embed_documents(batch), dtype=np.float32)


def _languages(text: str, spans: Sequence[Piece]) -> tuple[Language, list[Language]]:
    """The language of a document, and that of each of its passages."""
    texts = [text[span.start : min(span.end, span.start + _TELLING)] for span in spans]
    languages = [language_of(text) for text in texts]
    weights: Counter[Language] = Counter()
    for text, language in zip(texts, languages, strict=True):
        weights[language] += len(text)
    main = weights.most_common(1)[0][0]
    if main != "en":
        # What no word decides, a list of names for instance, is taken to be like the rest.
        languages = [language_of(text, default=main) for text in texts]
    return main, languages
