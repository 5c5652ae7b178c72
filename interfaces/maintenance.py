"""``chorei verify`` and ``chorei rebuild``: is the library sound, and made sound again."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces import exits
from chorei.interfaces.add import show_progress
from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.opening import load_settings, open_library
from chorei.interfaces.options import JsonOption, LibraryOption

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.retrieval import Verification


def verify(as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """Check that catalogue, index and files agree.

    Exits with 1 if the library is damaged; files that changed since are only named.
    """
    with open_library(library) as opened:
        verification = opened.verify()
    if as_json:
        print_json(verification.model_dump(mode="json"))
    else:
        _print_verification(output(), verification)
    if not verification.ok:
        raise typer.Exit(exits.ERROR)


def rebuild(
    embedder: Annotated[
        str | None,
        typer.Option(
            "--embedder",
            metavar="NAME",
            help="Embed anew with 'builtin' or a sentence-transformers model.",
        ),
    ] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Build the indexes anew, and embed anew with --embedder."""
    # Opened with the embedder it is to have: with another one the library refuses to open.
    with open_library(library, embedder=embedder) as opened:
        with show_progress(messages()) as show:
            opened.rebuild(embedder=embedder, progress=show)
        stats = opened.stats()
    if as_json:
        print_json(stats.model_dump(mode="json"))
    else:
        output().print(f"rebuilt: {stats.indexed} passages, embedder {stats.embedder}")
    if embedder is not None and embedder != load_settings(library).embedder:
        messages().print(
            "From now on this library needs the same embedder: put"
            f" embedder = {json.dumps(embedder)} into chorei.toml, or set CHOREI_EMBEDDER."
        )


def _print_verification(console: "Console", found: "Verification") -> None:
    from rich.text import Text

    for problem in found.problems:
        console.print(Text(f"damaged: {printable(problem)}", style="red"))
    for name in found.changed:
        console.print(Text(f"changed since it was added: {printable(name)}", style="yellow"))
    for name in found.vanished:
        console.print(Text(f"file is gone: {printable(name)}", style="yellow"))
    state = "sound" if found.ok else "damaged; make it sound with: chorei rebuild"
    console.print(
        f"{state}: {found.documents} documents, {found.passages} passages, {found.indexed} indexed"
    )
    if found.changed or found.vanished:
        messages().print("Bring it up to date with: chorei add --sync PATH")
