"""``chorei ask``: one question, or a file of them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces import exits
from chorei.interfaces.console import output, print_json
from chorei.interfaces.opening import open_agent
from chorei.interfaces.options import FolderOption, JsonOption, LibraryOption, TagOption
from chorei.interfaces.rendering import print_remarks, print_route, print_sources
from chorei.interfaces.streaming import show_stream, waiting

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
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Answer a question from the documents, with numbered sources."""
    if batch is not None:
        from chorei.interfaces.batch import answer_batch

        if question:
            raise typer.BadParameter("give either a question or --batch, not both.")
        with open_agent(library) as agent:
            code = answer_batch(agent, batch, folder=folder, tag=tag)
        raise typer.Exit(code)
    asked = _question(question or [])
    if as_json:
        with open_agent(library) as agent:
            answer = agent.ask(asked, session=session, folder=folder, tag=tag)
        print_json(answer.as_json())
    else:
        answer = _answered(library, asked, session, folder, tag)
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


def _answered(
    library: Path | None, asked: str, session: str | None, folder: str | None, tag: str | None
) -> "Answer":
    """Streams the answer to standard output."""
    with waiting("Looking it up…") as done, open_agent(library) as agent:
        events = agent.stream(asked, session=session, folder=folder, tag=tag)
        return show_stream(output(), events, begin=done)


def _print_evidence(answer: "Answer", route: bool) -> None:
    console = output()
    print_sources(console, answer, quotes=route)
    print_remarks(console, answer)
    if route:
        console.print()
        print_route(console, answer)
