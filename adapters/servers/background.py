"""One event loop in a thread of its own, on which every request to a server runs.

So there is one implementation for callers with and without an event loop; a total deadline and a
cancellation are exact for both; and the pool of connections outlives any one ``asyncio.run``.
"""

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")

# Seconds that closing a stream waits for the connection to be closed.
_CLOSING = 2.0

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_owner = 0


def loop() -> asyncio.AbstractEventLoop:
    """The loop, started on first use, and anew in a forked process."""
    global _loop, _owner
    with _lock:
        if _loop is None or _owner != os.getpid():
            _loop, _owner = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="chorei-servers", daemon=True).start()
        return _loop


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end from a thread without an event loop; an interrupt cancels the work."""
    future = asyncio.run_coroutine_threadsafe(work, loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


async def arun(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end from any event loop; cancelling the caller cancels the work."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop()))


class _End:
    """Ends a stream, with the error that ended it, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error

    def settle(self) -> None:
        if self.error is not None:
            raise self.error


def iterate(source: AsyncIterator[T]) -> Generator[T, None, None]:
    """Iterate from a thread; closing the iterator closes the source before it returns."""
    items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
    task = asyncio.run_coroutine_threadsafe(_pump(source, items.put), loop())
    ended = False
    try:
        while not isinstance(item := items.get(), _End):
            yield item
        ended = True
        item.settle()
    finally:
        if not ended:
            task.cancel()
            with contextlib.suppress(queue.Empty):
                while not isinstance(items.get(timeout=_CLOSING), _End):
                    pass


async def aiterate(source: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """Iterate from any event loop; closing or cancelling the caller closes the source."""
    items: asyncio.Queue[T | _End] = asyncio.Queue()
    here = asyncio.get_running_loop()

    def put(item: T | _End) -> None:
        here.call_soon_threadsafe(items.put_nowait, item)

    task = asyncio.run_coroutine_threadsafe(_pump(source, put), loop())
    try:
        while not isinstance(item := await items.get(), _End):
            yield item
        item.settle()
    finally:
        task.cancel()


async def _pump(source: AsyncIterator[T], put: Callable[[T | _End], None]) -> None:
    end = _End()
    try:
        async for item in source:
            put(item)
            # Gives up the interpreter's lock: the reader would wait 5 ms for it otherwise.
            await asyncio.sleep(0)
    except Exception as error:  # handed to the caller, whatever it is
        end = _End(error)
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()
        # The caller's event loop may be gone by now.
        with contextlib.suppress(RuntimeError):
            put(end)
