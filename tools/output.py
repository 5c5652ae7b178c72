"""What a tool gives back, as text for a model or a person."""

import re
from typing import Any, Final, NamedTuple

from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from chorei.core import ToolError
from chorei.tools.wording import Phrase

SMALLEST: Final = 200
"""Least characters of a budget; the note about what was left out takes some."""

_LONGEST_FAULT: Final = 500
_SECRETS: Final = (
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), "***"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (
        re.compile(
            r"(?i)\b([\w-]*(?:api[_-]?key|token|secret|passwor[dt]|passwd|authorization))"
            r"(['\"]?\s*[=:]\s*['\"]?)(?!\s|\*)[^\s'\",;&]+"
        ),
        r"\1\2***",
    ),
    (re.compile(r"\b(?:sk|hf|ghp|xox[bp])[-_][\w-]{8,}"), "***"),
)


class ToolOutput(NamedTuple):
    """What a tool returns that has more to give than text.

    Attributes:
        text: The text, for the model; by language where a person reads it.
        artifact: The thing itself, for the program: search gives its passages here.
    """

    text: Phrase
    artifact: Any = None


def as_text(value: Any) -> str:
    """The value of a tool as text: texts as they are, all else as compact JSON.

    Args:
        value: A text, number, truth value, date, None, pydantic model, dataclass, or
            collections of these.

    Raises:
        ToolError: It is something else, such as bytes.
    """
    if value is None:
        return "Done."
    if isinstance(value, bytes | bytearray | memoryview):
        raise ToolError("The tool returned bytes, which are no text.")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    try:
        plain = to_jsonable_python(value, inf_nan_mode="constants")
        if isinstance(plain, str):
            return as_text(plain)
        return to_json(plain, inf_nan_mode="constants").decode()
    except (PydanticSerializationError, ValueError, RecursionError):
        kind = type(value).__name__
        raise ToolError(f"The tool returned a value of type {kind}, which is no text.") from None


def trim(text: str, budget: int) -> str:
    """At most ``budget`` characters of the text: its head and its tail, and how much is left out.

    Args:
        text: The text.
        budget: Most characters, at least 200.
    """
    if len(text) <= budget:
        return text
    kept = budget - len(_left_out(len(text)))
    tail = kept // 3
    head = kept - tail
    return text[:head] + _left_out(len(text) - kept) + text[len(text) - tail :]


def _left_out(count: int) -> str:
    return f"\n[… {count:,} characters left out …]\n"


def fault_text(error: BaseException) -> str:
    """An exception of a tool as one line: its type and message, without what looks secret."""
    try:
        message = str(error)
    except Exception:  # whatever an exception of somebody else's code does when it is printed
        message = ""
    message = " ".join(message.encode("utf-8", "replace").decode().split())
    message = redact(message[: 10 * _LONGEST_FAULT])
    if len(message) > _LONGEST_FAULT:
        message = message[: _LONGEST_FAULT - 1] + "…"
    kind = type(error).__name__
    return f"{kind}: {message}" if message else kind


def redact(text: str) -> str:
    """The text with passwords in addresses, keys and tokens replaced by ``***``."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text
