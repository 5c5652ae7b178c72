"""Asks one model server over HTTP: deadlines, repetitions, the circuit breaker, typed errors."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Self

import httpx
from pydantic import SecretStr

from chorei.adapters.servers import failures
from chorei.adapters.servers.answers import AnswerReader
from chorei.adapters.servers.breaker import CircuitBreaker, breaker_for
from chorei.adapters.servers.keys import Bearer
from chorei.adapters.servers.patience import Patience
from chorei.adapters.servers.pool import new_client, pool_for
from chorei.core import ModelError, ModelTimeoutError

Json = dict[str, Any]

_JSON = {"content-type": "application/json"}
_ACCEPTS = {False: "application/json", True: "text/event-stream"}


class ServerClient:
    """One server at one address. Its coroutines run on the loop of ``background``.

    Args:
        address: ``http://host:port``, without a path that the server's API adds.
        key: Bearer token, if the server wants one.
        patience: The limits of a call.
        breaker: The circuit breaker; by default the process's own for this address.
        transport: Replaces the network, in tests.
    """

    def __init__(
        self,
        address: str,
        *,
        key: SecretStr | None = None,
        patience: Patience | None = None,
        breaker: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.address = address.rstrip("/")
        self.name = f"the model server at {self.address}"
        self.patience = patience or Patience()
        self.breaker = breaker or breaker_for(self.address)
        self._key = key
        self._auth = Bearer(key) if key else None
        self._reader = AnswerReader(self.name, key)
        self._url = httpx.URL(self.address)
        self._transport = transport
        self._own = transport and new_client(tls=False, proxies=False, transport=transport)

    def __repr__(self) -> str:
        return f"ServerClient({self.address!r})"

    def within(self, seconds: float) -> Self:
        """The same server with another total deadline."""
        return type(self)(
            self.address,
            key=self._key,
            patience=replace(self.patience, total=seconds),
            breaker=self.breaker,
            transport=self._transport,
        )

    async def post(self, path: str, body: Json, *, seconds: float | None = None) -> Json:
        """One answer in one piece, within so many seconds (by default all of its patience).

        Raises:
            ModelError: As the class says; after the last try that of the last.
        """
        answers = [one async for one in self._tries(path, body, seconds, streams=False)]
        return answers[0]

    def stream(self, path: str, body: Json, *, seconds: float | None = None) -> AsyncIterator[Json]:
        """The objects of a stream of events, each as soon as it is there.

        Raises:
            ModelError: As the class says; once an object was delivered nothing is repeated.
        """
        return self._tries(path, body, seconds, streams=True)

    async def get(self, path: str, *, seconds: float = 5.0) -> Any:
        """What a page about the server says (JSON, or text), asked once."""
        return await self._ask("GET", path, None, seconds)

    async def ask(self, path: str, body: Any, *, seconds: float = 5.0) -> Any:
        """What the server answers to a POST that is no chat (JSON, or text), asked once.

        Raises:
            ModelError: As the class says.
        """
        return await self._ask("POST", path, body, seconds)

    async def _ask(self, method: str, path: str, body: Any, seconds: float) -> Any:
        request = self._client().build_request(
            method,
            self.address + path,
            content=None if body is None else _encoded(body),
            headers=_JSON if body is not None else None,
        )
        try:
            async with asyncio.timeout(seconds):
                response = await self._client().send(request, auth=self._auth)
        except httpx.HTTPError as error:
            self.breaker.fail()
            raise failures.from_transport(self.name, error) from None
        except TimeoutError:
            self.breaker.fail()
            raise ModelTimeoutError(f"{self.name} did not say {path} in {seconds:g} s.") from None
        if response.status_code != 200:
            raise self._reader.refusal(response, response.text)
        try:
            return response.json()
        except ValueError:
            return response.text

    async def _tries(
        self, path: str, body: Json, seconds: float | None, *, streams: bool
    ) -> AsyncGenerator[Json, None]:
        """All tries of one call, under its one deadline."""
        patience = self.patience
        ends = time.monotonic() + (patience.total if seconds is None else seconds)
        for tried in range(1, patience.tries + 1):
            delivered = False
            try:
                source = self._guarded(path, body, ends=ends, streams=streams)
                async with aclosing(source):
                    async for event in source:
                        delivered = True
                        yield event
                return
            except ModelError as error:
                if delivered or tried == patience.tries or not failures.passes(error):
                    raise
                wait = patience.wait(tried, getattr(error, "retry_after", None))
                if self.breaker.is_open or time.monotonic() + wait >= ends:
                    raise
                await asyncio.sleep(wait)

    async def _guarded(
        self, path: str, body: Json, *, ends: float, streams: bool
    ) -> AsyncGenerator[Json, None]:
        """One try, of which the circuit breaker learns."""
        self.breaker.enter()
        learnt = False
        try:
            source = self._once(path, body, ends=ends, streams=streams)
            async with aclosing(source):
                async for event in source:
                    if not learnt:
                        self.breaker.succeed()
                        learnt = True
                    yield event
        except ModelError as error:
            (self.breaker.fail if failures.breaks(error) else self.breaker.succeed)()
            learnt = True
            raise
        finally:
            if not learnt:
                self.breaker.abandon()

    async def _once(
        self, path: str, body: Json, *, ends: float, streams: bool
    ) -> AsyncGenerator[Json, None]:
        """One request, its answer, and the translation of whatever goes wrong."""
        first = self.patience.first_byte if streams else self.patience.total
        request = self._client().build_request(
            "POST",
            self.address + path,
            content=_encoded(body),
            headers={**_JSON, "accept": _ACCEPTS[streams]},
            timeout=httpx.Timeout(None, connect=self.patience.connect, read=first),
        )
        deadline = asyncio.get_running_loop().time() + (ends - time.monotonic())
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._client().send(request, stream=True, auth=self._auth)
            # From here on `_pieces` watches the clock.
            request.extensions["timeout"]["read"] = None
            try:
                pieces = self._pieces(response, deadline)
                source = self._reader.read(response, pieces, streams=streams)
                async with aclosing(source):
                    async for event in source:
                        yield event
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise failures.from_transport(self.name, error) from None
        except TimeoutError:
            raise ModelTimeoutError(
                f"{self.name} did not answer in time.",
                hint="Raise deadline_seconds, or give the server less to do.",
            ) from None

    async def _pieces(
        self, response: httpx.Response, deadline: float
    ) -> AsyncGenerator[bytes, None]:
        source = response.aiter_bytes()
        while True:
            try:
                async with asyncio.timeout_at(min(deadline, _now() + self.patience.between_bytes)):
                    piece = await anext(source)
            except StopAsyncIteration:
                return
            yield piece

    def _client(self) -> httpx.AsyncClient:
        return self._own or pool_for(self._url)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _encoded(body: Any) -> bytes:
    # A lone surrogate in somebody's text is no reason to fail.
    return json.dumps(body, ensure_ascii=False).encode(errors="replace")
