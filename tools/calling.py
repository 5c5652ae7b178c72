"""Calls with a time limit: in a thread that is given up, or a coroutine that is cancelled."""

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final

from chorei.core import ToolError, ToolTimeoutError
from chorei.tools.output import fault_text

MOST_GIVEN_UP: Final = 16
"""Calls given up that may still run before further ones are refused."""

# A coroutine that does not block ends at its limit by itself; the thread waits so much longer.
_GRACE: Final = 0.5


class Caller:
    """Runs functions with a time limit.

    A thread cannot be killed. A function that takes too long is given up: its caller gets
    :class:`~chorei.core.ToolTimeoutError` at the limit, the function runs on in a daemon thread
    that does not keep the program from ending, and what it returns is dropped. Such threads are
    counted, and above :data:`MOST_GIVEN_UP` nothing new is started.
    """

    def __init__(self) -> None:
        self._given_up: list[threading.Thread] = []
        self._guard = threading.Lock()

    @property
    def given_up(self) -> int:
        """Number of calls that were given up and still run."""
        with self._guard:
            self._given_up = [thread for thread in self._given_up if thread.is_alive()]
            return len(self._given_up)

    def run(self, function: Callable[[], Any], seconds: float) -> Any:
        """The value of ``function()``; a coroutine function runs in an event loop of its own.

        Raises:
            ToolTimeoutError: It took longer.
            ToolError: Too many calls that were given up still run.
            Exception: What the function raised.
        """
        waits = inspect.iscoroutinefunction(function)
        done = threading.Event()
        outcome = _Outcome()
        limit = seconds + _GRACE if waits else seconds
        thread = self._start(lambda: _limited(function, seconds), outcome, done.set)
        finished = False
        try:
            finished = done.wait(limit)
        finally:
            if not finished:
                self._give_up(thread)
        if not finished:
            raise _too_long(seconds)
        return outcome.value()

    async def arun(self, function: Callable[[], Any], seconds: float) -> Any:
        """As :meth:`run`; a coroutine function runs in the current event loop.

        Raises:
            ToolTimeoutError: It took longer.
            ToolError: Too many calls that were given up still run.
            Exception: What the function raised.
        """
        if inspect.iscoroutinefunction(function):
            return await _cancelled_after(function(), seconds)
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        outcome = _Outcome()

        def tell() -> None:
            # The loop is gone if the program has ended meanwhile.
            if not loop.is_closed():
                loop.call_soon_threadsafe(done.set)

        thread = self._start(function, outcome, tell)
        try:
            await asyncio.wait_for(done.wait(), seconds)
        except TimeoutError:
            raise _too_long(seconds) from None
        finally:
            if not done.is_set():
                self._give_up(thread)
        return outcome.value()

    def _start(
        self, function: Callable[[], Any], outcome: "_Outcome", done: Callable[[], object]
    ) -> threading.Thread:
        if self.given_up >= MOST_GIVEN_UP:
            raise ToolError(
                f"{MOST_GIVEN_UP} calls that took too long are still running.",
                hint="Nothing more is started until one of them ends.",
            )
        context = contextvars.copy_context()

        def work() -> None:
            try:
                outcome.returned = context.run(function)
            except BaseException as error:  # handed over to the caller's thread, whatever it is
                outcome.raised = error
            finally:
                done()

        thread = threading.Thread(target=work, name="chorei-tool", daemon=True)
        thread.start()
        return thread

    def _give_up(self, thread: threading.Thread) -> None:
        with self._guard:
            self._given_up.append(thread)


class _Outcome:
    returned: Any = None
    raised: BaseException | None = None

    def value(self) -> Any:
        if self.raised is None:
            return self.returned
        if isinstance(self.raised, Exception):
            raise self.raised
        # An exit or a cancellation inside the tool must not end its caller.
        raise ToolError(fault_text(self.raised)) from None


def _limited(function: Callable[[], Any], seconds: float) -> Any:
    if inspect.iscoroutinefunction(function):
        return asyncio.run(_cancelled_after(function(), seconds))
    return function()


async def _cancelled_after(work: Awaitable[Any], seconds: float) -> Any:
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            return await work
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Nobody cancelled the call: it was something inside the tool.
        raise ToolError(fault_text(error)) from None
    except SystemExit as error:
        raise ToolError(fault_text(error)) from None
    except TimeoutError:
        # A TimeoutError of the tool itself is its failure, not ours.
        if clock.expired():
            raise _too_long(seconds) from None
        raise


def _too_long(seconds: float) -> ToolTimeoutError:
    return ToolTimeoutError(f"It took longer than {seconds:g} seconds and was given up.")
