"""The connections of this process to all its model servers.

They belong to the loop of ``background`` and stay open between calls, models and sessions.
"""

import asyncio
import atexit
import contextlib

import httpx

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_KEPT = 256
_CLOSING = 1.0

_clients: dict[tuple[bool, bool], httpx.AsyncClient] = {}
_owner: asyncio.AbstractEventLoop | None = None


def pool_for(url: httpx.URL) -> httpx.AsyncClient:
    """The client for an address; to be called on the loop.

    Proxies of the environment are for other machines than this one.
    """
    global _owner
    running = asyncio.get_running_loop()
    if running is not _owner:
        # In a forked process the parent's connections are not ours to use.
        _clients.clear()
        _owner = running
        atexit.register(_close)
    key = (url.scheme == "https", url.host not in _LOOPBACK)
    if key not in _clients:
        _clients[key] = new_client(tls=key[0], proxies=key[1])
    return _clients[key]


def new_client(
    *, tls: bool, proxies: bool, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client that neither follows redirects, which would carry a key away, nor queues."""
    return httpx.AsyncClient(
        # Building a TLS context takes 20 ms, which plain HTTP has no use for.
        verify=tls,
        trust_env=proxies,
        transport=transport,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT),
    )


def _close() -> None:
    """Close the connections before the interpreter does it with warnings."""

    async def close() -> None:
        for client in _clients.values():
            await client.aclose()

    if _owner is not None and _owner.is_running():
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(close(), _owner).result(timeout=_CLOSING)
