"""Finding one document by what people call it."""

import difflib
from pathlib import Path

from chorei.core import AmbiguousDocumentError, Document, DocumentNotFoundError, nfc
from chorei.retrieval.catalogue_reading import Reader


def find(view: Reader, document: str) -> Document:
    """The document with an id, name, source, unambiguous ending of its name, or file path.

    Raises:
        DocumentNotFoundError: There is none.
        AmbiguousDocumentError: The ending fits several.
    """
    # A name from a shell may hold bytes that are no Unicode; no stored name does.
    wanted = nfc(document.encode(errors="replace").decode())
    for column in ("id", "name", "source"):
        found = view.document(column, wanted)
        if found is not None:
            return found
    endings = view.documents_ending(wanted.strip("/"))
    if len(endings) > 1:
        names = ", ".join(d.name for d in endings[:5])
        raise AmbiguousDocumentError(
            document, "fits several documents.", hint=f"Say which: {names}."
        )
    if endings:
        return endings[0]
    if "\0" not in wanted:
        found = view.document("source", str(Path(wanted).expanduser().resolve()))
        if found is not None:
            return found
    near = difflib.get_close_matches(wanted, [d.name for d in view.documents()], n=1, cutoff=0.4)
    raise DocumentNotFoundError(
        wanted,
        "is not in the library.",
        hint=f"Did you mean {near[0]}?" if near else "See: chorei list",
    )
