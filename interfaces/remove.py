"""``chorei remove``: takes documents out of the library; the files stay where they are."""

import sys
from typing import Annotated

import typer

from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.opening import open_library
from chorei.interfaces.options import JsonOption, LibraryOption


def remove(
    documents: Annotated[
        list[str],
        typer.Argument(
            metavar="DOCUMENT", help="Names, unambiguous endings of names, ids, or paths."
        ),
    ],
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask (nor without a terminal).")
    ] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Remove documents from the library; the files themselves stay."""
    from rich.text import Text

    with open_library(library) as opened:
        # Looked up first: a wrong name among them removes none.
        found = {document.id: document for document in map(opened.document, documents)}
        if not yes and sys.stdin.isatty() and not as_json:
            for document in found.values():
                messages().print(Text(f"  {printable(document.name)}"))
            typer.confirm(f"Remove {_count(len(found))} from the library?", abort=True, err=True)
        removed = opened.remove(*found)
    if as_json:
        print_json([document.model_dump(mode="json") for document in removed])
        return
    for document in removed:
        output().print(Text(f"removed {printable(document.name)}"))


def _count(number: int) -> str:
    return "1 document" if number == 1 else f"{number} documents"
