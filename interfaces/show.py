"""``chorei show``: one document, its text, or the place that a citation names."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chorei.interfaces.console import output, print_json, printable
from chorei.interfaces.opening import open_library
from chorei.interfaces.options import DocumentArgument, JsonOption, LibraryOption

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.core import Document, Passage


def show(
    document: DocumentArgument,
    text: Annotated[bool, typer.Option("--text", help="Print its whole text.")] = False,
    passages: Annotated[bool, typer.Option("--passages", help="Print its passages.")] = False,
    start: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Open a citation: its first character.")
    ] = None,
    end: Annotated[
        int | None, typer.Option(metavar="M", min=0, help="…and the one after its last.")
    ] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Show a document, its text, its passages, or a cited place."""
    if (start is None) != (end is None):
        raise typer.BadParameter("--start and --end go together.")
    if (start is not None) + text + passages > 1:
        raise typer.BadParameter("choose one of --text, --passages, and --start with --end.")
    with open_library(library) as opened:
        found = opened.document(document)
        whole = opened.text(found.id) if text or start is not None else ""
        pieces = opened.passages(found.id) if passages else []
    span = None if start is None or end is None else _checked(start, end, len(whole))
    if as_json:
        print_json(_as_json(found, whole, pieces, text, passages, span))
    elif span is not None:
        print_place(output(), found, whole, *span)
    elif text:
        sys.stdout.write(printable(whole) if sys.stdout.isatty() else whole)
        if sys.stdout.isatty() and not whole.endswith("\n"):
            sys.stdout.write("\n")
    elif passages:
        _print_passages(output(), pieces)
    else:
        _print_document(output(), found)


def _checked(start: int, end: int, length: int) -> tuple[int, int]:
    if not start < end <= length:
        raise typer.BadParameter(
            f"{start}–{end} is no stretch of this document, which has {length} characters."
        )
    return start, end


def _as_json(
    document: "Document",
    text: str,
    pieces: "list[Passage]",
    with_text: bool,
    with_passages: bool,
    span: tuple[int, int] | None,
) -> dict[str, Any]:
    shown = document.model_dump(mode="json")
    if with_text:
        shown["text"] = text
    if with_passages:
        # "passages" counts them in every form of the output.
        shown["pieces"] = [piece.model_dump(mode="json") for piece in pieces]
    if span is not None:
        from chorei.interfaces.excerpt import surroundings

        before, quote, after = surroundings(text, *span)
        shown |= {"start": span[0], "end": span[1]}
        shown |= {"before": before, "quote": quote, "after": after}
    return shown


def print_place(console: "Console", document: "Document", text: str, start: int, end: int) -> None:
    """Prints a stretch of a document, set off within what stands around it."""
    from rich.text import Text

    from chorei.interfaces.excerpt import highlighted

    console.print(Text(f"{printable(document.name)} ({start}–{end})", style="cyan"))
    console.print(highlighted(text, start, end))


def _print_document(console: "Console", document: "Document") -> None:
    from rich.text import Text

    from chorei.interfaces.rendering import print_hanging

    fields = {
        "title": document.title,
        "source": document.source,
        "id": document.id,
        "type": document.media,
        "language": document.language,
        "date": document.date.isoformat() if document.date else "",
        "tags": ", ".join(document.tags),
        "size": f"{document.size:,} bytes, {document.characters:,} characters",
        "passages": str(document.passages),
        "added": f"{document.added:%Y-%m-%d %H:%M} UTC",
    }
    console.print(Text(printable(document.name), style="bold"))
    for name, value in fields.items():
        if value:
            print_hanging(console, f"  {name:<9} ", Text(printable(value)))


def _print_passages(console: "Console", pieces: "list[Passage]") -> None:
    from rich.text import Text

    from chorei.interfaces.rendering import place

    for piece in pieces:
        console.print(Text(f"{place(piece)} ({piece.start}–{piece.end})", style="cyan"))
        console.print(Text(printable(piece.text)))
        console.print()
