"""Shows an answer while it is being made, and lets Ctrl-C stop it."""

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chorei.interfaces.console import messages
from chorei.interfaces.writer import AnswerWriter

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.core import Answer, Event

_POLL = 0.1


@contextmanager
def waiting(message: str) -> Iterator[Callable[[], None]]:
    """Shows a spinner on standard error if that is a terminal.

    Yields:
        A function that takes the spinner away; leaving the block does so too.
    """
    console = messages()
    if not console.is_terminal:
        yield lambda: None
        return
    with console.status(message) as status:
        yield status.stop


def show_stream(
    console: "Console", events: "Iterable[Event]", *, begin: Callable[[], None] = lambda: None
) -> "Answer":
    """Writes the text of an answer as its events arrive.

    Args:
        console: Where to write.
        events: What the agent streams.
        begin: Called before the first character is written.

    Returns:
        The complete answer.
    """
    from chorei.core import Finished, TextDelta

    writer = AnswerWriter(console)
    answer: Answer | None = None
    try:
        for event in events:
            if isinstance(event, TextDelta):
                begin()
                writer.write(event.text)
            elif isinstance(event, Finished):
                answer = event.answer
    finally:
        begin()
        writer.finish()
    if answer is None:
        raise RuntimeError("The agent's stream ended without a Finished event.")
    return answer


def finished(events: "Iterable[Event]") -> "Answer":
    """The answer at the end of the events."""
    from chorei.core import Finished

    answer = [event.answer for event in events if isinstance(event, Finished)]
    return answer[-1]


class Background:
    """Runs the agent in a thread of its own, so that Ctrl-C stops the waiting and nothing else.

    An interrupt that struck inside the agent could leave a transaction of the session's
    store half done. Here it strikes the queue; the thread is told to stop and closes the
    stream at the next event.
    """

    def __init__(self) -> None:
        self._worker: threading.Thread | None = None

    def events(self, make: "Callable[[], Iterator[Event]]") -> "Generator[Event, None, None]":
        """The events of ``make()``, which is iterated in the background.

        Raises:
            BaseException: Whatever the stream raised.
        """
        self.join()
        arrived: queue.Queue[Event | BaseException | None] = queue.Queue()
        stopped = threading.Event()
        worker = threading.Thread(target=_feed, args=(make, arrived, stopped), daemon=True)
        self._worker = worker
        worker.start()
        try:
            while True:
                try:
                    # A plain get() cannot be interrupted on Windows.
                    item = arrived.get(timeout=_POLL)
                except queue.Empty:
                    continue
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stopped.set()

    def join(self, timeout: float | None = None) -> None:
        """Waits for an answer that was stopped to come to its end."""
        if self._worker is not None:
            self._worker.join(timeout)


def _feed(
    make: "Callable[[], Iterator[Event]]",
    arrived: "queue.Queue[Event | BaseException | None]",
    stopped: threading.Event,
) -> None:
    try:
        events = make()
        for event in events:
            if stopped.is_set():
                close = getattr(events, "close", None)
                if close is not None:
                    close()
                break
            arrived.put(event)
    except BaseException as error:  # handed over to the thread that asked
        arrived.put(error)
    else:
        arrived.put(None)
