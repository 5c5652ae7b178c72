"""Reads the answers of a server, and tells a broken one from a refusal."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx
from pydantic import SecretStr

from chorei.adapters.servers import failures
from chorei.adapters.servers.events import EventParser
from chorei.adapters.servers.keys import without
from chorei.core import ModelError, ModelResponseError

Json = dict[str, Any]

_DRAINING = 0.25
_END = "[DONE]"


class AnswerReader:
    """Reads what one server answers.

    Args:
        server: The server, for people.
        key: Its key, which is removed from whatever it says.
    """

    def __init__(self, server: str, key: SecretStr | None = None) -> None:
        self._server = server
        self._key = key

    async def read(
        self, response: httpx.Response, pieces: AsyncIterator[bytes], *, streams: bool
    ) -> AsyncGenerator[Json, None]:
        """The objects of an answer: one, or those of a stream of events.

        Raises:
            ModelError: The server refused, failed, or sent something unreadable.
        """
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code == 200 and streams and kind == "text/event-stream":
            async for event in self._events(pieces):
                yield event
            return
        text = b"".join([piece async for piece in pieces]).decode(errors="replace")
        if response.status_code != 200:
            raise self.refusal(response, text)
        if streams and text.strip():
            if kind == "application/json":
                self._object(text)
            raise ModelResponseError(
                f"{self._server} sent {kind or 'something'} instead of a stream."
            )
        yield self._object(text)

    def refusal(self, response: httpx.Response, text: str) -> ModelError:
        """The error for an answer with another status than 200."""
        said = without(self._key, text)
        return failures.from_status(self._server, response.status_code, said, response.headers)

    async def _events(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[Json, None]:
        parser, empty = EventParser(), True
        async for piece in pieces:
            for data in parser.feed(piece):
                if data.strip() == _END:
                    await _drain(pieces)
                    return
                empty = False
                yield self._object(data)
        for data in parser.close():
            if data.strip() != _END:
                empty = False
                yield self._object(data)
        if empty:
            raise ModelResponseError(f"{self._server} sent an empty stream.")

    def _object(self, text: str) -> Json:
        """One JSON object that is no error."""
        if not text.strip():
            raise ModelResponseError(f"{self._server} sent an empty answer.")
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        if isinstance(data, list) and len(data) == 1:
            data = data[0]
        if not isinstance(data, dict):
            raise ModelResponseError(f"{self._server} sent something that is not a JSON object.")
        if data.get("error"):
            error = failures.from_event(self._server, without(self._key, data))
            if error is not None:
                raise error
        return data


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Read to the end of a stream that has said it is done, so that its connection can be kept."""
    with contextlib.suppress(TimeoutError, ModelError, httpx.HTTPError):
        async with asyncio.timeout(_DRAINING):
            async for _ in pieces:
                pass
