"""``chorei chat``: a conversation with the documents."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces import exits
from chorei.interfaces.console import messages, output
from chorei.interfaces.opening import open_agent
from chorei.interfaces.options import LibraryOption, ModelOption, SetOption

if TYPE_CHECKING:
    from chorei.agent import Agent
    from chorei.interfaces.conversation import Conversation


def chat(
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="ID", help="Go on with this conversation."),
    ] = None,
    add: Annotated[
        list[Path] | None,
        typer.Option("--add", metavar="PATH", help="First add these files or folders."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each answer as JSON; no prompt.")
    ] = False,
    model: ModelOption = None,
    pairs: SetOption = None,
    library: LibraryOption = None,
) -> None:
    """Talk with the documents; /help lists the commands of a chat.

    Without a terminal, each line of standard input is a question.
    """
    with open_agent(library, create=True, model=model, pairs=pairs) as agent:
        _add_first(agent, add or [])
        if sys.stdin.isatty() and sys.stdout.isatty() and not as_json:
            _talk(agent, session)
        elif not _answer_lines(agent, session, as_json):
            raise typer.Exit(exits.ERROR)


def _add_first(agent: "Agent", paths: list[Path]) -> None:
    if not paths:
        return
    from chorei.interfaces.add import add_paths, print_report

    report = add_paths(agent.library, paths, tags=[])
    if report.added or report.replaced:
        print_report(messages(), report)
    elif report.failed:
        # Said in full when they were met first, not at each start.
        files = "1 file" if len(report.failed) == 1 else f"{len(report.failed)} files"
        messages().print(f"{files} could not be read; chorei add PATH tells why.")


def _talk(agent: "Agent", session: str | None) -> None:
    from chorei.interfaces.prompt import ChatPrompt
    from chorei.interfaces.slash import resumed
    from chorei.interfaces.welcome import print_welcome

    conversation = _begin(agent, session)
    print_welcome(conversation.console, agent)
    if conversation.last is not None:
        conversation.console.print(resumed(conversation), style="dim", soft_wrap=False)
    prompt = ChatPrompt(conversation)
    going = True
    while going:
        # Around all of it: a Ctrl-C may come just as a line has been handled.
        try:
            going = conversation.handle(prompt.read())
            conversation.console.print()
        except EOFError:
            going = False
        except KeyboardInterrupt:
            conversation.console.print("Ctrl-D or /quit ends the chat.", style="dim")
    conversation.close()


def _answer_lines(agent: "Agent", session: str | None, as_json: bool) -> bool:
    conversation = _begin(agent, session, as_json)
    for line in sys.stdin:
        if not line.strip():
            continue
        going = conversation.handle(line)
        if not as_json:
            conversation.console.print()
        if not going:
            break
    conversation.close()
    return not conversation.failed


def _begin(agent: "Agent", session: str | None, as_json: bool = False) -> "Conversation":
    from chorei.interfaces.conversation import Conversation

    console = messages() if as_json else output()
    conversation = Conversation(agent, console, session, as_json=as_json)
    if session is not None and any(info.id == session for info in agent.sessions.list()):
        conversation.last = agent.sessions.history(session)[-1]
    return conversation
