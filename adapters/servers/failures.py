"""What went wrong at a server, in the terms of the one error tree."""

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from chorei.core import (
    ContextLengthError,
    ModelAuthenticationError,
    ModelError,
    ModelOverloadedError,
    ModelRequestError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
)

_LONGEST = 300
_SAYING = ("error", "message", "detail", "error_message")
_LENGTH = re.compile(
    r"context.{0,20}(length|size|window)|must have less than|maximum.{0,30}tokens"
    r"|tokens.{0,20}(exceed|must be <=)|too (long|many tokens)|longer than the model",
    re.IGNORECASE,
)
# TGI's `error_type` (its OpenAPI document) as the HTTP status that goes with it.
_TYPES = {
    "validation": 422,
    "input_validation": 422,
    "tool_error": 422,
    "template_error": 422,
    "generation": 424,
    "overloaded": 429,
    "incomplete_generation": 500,
    "healthcheck": 503,
    "unhealthy": 503,
}


def passes(error: ModelError) -> bool:
    """Whether the same request may do better a moment later.

    A refusal will not, and a server too slow to begin would only be given more to do.
    """
    return isinstance(error, ModelOverloadedError | ModelUnavailableError | ModelResponseError)


def breaks(error: ModelError) -> bool:
    """Whether the failure speaks against the server itself (for the circuit breaker)."""
    return isinstance(error, ModelUnavailableError | ModelTimeoutError)


def from_status(
    server: str, status: int, text: str, headers: Mapping[str, str] | None = None
) -> ModelError:
    """The error for an HTTP status.

    Args:
        server: The server, for people.
        status: The status.
        text: The body, or what it says; keys must have been removed from it.
        headers: The answer's headers, for Retry-After.
    """
    said = _clip(_said(text))
    detail = f": {said}" if said else "."
    if status in (401, 403):
        return ModelAuthenticationError(
            f"{server} does not accept the key ({status}){detail}",
            hint="Set the right one in CHOREI_API_KEY.",
        )
    if status in (429, 529):
        return ModelOverloadedError(
            f"{server} has too much to do ({status}){detail}",
            hint="Try again later.",
            retry_after=retry_after((headers or {}).get("retry-after", "")),
        )
    if status == 408 or status == 504:
        return ModelTimeoutError(f"{server} timed out ({status}){detail}")
    if status >= 500 or status == 424:
        return ModelUnavailableError(
            f"{server} failed ({status}){detail}", hint="Look at the server's own log."
        )
    if status == 413 or (status in (400, 422) and _LENGTH.search(said)):
        return ContextLengthError(
            f"The request is too long for {server} ({status}){detail}",
            hint="Shorten it, lower max_new_tokens, or start the server with a longer context.",
        )
    if 300 <= status < 400:
        return ModelResponseError(
            f"{server} points to another address ({status}), which is not followed.",
            hint="Give the address that the server finally answers at.",
        )
    return ModelRequestError(f"{server} refused the request ({status}){detail}", hint=_hint(status))


def from_event(server: str, event: Mapping[str, Any]) -> ModelError | None:
    """The error that an object of a stream or an answer carries, if it is one.

    TGI sends ``{error, error_type}`` or ``{"error": {"message", "http_status_code"}}`` within a
    stream of status 200, others ``{"error": "…"}`` or OpenAI's form with ``code``.
    """
    error = event.get("error")
    if not error:
        return None
    if not isinstance(error, Mapping):
        return from_status(server, _TYPES.get(str(event.get("error_type")), 500), str(error))
    status = error.get("http_status_code") or error.get("status") or error.get("code")
    if not isinstance(status, int) or not 400 <= status < 600:
        kind = str(error.get("type") or error.get("error_type") or "")
        status = 400 if "invalid" in kind else _TYPES.get(kind, 500)
    return from_status(server, status, str(error.get("message") or error))


def from_transport(server: str, error: httpx.HTTPError) -> ModelError:
    """The error for a connection that failed."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return ModelUnavailableError(
            f"Nobody answers as {server}.", hint="Start the server, or correct its address."
        )
    if isinstance(error, httpx.TimeoutException):
        return ModelTimeoutError(
            f"{server} kept silent for too long.", hint="Give it less to do, or more time."
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return ModelRequestError(f"The address of {server} cannot be used.")
    return ModelUnavailableError(f"The connection to {server} broke off ({type(error).__name__}).")


def retry_after(value: str) -> float | None:
    """Seconds in a Retry-After header (RFC 9110, section 10.2.3: a number or a date)."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        from datetime import UTC, datetime

        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _said(text: str) -> str:
    """The message in an error's body, whatever form it has."""
    try:
        data = json.loads(text)
    except ValueError:
        return "" if text.lstrip().startswith("<") else text
    while isinstance(data, Mapping):
        data = next((data[k] for k in _SAYING if data.get(k)), "")
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)


def _clip(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _hint(status: int) -> str:
    if status == 404:
        return "Check the address, and the name of the model or adapter."
    return ""
