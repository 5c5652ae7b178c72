"""The commands of a chat, which begin with a slash."""

import difflib
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chorei.interfaces.add import add_paths, print_report
from chorei.interfaces.console import printable
from chorei.interfaces.rating import rate_last
from chorei.interfaces.rendering import print_hanging, print_route, print_sources
from chorei.interfaces.sessions import print_sessions, resolve_session, write_export
from chorei.interfaces.show import print_place

if TYPE_CHECKING:
    from chorei.core import Answer, Generation
    from chorei.interfaces.conversation import Conversation

_PREVIEW = 1500


@dataclass(frozen=True)
class Slash:
    """A command of a chat.

    Attributes:
        usage: How it is typed, arguments included.
        help: What it does, in a few words.
        run: Does it, given the conversation and what was typed after the name.
    """

    usage: str
    help: str
    run: "Callable[[Conversation, str], None]"


def run_slash(conversation: "Conversation", line: str) -> bool:
    """Runs a command line such as ``/open 2``; an unknown one names the nearest.

    Returns:
        Whether the conversation goes on.
    """
    name, _, argument = line.partition(" ")
    if name in ("/quit", "/exit"):
        return False
    command = COMMANDS.get(name)
    if command is None:
        near = difflib.get_close_matches(name, [*COMMANDS, "/quit"], n=1, cutoff=0.0)
        _say(conversation, f"There is no {name}. Did you mean {near[0]}? /help lists them all.")
    else:
        command.run(conversation, argument.strip())
    return True


def _help(conversation: "Conversation", _: str) -> None:
    from rich.text import Text

    width = max(len(command.usage) for command in COMMANDS.values())
    for command in COMMANDS.values():
        label = f"{command.usage:<{width}}  "
        print_hanging(conversation.console, label, Text(command.help, style="dim"))
    print_hanging(conversation.console, f"{'/quit':<{width}}  ", Text("or Ctrl-D", style="dim"))
    _say(conversation, "Alt-Enter or a backslash at the end of a line begins a new line.")


def _add(conversation: "Conversation", argument: str) -> None:
    if not argument:
        _say(conversation, "Which files or folders?  /add PATH")
        return
    paths = [Path(path).expanduser() for path in _split(argument)]
    print_report(conversation.console, add_paths(conversation.agent.library, paths, tags=[]))


def _split(argument: str) -> list[str]:
    try:
        return shlex.split(argument)
    except ValueError:  # a lone quote, as in the name of a file
        return [argument]


def _sources(conversation: "Conversation", _: str) -> None:
    answer = _last(conversation)
    if answer is not None and answer.citations:
        print_sources(conversation.console, answer, quotes=True)
    elif answer is not None:
        _say(conversation, "The last answer quotes nothing.")


def _open(conversation: "Conversation", argument: str) -> None:
    library = conversation.agent.library
    if not argument:
        _say(conversation, "Which source?  /open 1  or  /open DOCUMENT")
    elif not argument.isdecimal():
        from rich.text import Text

        document = library.document(argument)
        text = library.text(document.id)
        conversation.console.print(Text(printable(document.name), style="cyan"))
        conversation.console.print(Text(printable(text[:_PREVIEW])))
        if len(text) > _PREVIEW:
            _say(conversation, f"… of {len(text):,} characters. All: chorei show --text")
    elif (answer := _last(conversation)) is not None:
        found = [c for c in answer.citations if c.number == int(argument)]
        if not found:
            count = len(answer.citations)
            sources = "1 source" if count == 1 else f"{count} sources"
            _say(conversation, f"The last answer has {sources}, none numbered {argument}.")
            return
        document = library.document(found[0].document_id)
        text = library.text(document.id)
        print_place(conversation.console, document, text, found[0].start, found[0].end)


def _new(conversation: "Conversation", _: str) -> None:
    conversation.session = conversation.agent.sessions.new()
    conversation.last = None
    _say(conversation, f"A new conversation, {conversation.session}.")


def _sessions(conversation: "Conversation", argument: str) -> None:
    sessions = conversation.agent.sessions
    if argument:
        conversation.session = resolve_session(sessions, argument)
        history = sessions.history(conversation.session)
        conversation.last = history[-1] if history else None
        _say(conversation, resumed(conversation))
    elif found := sessions.list():
        print_sessions(conversation.console, found)
        _say(conversation, "/sessions ID goes on with one of them.")
    else:
        _say(conversation, "No conversations yet.")


def resumed(conversation: "Conversation") -> str:
    """One line that says where a conversation was left."""
    asked = f" after: {conversation.last.question}" if conversation.last else ""
    return f"Going on with {conversation.session}{asked}"


def _good(conversation: "Conversation", argument: str) -> None:
    _say(conversation, rate_last(conversation, "up", argument))


def _bad(conversation: "Conversation", argument: str) -> None:
    _say(conversation, rate_last(conversation, "down", argument))


def _route(conversation: "Conversation", _: str) -> None:
    answer = _last(conversation)
    if answer is not None:
        print_route(conversation.console, answer)


def _set(conversation: "Conversation", argument: str) -> None:
    from chorei.core import Generation
    from chorei.interfaces.tuning import changed, listed

    current = conversation.generation or Generation()
    if argument:
        conversation.generation = changed(current, argument)
    _say(conversation, listed((conversation.generation or current).over(_own(conversation))))


def _own(conversation: "Conversation") -> "Generation":
    return conversation.agent.settings.generation


def _export(conversation: "Conversation", argument: str) -> None:
    if _last(conversation) is None:
        return
    file = Path(argument).expanduser() if argument else None
    form = "json" if file is not None and file.suffix == ".json" else "md"
    text = conversation.agent.sessions.export(
        conversation.session, form="json" if form == "json" else "md"
    )
    if file is None:
        from rich.text import Text

        conversation.console.print(Text(printable(text)))
    else:
        write_export(file, text)
        _say(conversation, f"Written to {file}")


def _last(conversation: "Conversation") -> "Answer | None":
    if conversation.last is None:
        _say(conversation, "Nothing has been asked yet.")
    return conversation.last


def _say(conversation: "Conversation", text: str) -> None:
    from rich.text import Text

    print_hanging(conversation.console, "", Text(printable(text), style="dim"))


COMMANDS: dict[str, Slash] = {
    "/help": Slash("/help", "show these commands", _help),
    "/add": Slash("/add PATH", "add files or folders to the library", _add),
    "/sources": Slash("/sources", "quote the sources of the last answer", _sources),
    "/open": Slash("/open N", "open source N where it stands, or a document by name", _open),
    "/good": Slash("/good [REMARK]", "the last answer was good", _good),
    "/bad": Slash("/bad [TEXT]", "it was bad, and what it should have said", _bad),
    "/new": Slash("/new", "begin a new conversation", _new),
    "/sessions": Slash("/sessions [ID]", "list conversations, or go on with one", _sessions),
    "/route": Slash("/route", "how the last answer came about, and why", _route),
    "/set": Slash("/set [KEY=VALUE]", "settings of generation, such as temperature=0.2", _set),
    "/export": Slash("/export [FILE]", "print the conversation, or write it to a file", _export),
}
"""Every command but ``/quit``, by its name."""
