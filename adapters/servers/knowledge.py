"""What is known of a server, asked when it is needed and then remembered."""

import asyncio
import time
from dataclasses import replace

from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Dialect, ServerInfo
from chorei.core import ModelError, ModelRequestError, ModelTimeoutError

# Seconds that a server is given to say what it serves, and after which one that did not is asked
# again.
_ASKING = 5.0
_ASK_AGAIN = 30.0


class Knowledge:
    """What one server says about itself.

    Args:
        dialect: How it is asked.
        server: The server.
        model: The model's name there, if it was given.
        adapters: The adapters it was started with, if they were given.
    """

    def __init__(
        self,
        dialect: Dialect,
        server: ServerClient,
        *,
        model: str = "",
        adapters: tuple[str, ...] | None = None,
    ) -> None:
        self._dialect = dialect
        self._server = server
        self._adapters = adapters
        self._given = ServerInfo(model=model, adapters=adapters)
        self._asked = float("-inf")
        self._lock = asyncio.Lock()
        self.info: ServerInfo | None = None if dialect.tells else self._given

    async def learn(self, adapter: str | None = None) -> ServerInfo | None:
        """What is known: asked once, and again for an adapter that was not there before.

        Args:
            adapter: The adapter that is about to be used.

        Raises:
            ModelError: The server does not answer, and what it serves must be known: an adapter
                is to be used, or a model named.
        """
        if not self._dialect.tells or self._suffices(adapter):
            return self.info
        # Many calls may begin at once; one of them asks.
        async with self._lock:
            if not self._suffices(adapter):
                await self._ask(adapter)
            return self.info

    def _suffices(self, adapter: str | None) -> bool:
        info = self.info
        if info is None or time.monotonic() - self._asked > self._dialect.fresh_seconds:
            return False
        return adapter is None or info.adapters is None or adapter in info.adapters

    async def _ask(self, adapter: str | None) -> None:
        needed = adapter is not None or (self._dialect.wants_model and not self._given.model)
        recent = time.monotonic() - self._asked < _ASK_AGAIN
        if self._server.breaker.is_open or (recent and not needed):
            return
        self._asked = time.monotonic()
        seconds = min(_ASKING, self._server.patience.total / 4)
        try:
            async with asyncio.timeout(seconds):
                found = await self._dialect.info(self._server)
        except ModelRequestError:
            # It answers and does not tell, as behind a proxy that lets only the chat API through.
            self.info = self.info or self._given
        except TimeoutError:
            if needed:
                raise ModelTimeoutError(
                    f"{self._server.name} did not say in {seconds:g} s what it serves."
                ) from None
        except ModelError:
            if needed:
                raise
        else:
            adapters = self._adapters if found.adapters is None else found.adapters
            self.info = replace(found, adapters=adapters)
