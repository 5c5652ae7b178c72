"""Changes of what a running server serves, and what to do when it refuses one."""

from collections.abc import Mapping
from typing import Any, Final

from chorei.adapters.servers.client import ServerClient
from chorei.core import (
    AdapterError,
    ModelAuthenticationError,
    ModelRequestError,
    ModelUnavailableError,
)

# Seconds for a server to load an adapter.
_LOADING: Final = 120.0


async def update(
    client: ServerClient, path: str, body: Any, *, what: str, hints: Mapping[str, str]
) -> Any:
    """POST a change of what a server serves.

    Args:
        client: The server.
        path: The endpoint.
        body: What is sent.
        what: What fails if it fails, for people.
        hints: What to do, by a part of what the server says.

    Raises:
        AdapterError: The server refused; with the hint that fits.
        ModelError: It does not answer, or wants another key.
    """
    try:
        return await client.ask(path, body, seconds=_LOADING)
    except ModelAuthenticationError:
        raise
    except (ModelRequestError, ModelUnavailableError) as error:
        hint = next((h for said, h in hints.items() if said in error.message), None)
        if hint is None and isinstance(error, ModelUnavailableError):
            raise
        raise AdapterError(f"{what}: {error.message}", hint=hint or error.hint) from None
