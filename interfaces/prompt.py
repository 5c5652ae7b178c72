"""The line editor of a chat: history, completion, several lines, a toolbar."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document as Line
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.styles import Style

from chorei.core import fold
from chorei.interfaces.slash import COMMANDS

if TYPE_CHECKING:
    from chorei.interfaces.conversation import Conversation
    from chorei.retrieval import Library

_STYLE = Style.from_dict({"prompt": "ansicyan bold", "bottom-toolbar": "noreverse ansibrightblack"})
_HISTORY = "chat_history"


class ChatPrompt:
    """Reads lines from a terminal.

    Enter sends; Alt-Enter, or a backslash at the end, begins a new line; Ctrl-C empties the
    line, and raises ``KeyboardInterrupt`` on an empty one; Ctrl-D on an empty line raises
    ``EOFError``.

    Args:
        conversation: What the toolbar and the completion tell about; its library's folder
            keeps the history.
    """

    def __init__(self, conversation: "Conversation") -> None:
        self._conversation = conversation
        self._documents = DocumentNames(conversation.agent.library)
        self._session: PromptSession[str] = PromptSession(
            history=FileHistory(str(conversation.agent.library.directory / _HISTORY)),
            auto_suggest=AutoSuggestFromHistory(),
            completer=SlashCompleter(conversation, self._documents),
            complete_while_typing=True,
            key_bindings=_bindings(),
            multiline=True,
            prompt_continuation=lambda width, *_: " " * width,
            bottom_toolbar=self._toolbar,
            reserve_space_for_menu=4,
            style=_STYLE,
        )

    def read(self) -> str:
        """The next line (or lines) that the user sends."""
        return self._session.prompt(FormattedText([("class:prompt", "› ")]))

    def _toolbar(self) -> str:
        number = len(self._documents.titles())
        count = "1 document" if number == 1 else f"{number} documents"
        return f" {count} · session {self._conversation.session} · /help · Ctrl-D quits"


class DocumentNames:
    """The documents of a library, read again only after they have changed.

    Each key that is pressed asks for them, and a library may hold thousands.

    Args:
        library: The library.
    """

    def __init__(self, library: "Library") -> None:
        self._library = library
        self._revision = -1
        self._titles: dict[str, str] = {}

    def titles(self) -> dict[str, str]:
        """The title of each document by its name."""
        revision = self._library.revision
        if revision != self._revision:
            self._titles = {d.name: d.title for d in self._library.documents()}
            self._revision = revision
        return self._titles


class SlashCompleter(Completer):
    """Completes commands, and what stands after ``/add``, ``/open`` and ``/sessions``.

    Args:
        conversation: Whose last answer and sessions are offered.
        documents: The documents that are offered.
    """

    def __init__(self, conversation: "Conversation", documents: DocumentNames) -> None:
        self._conversation = conversation
        self._documents = documents
        self._paths = PathCompleter(expanduser=True)

    def get_completions(
        self, document: Line, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """The completions of what stands before the cursor."""
        typed = document.text_before_cursor
        if not typed.startswith("/"):
            return
        name, space, argument = typed.partition(" ")
        if not space:
            for command in [*COMMANDS, "/quit"]:
                if command.startswith(name):
                    yield Completion(command, start_position=-len(name))
        elif name == "/add":
            yield from self._paths.get_completions(Line(argument), complete_event)
        else:
            for text, meta in self._arguments(name):
                if fold(argument) in fold(f"{text} {meta}"):
                    yield Completion(text, start_position=-len(argument), display_meta=meta)

    def _arguments(self, name: str) -> Iterable[tuple[str, str]]:
        agent = self._conversation.agent
        if name == "/open":
            last = self._conversation.last
            for citation in last.citations if last else ():
                yield str(citation.number), citation.document
            yield from self._documents.titles().items()
        elif name == "/sessions":
            for info in agent.sessions.list():
                yield info.id, info.title


def _bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif buffer.document.text_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @bindings.add("c-c")
    def _interrupt(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt())

    @bindings.add("c-d")
    def _end(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.delete()
        else:
            event.app.exit(exception=EOFError())

    return bindings
