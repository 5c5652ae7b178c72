"""A conversation on a console: questions are answered, lines with a slash are commands."""

from contextlib import closing
from typing import TYPE_CHECKING

from chorei.interfaces.console import print_error, print_json
from chorei.interfaces.deciding import answer_events
from chorei.interfaces.rendering import print_remarks, print_sources
from chorei.interfaces.slash import run_slash
from chorei.interfaces.streaming import Background, finished, show_stream, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from chorei.agent import Agent
    from chorei.core import Answer, Event, Generation


class Conversation:
    """What a chat keeps between two lines of input.

    Args:
        agent: Who answers.
        console: Where answers are written.
        session: Id of a conversation to continue or begin; None begins one.
        as_json: Whether answers go to standard output as one JSON object each.

    Attributes:
        session: Id of the current conversation.
        last: The latest answer, whose sources ``/open`` opens.
        failed: Whether any line so far ended in an error.
        generation: Settings of generation that ``/set`` has changed.
        rated: Whether an answer was rated, so that the chat has said where ratings are kept.
    """

    def __init__(
        self,
        agent: "Agent",
        console: "Console",
        session: str | None = None,
        *,
        as_json: bool = False,
    ) -> None:
        self.agent = agent
        self.console = console
        self.session = session or agent.sessions.new()
        self.last: Answer | None = None
        self.failed = False
        self.rated = False
        self.generation: Generation | None = None
        self._as_json = as_json
        self._background = Background()

    def handle(self, line: str) -> bool:
        """Does what one line of input asks for.

        An error is printed and the conversation goes on; Ctrl-C stops the answer only.

        Returns:
            Whether the conversation goes on.
        """
        from chorei.core import ChoreiError

        text = line.strip()
        try:
            if text.startswith("/"):
                return run_slash(self, text)
            if text:
                self._ask(text)
        except ChoreiError as error:
            self.failed = True
            print_error(error)
        except KeyboardInterrupt:
            self.console.print("Stopped.", style="yellow")
        return True

    def close(self) -> None:
        """Waits a moment for an answer that was stopped to end before the library closes."""
        self._background.join(timeout=2.0)

    def _ask(self, question: str) -> None:
        def begin() -> "Iterator[Event]":
            return answer_events(
                self.agent, question, session=self.session, generation=self.generation
            )

        if self._as_json:
            self.last = finished(begin())
            print_json(self.last.as_json())
            return
        events = self._background.events(begin)
        with waiting("Looking it up…") as done, closing(events):
            self.last = show_stream(self.console, events, begin=done)
        print_sources(self.console, self.last, quotes=False)
        print_remarks(self.console, self.last)
