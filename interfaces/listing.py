"""``chorei list``: the documents of the library."""

from typing import TYPE_CHECKING

from chorei.interfaces.console import messages, output, print_fields, print_json, printable
from chorei.interfaces.opening import open_library
from chorei.interfaces.options import FolderOption, JsonOption, LibraryOption, TagOption

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.core import Document

_COLUMNS = ("document", "title", "lang", "date", "passages", "tags")
# Narrower terminals have no room for the titles.
_WIDE = 100


def list_documents(
    folder: FolderOption = None,
    tag: TagOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """List the documents of the library."""
    with open_library(library) as opened:
        documents = opened.documents(folder=folder, tag=tag)
    if as_json:
        print_json([document.model_dump(mode="json") for document in documents])
    elif not documents:
        messages().print("No documents. Add some with: chorei add PATH")
    else:
        print_documents(output(), documents)


def print_documents(console: "Console", documents: "list[Document]") -> None:
    """Prints a table of documents; tab-separated lines where there is no terminal."""
    from rich.table import Table
    from rich.text import Text

    rows = [
        (
            printable(d.name),
            printable(d.title),
            d.language,
            d.date.isoformat() if d.date else "",
            str(d.passages),
            printable(", ".join(d.tags)),
        )
        for d in documents
    ]
    if not console.is_terminal:
        print_fields(console, rows)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    shown = [n for n, name in enumerate(_COLUMNS) if any(row[n] for row in rows)]
    if console.width < _WIDE:
        shown.remove(_COLUMNS.index("title"))
    for n in shown:
        if _COLUMNS[n] in ("document", "title", "tags"):
            table.add_column(_COLUMNS[n], overflow="fold")
        else:
            number = _COLUMNS[n] == "passages"
            table.add_column(_COLUMNS[n], no_wrap=True, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(Text(row[n]) for n in shown))
    console.print(table, soft_wrap=False)
