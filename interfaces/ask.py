"""``chorei ask``: one question, or a file of them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces import exits
from chorei.interfaces.console import output, print_json
from chorei.interfaces.deciding import answer_events
from chorei.interfaces.opening import open_agent
from chorei.interfaces.options import (
    FolderOption,
    JsonOption,
    LibraryOption,
    ModelOption,
    SetOption,
    TagOption,
)
from chorei.interfaces.rendering import print_remarks, print_route, print_sources
from chorei.interfaces.streaming import finished, show_stream, waiting

if TYPE_CHECKING:
    from chorei.core import Answer


def ask(
    question: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUESTION", help="The question; '-' reads standard input."),
    ] = None,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="ID", help="Ask within this conversation."),
    ] = None,
    folder: FolderOption = None,
    tag: TagOption = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            "--batch",
            metavar="FILE",
            help='Answer each line {"id", "question"} of a file (or \'-\'), as JSON lines.',
        ),
    ] = None,
    route: Annotated[
        bool,
        typer.Option("--route", "-v", help="Also show the route, its reason and every quote."),
    ] = False,
    fail_on_decline: Annotated[
        bool, typer.Option("--fail-on-decline", help="Exit with 3 if the question is declined.")
    ] = False,
    model: ModelOption = None,
    pairs: SetOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Answer a question from the documents, with numbered sources."""
    opened = open_agent(library, model=model, pairs=pairs)
    if batch is not None:
        from chorei.interfaces.batch import answer_batch

        if question:
            raise typer.BadParameter("give either a question or --batch, not both.")
        with opened as agent:
            code = answer_batch(agent, batch, folder=folder, tag=tag)
        raise typer.Exit(code)
    asked = _question(question or [])
    with waiting("Looking it up…") as done, opened as agent:
        events = answer_events(agent, asked, session=session, folder=folder, tag=tag)
        answer = finished(events) if as_json else show_stream(output(), events, begin=done)
    if as_json:
        print_json(answer.as_json())
    else:
        _print_evidence(answer, route)
    if answer.declined and fail_on_decline:
        raise typer.Exit(exits.DECLINED)


def _question(words: list[str]) -> str:
    if words and words != ["-"]:
        asked = " ".join(words)
    elif words or not sys.stdin.isatty():
        asked = sys.stdin.read()
    else:
        raise typer.BadParameter("what is the question?  chorei ask 'How many days of leave?'")
    if not asked.strip():
        raise typer.BadParameter("the question is empty.")
    return asked.strip()


def _print_evidence(answer: "Answer", route: bool) -> None:
    console = output()
    print_sources(console, answer, quotes=route)
    print_remarks(console, answer)
    if route:
        console.print()
        print_route(console, answer)
