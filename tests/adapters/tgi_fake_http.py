"""A small HTTP server in a thread, whose every byte and pause a test decides."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self

REASONS = {200: "OK", 401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity"}


class Exchange:
    """One request and the way to answer it."""

    def __init__(
        self, method: str, path: str, headers: dict[str, str], raw: bytes, writer: Any
    ) -> None:
        self.method, self.path, self.headers, self.raw = method, path, headers, raw
        self.writer = writer
        self.chunked = False

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def send(
        self,
        status: int,
        body: bytes | str,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        data = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Other')}"]
        lines += [f"content-type: {kind}", f"content-length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.write("\r\n".join([*lines, "", ""]).encode() + data)
        await self.writer.drain()

    async def send_json(self, status: int, body: Any, **headers: str) -> None:
        await self.send(status, json.dumps(body), headers=headers)

    async def start(self, kind: str = "text/event-stream") -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
        self.write(head.encode())
        self.chunked = True
        await self.writer.drain()

    async def piece(self, data: bytes | str) -> None:
        data = data.encode() if isinstance(data, str) else data
        self.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.writer.drain()

    async def event(self, data: Any, space: str = " ") -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        await self.piece(f"data:{space}{text}\n\n")

    async def end(self) -> None:
        self.write(b"0\r\n\r\n")
        await self.writer.drain()

    def reset(self) -> None:
        self.writer.transport.abort()


Handler = Callable[[Exchange], Awaitable[None]]


class FakeServer:
    """Listens on a free port of the loopback while it is entered."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.exchanges: list[Exchange] = []
        self.disconnected = threading.Event()
        self.address = ""

    def __enter__(self) -> Self:
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512), self._loop
        )
        self._server = started.result()
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        async def stop() -> None:
            self._server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while not writer.is_closing():
                    exchange = await _request(reader, writer)
                    self.exchanges.append(exchange)
                    await self._answer(exchange, reader)
        except asyncio.CancelledError:
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _answer(self, exchange: Exchange, reader: asyncio.StreamReader) -> None:
        """Runs the handler until it is done or the client is gone, as a real server does."""
        work = asyncio.ensure_future(self._handler(exchange))
        gone = asyncio.ensure_future(_gone(reader))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                self.disconnected.set()
        finally:
            for waiting in (work, gone):
                if not waiting.done():
                    waiting.cancel()
            results = await asyncio.gather(work, gone, return_exceptions=True)
        if isinstance(results[0], ConnectionError):
            self.disconnected.set()
        elif isinstance(results[0], Exception):
            raise results[0]


async def _gone(reader: asyncio.StreamReader) -> None:
    """Returns when the client closes; it sends nothing while it waits for an answer."""
    while not reader.at_eof():
        await asyncio.sleep(0.01)


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    return Exchange(method, path, headers, raw, writer)
