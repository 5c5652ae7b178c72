"""``chorei add``: reads files and folders into the library."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chorei.interfaces import exits
from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.opening import open_library
from chorei.interfaces.options import JsonOption, LibraryOption
from chorei.interfaces.rendering import print_hanging

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.core import Document, DocumentError
    from chorei.retrieval import AddReport, Library, Progress


def add(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files and folders; '-' reads standard input."),
    ],
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="Label the documents; may be repeated."),
    ] = None,
    sync: Annotated[
        bool, typer.Option("--sync", help="Also remove documents that vanished from the folders.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help="Name of what '-' brings; its ending tells the type."
        ),
    ] = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Add documents, or update them: unchanged files are skipped.

    Reads .md .txt .html .pdf .docx .csv .xlsx .json .jsonl. Ctrl-C is safe at any
    time, and the same command goes on from there.
    """
    if ("-" in paths) != (name is not None) or ("-" in paths and len(paths) > 1):
        raise typer.BadParameter("'-' stands alone and needs --name, as in: --name note.md -")
    with open_library(library, create=True) as opened:
        if name is not None:
            document = add_piped(opened, sys.stdin.buffer.read(), name, tag or [])
            print_json(document.model_dump(mode="json")) if as_json else _print_piped(document)
            return
        report = add_paths(opened, [Path(path) for path in paths], tags=tag or [], sync=sync)
    if as_json:
        print_json(_as_json(report))
    else:
        print_report(output(), report)
    if report.failed:
        raise typer.Exit(exits.SOME_FAILED)


def add_piped(library: "Library", data: bytes, name: str, tags: list[str]) -> "Document":
    """Adds bytes under a name; a name without an ending holds plain text."""
    if PurePosixPath(name).suffix:
        return library.add_bytes(data, name=name, tags=tags)
    return library.add_text(data.decode("utf-8", errors="replace"), name=name, tags=tags)


def add_paths(
    library: "Library", paths: list[Path], *, tags: list[str], sync: bool = False
) -> "AddReport":
    """Adds files and folders and shows the progress on standard error.

    Raises:
        KeyboardInterrupt: After saying what is stored and how to go on.
    """
    stored = 0

    def count(progress: "Progress") -> None:
        nonlocal stored
        stored += progress.outcome in ("added", "replaced")
        show(progress)

    with show_progress(messages()) as show:
        try:
            return library.add(*paths, tags=tags, sync=sync, progress=count)
        except KeyboardInterrupt:
            # Said below, when the bar is gone.
            kept = "1 document is" if stored == 1 else f"{stored or 'no'} documents are"
    messages().print(f"Interrupted: {kept} safely stored. The same command goes on from here.")
    raise KeyboardInterrupt


@contextmanager
def show_progress(console: "Console") -> "Iterator[Callable[[Progress], None]]":
    """Shows progress: a bar on a terminal, else a line for each document that changed.

    Yields:
        The function to call with each step.
    """
    if not console.is_terminal:
        yield lambda progress: _print_step(console, progress)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    columns = (
        BarColumn(bar_width=16, table_column=Column(min_width=16)),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[rate]}", table_column=Column(no_wrap=True)),
        TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
        TextColumn(
            "{task.fields[document]}",
            style="dim",
            markup=False,
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
    )
    with Bar(*columns, console=console, transient=True, expand=True) as bar:
        task = bar.add_task("", total=None, rate="", document="looking for files…")

        def show(progress: "Progress") -> None:
            speed = bar.tasks[task].speed
            bar.update(
                task,
                completed=progress.done,
                total=progress.total,
                rate=f"{speed:.0f}/s" if speed else "",
                document=printable(PurePosixPath(progress.document).name),
            )

        yield show


def _print_step(console: "Console", progress: "Progress") -> None:
    from rich.text import Text

    if progress.outcome in ("added", "replaced", "removed"):
        console.print(Text(f"{progress.outcome} {printable(progress.document)}"))


def print_report(console: "Console", report: "AddReport") -> None:
    """Prints what an addition did, and each failed file with its reason on standard error."""
    from rich.text import Text

    for error in report.failed:
        line = f"{printable(error.document)}: {printable(error.reason)} {error.hint}"
        print_hanging(messages(), "failed ", Text(line.rstrip(), style="red"))
    counts = {
        "added": len(report.added),
        "replaced": len(report.replaced),
        "unchanged": report.unchanged,
        "removed": len(report.removed),
        "failed": len(report.failed),
    }
    line = ", ".join(f"{name} {count}" for name, count in counts.items())
    if report.skipped:
        kinds = report.skipped_kinds().items()
        shown = ", ".join(f"{count} {printable(kind) or 'without ending'}" for kind, count in kinds)
        line += f"; other types skipped: {shown}"
    console.print(Text(line), soft_wrap=False)


def _print_piped(document: "Document") -> None:
    from rich.text import Text

    output().print(Text(f"stored {printable(document.name)}"))


def _as_json(report: "AddReport") -> dict[str, Any]:
    groups = {"added": report.added, "replaced": report.replaced, "removed": report.removed}
    shown: dict[str, Any] = {
        name: [document.model_dump(mode="json") for document in documents]
        for name, documents in groups.items()
    }
    shown["unchanged"] = report.unchanged
    shown["failed"] = [_error_as_json(error) for error in report.failed]
    shown["skipped"] = [_error_as_json(error) for error in report.skipped]
    return shown


def _error_as_json(error: "DocumentError") -> dict[str, str]:
    return {
        "document": error.document,
        "error": type(error).__name__,
        "reason": error.reason,
        "hint": error.hint,
    }
