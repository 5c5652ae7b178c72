"""``chorei sessions``: the conversations kept with the library."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from chorei.interfaces.console import messages, output, print_fields, print_json, printable
from chorei.interfaces.opening import open_agent
from chorei.interfaces.options import JsonOption, LibraryOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from chorei.agent import SessionInfo, Sessions

SessionArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Id of the conversation, or how it begins.")
]

sessions = typer.Typer(
    help="List, show, export or delete conversations.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@sessions.callback()
def _default(
    ctx: typer.Context, as_json: JsonOption = False, library: LibraryOption = None
) -> None:
    if ctx.invoked_subcommand is None:
        list_sessions(as_json=as_json, library=library)
    elif as_json or library is not None:
        raise typer.BadParameter(f"options go after '{ctx.invoked_subcommand}'.")


@sessions.command("list")
def list_sessions(as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """List the conversations, the latest first (the default)."""
    with open_agent(library) as agent:
        found = agent.sessions.list()
    if as_json:
        print_json([info.model_dump(mode="json") for info in found])
    elif not found:
        messages().print("No conversations yet. Start one with: chorei chat")
    else:
        print_sessions(output(), found)


@sessions.command("show")
def show_session(
    session: SessionArgument, as_json: JsonOption = False, library: LibraryOption = None
) -> None:
    """Show the questions and answers of a conversation."""
    _export(library, session, "json" if as_json else "md", None)


@sessions.command("export")
def export_session(
    session: SessionArgument,
    form: Annotated[
        Literal["md", "json"], typer.Option("--format", help="Markdown or a JSON array.")
    ] = "md",
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write here, not to the screen."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Same as --format json.")] = False,
    library: LibraryOption = None,
) -> None:
    """Export a conversation with its citations."""
    _export(library, session, "json" if as_json else form, file)


@sessions.command("delete")
def delete_session(
    session: SessionArgument,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask (nor without a terminal).")
    ] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Delete a conversation for good."""
    with open_agent(library) as agent:
        found = resolve_session(agent.sessions, session)
        if not yes and not as_json and sys.stdin.isatty():
            typer.confirm(f"Delete the conversation {found} for good?", abort=True, err=True)
        agent.sessions.delete(found)
    if as_json:
        print_json({"deleted": found})
    else:
        output().print(f"deleted {found}")


def resolve_session(sessions: "Sessions", begins: str) -> str:
    """The id of the one conversation whose id is ``begins`` or begins with it.

    Raises:
        SessionError: There is none, or several.
    """
    from chorei.core import SessionError

    known = [info.id for info in sessions.list()]
    fitting = [begins] if begins in known else [i for i in known if i.startswith(begins)]
    if len(fitting) > 1:
        raise SessionError(
            f"'{begins}' fits several sessions.", hint=f"They are: {', '.join(fitting)}."
        )
    if not fitting:
        sessions.history(begins)  # refuses in the words of the store
    return fitting[0] if fitting else begins


def write_export(file: Path, text: str) -> None:
    """Writes an exported conversation.

    Raises:
        SessionError: The file cannot be written.
    """
    from chorei.core import SessionError

    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SessionError(f"{file} cannot be written: {error.strerror}.") from None


def print_sessions(console: "Console", found: "Sequence[SessionInfo]") -> None:
    """Prints a table of conversations; tab-separated lines where there is no terminal."""
    from rich.table import Table
    from rich.text import Text

    rows = [
        (info.id, info.updated[:16].replace("T", " "), str(info.turns), printable(info.title))
        for info in found
    ]
    if not console.is_terminal:
        print_fields(console, rows)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("session", "last answer (UTC)", "turns"):
        table.add_column(name, no_wrap=True)
    table.add_column("first question", overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table, soft_wrap=False)


def _export(
    library: Path | None, session: str, form: Literal["md", "json"], file: Path | None
) -> None:
    with open_agent(library) as agent:
        text = agent.sessions.export(resolve_session(agent.sessions, session), form=form)
    if file is not None:
        write_export(file, text)
        messages().print(f"Written to {file}")
    else:
        sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
