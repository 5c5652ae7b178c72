"""Keys of servers: where they come from, and how they are kept out of everything that is shown."""

import json
import os
from collections.abc import Generator
from typing import Any

import httpx
from pydantic import SecretStr
from typing_extensions import override

_HIDDEN = "***"


class Bearer(httpx.Auth):
    """Adds the key to a request at the last moment, so that no frame holds it in the clear."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key

    @override
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = f"Bearer {self._key.get_secret_value()}"
        yield request


def environment_key(*, official: bool) -> SecretStr | None:
    """The key in the environment: ``CHOREI_API_KEY``, for OpenAI's own service also theirs.

    ``OPENAI_API_KEY`` is sent to nobody else: it is a secret shared with OpenAI alone.
    """
    names = ("CHOREI_API_KEY", "OPENAI_API_KEY") if official else ("CHOREI_API_KEY",)
    key = next((os.environ[name].strip() for name in names if os.environ.get(name)), "")
    return SecretStr(key) if key else None


def without(key: SecretStr | None, value: Any) -> Any:
    """The value (text or JSON) without the key, which some servers repeat in their complaints."""
    secret = key.get_secret_value() if key else ""
    if not secret:
        return value
    if isinstance(value, str):
        return value.replace(secret, _HIDDEN)
    return json.loads(json.dumps(value).replace(json.dumps(secret)[1:-1], _HIDDEN))
