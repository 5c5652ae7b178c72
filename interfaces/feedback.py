"""``chorei feedback``: what people said about the answers."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces.console import messages, output, print_fields, print_json, printable
from chorei.interfaces.opening import open_agent
from chorei.interfaces.options import JsonOption, LibraryOption
from chorei.interfaces.sessions import SessionArgument, resolve_session, write_export

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from chorei.core import Origin, Rating, Verdict

SessionOption = Annotated[
    str | None, typer.Option("--session", metavar="ID", help="Only this conversation.")
]
RatingOption = Annotated[str | None, typer.Option("--rating", help="Only 'up' or 'down'.")]
OriginOption = Annotated[
    str | None,
    typer.Option(
        "--origin",
        help="Only answers whose words came from there: model, documents, computed, assistant.",
    ),
]
TurnOption = Annotated[
    int | None,
    typer.Option("--turn", metavar="N", help="Which answer, from 1.", show_default=False),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask (nor without a terminal).")
]

feedback = typer.Typer(
    help="Rate answers; list, export or remove the ratings.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@feedback.callback()
def _default(
    ctx: typer.Context, as_json: JsonOption = False, library: LibraryOption = None
) -> None:
    if ctx.invoked_subcommand is None:
        list_ratings(as_json=as_json, library=library)
    elif as_json or library is not None:
        raise typer.BadParameter(f"options go after '{ctx.invoked_subcommand}'.")


@feedback.command("list")
def list_ratings(
    session: SessionOption = None,
    rating: RatingOption = None,
    origin: OriginOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """List the ratings, the oldest first (the default)."""
    verdict, source = _verdict(rating), _origin(origin)
    with open_agent(library) as agent:
        if session is not None:
            session = resolve_session(agent.sessions, session)
        found = agent.feedback.list(session=session, rating=verdict, origin=source)
    if as_json:
        print_json([one.as_json() for one in found])
    elif not found:
        messages().print("No ratings. In a chat, /good and /bad rate the last answer.")
    else:
        print_ratings(output(), found)


@feedback.command("rate")
def rate_answer(
    session: SessionArgument,
    rating: Annotated[str, typer.Argument(metavar="up|down", help="Good or bad.")],
    turn: TurnOption = None,
    correction: Annotated[
        str, typer.Option("--correction", help="What it should have said.", show_default=False)
    ] = "",
    comment: Annotated[
        str, typer.Option("--comment", help="A remark for people.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Rate an answer of a conversation, the latest by default."""
    verdict = _verdict(rating)
    with open_agent(library) as agent:
        found = resolve_session(agent.sessions, session)
        made = agent.rate(found, verdict or "up", turn=turn, correction=correction, comment=comment)
    if as_json:
        print_json(made.as_json())
    else:
        output().print(printable(f"rated {made.rating}: {made.session}, turn {made.turn}"))


@feedback.command("export")
def export_ratings(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Write here, not to the screen."),
    ] = None,
    session: SessionOption = None,
    rating: RatingOption = None,
    origin: OriginOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="As one JSON array, not an object a line.")
    ] = False,
    library: LibraryOption = None,
) -> None:
    """Export the ratings as JSONL, to make records and preferences from."""
    verdict, source = _verdict(rating), _origin(origin)
    with open_agent(library) as agent:
        if session is not None:
            session = resolve_session(agent.sessions, session)
        found = agent.feedback.list(session=session, rating=verdict, origin=source)
    fields = [one.as_json() for one in found]
    parts = [fields] if as_json else fields
    text = "".join(json.dumps(part, ensure_ascii=False) + "\n" for part in parts)
    if file is None:
        sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
    else:
        write_export(file, text)
        messages().print(f"{_count(len(found))} written to {file}")


@feedback.command("remove")
def remove_ratings(
    session: SessionArgument,
    turn: TurnOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Remove the rating of one answer, or of all answers of a conversation; they stay."""
    with open_agent(library) as agent:
        found = resolve_session(agent.sessions, session)
        if turn is None and not yes and not as_json and sys.stdin.isatty():
            typer.confirm(f"Remove all ratings of {found}?", abort=True, err=True)
        count = agent.feedback.remove(found, turn)
    if as_json:
        print_json({"session": found, "removed": count})
    else:
        output().print(f"removed {_count(count)} of {found}")


def print_ratings(console: "Console", found: "Sequence[Rating]") -> None:
    """Prints a table of ratings; tab-separated lines where there is no terminal."""
    from rich.table import Table
    from rich.text import Text

    rows = [
        (
            one.rating,
            one.session,
            str(one.turn),
            one.origin or "",
            printable(one.question),
            printable(one.correction or one.comment),
        )
        for one in found
    ]
    if not console.is_terminal:
        print_fields(console, rows)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("rating", "session", "turn", "words of"):
        table.add_column(name, no_wrap=True)
    for name in ("question", "correction or comment"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(" ".join(cell.split())) for cell in row))
    console.print(table, soft_wrap=False)


def _count(number: int) -> str:
    return "1 rating" if number == 1 else f"{number} ratings"


def _verdict(text: str | None) -> "Verdict | None":
    if text not in (None, "up", "down"):
        raise typer.BadParameter(f"'{text}' is neither up nor down.")
    return "up" if text == "up" else "down" if text == "down" else None


def _origin(text: str | None) -> "Origin | None":
    from typing import cast, get_args

    from chorei.core import Origin

    if text is not None and text not in get_args(Origin):
        raise typer.BadParameter(f"'{text}' is none of {', '.join(get_args(Origin))}.")
    return cast("Origin | None", text)
