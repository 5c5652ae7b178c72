"""An iterator that blocks, consumed without blocking the event loop."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


async def in_thread(begin: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    """Run an iterator in a worker thread and yield what it yields.

    Args:
        begin: Makes the iterator; called in the thread. When the caller stops early, the
            iterator is left after its next item.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()
    stopped = threading.Event()

    def put(item: tuple[T] | BaseException | None) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, item)

    def work() -> None:
        try:
            for item in begin():
                put((item,))
                if stopped.is_set():
                    return
        except BaseException as error:  # handed over to the caller's task, whatever it is
            put(error)
        finally:
            put(None)

    worker = loop.run_in_executor(None, work)
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        stopped.set()
        await worker
