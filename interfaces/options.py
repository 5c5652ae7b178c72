"""Options that several commands share."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        metavar="DIR",
        help="Folder of the library (else CHOREI_LIBRARY, chorei.toml, .chorei).",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
FolderOption = Annotated[
    str | None,
    typer.Option("--folder", metavar="FOLDER", help="Only documents below this folder."),
]
TagOption = Annotated[
    str | None, typer.Option("--tag", metavar="TAG", help="Only documents with this tag.")
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="Language model, such as tgi:http://host:8080#adapter or smollm2; 'none' for none.",
        show_default=False,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A setting for this command, such as temperature=0.2; may be repeated.",
        show_default=False,
    ),
]
DocumentArgument = Annotated[
    str,
    typer.Argument(
        metavar="DOCUMENT", help="Name, unambiguous ending of the name, id, or path of a document."
    ),
]


def day(value: str) -> dt.date:
    """Parses ``YYYY-MM-DD``.

    Raises:
        typer.BadParameter: It is not such a date.
    """
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"'{value}' is not a date; write it as 2026-01-31.") from None
