"""How a program's value and output travel from the process it ran in.

The child processes run this file outside the package, so it imports the standard library only.
A value becomes JSON: what JSON has as it is, and the rest as an object with one key, the kind.
"""

import json
import math
import os
import struct
from decimal import Decimal
from typing import Any, Final

HEADER: Final = struct.Struct(">I")
LARGEST_BITS: Final = 14_280
"""Integers below this have at most 4,299 digits; CPython refuses to print more than 4,300."""
DEEPEST: Final = 50


class UnfitResultError(Exception):
    """A value is too large, too deep or too long to be handed over."""


def encode(value: Any, limit: int) -> Any:
    """A value as JSON-ready data of at most about ``limit`` bytes.

    Raises:
        UnfitResultError: The value is too large or nested too deeply.
    """
    left = [limit]
    return _encode(value, left, 0)


def _encode(value: Any, left: list[int], depth: int) -> Any:
    left[0] -= 2
    if depth > DEEPEST:
        raise UnfitResultError("the result is nested too deeply")
    if left[0] < 0:
        raise UnfitResultError("the result is too large")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _integer(int(value), left)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return _text(value, left)
    if isinstance(value, Decimal):
        return {"decimal": _text(str(value), left)}
    return _compound(value, left, depth + 1)


def _compound(value: Any, left: list[int], depth: int) -> Any:
    if isinstance(value, dict):
        return {
            "dict": [
                [_encode(key, left, depth), _encode(item, left, depth)]
                for key, item in value.items()
            ]
        }
    for kind, types in (("list", list), ("tuple", tuple), ("set", (set, frozenset))):
        if isinstance(value, types):
            return {kind: [_encode(item, left, depth) for item in value]}
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "tolist"):
        return _encode(value.tolist(), left, depth)
    return {"other": _text(str(value), left)}


def _integer(value: int, left: list[int]) -> int:
    if value.bit_length() > LARGEST_BITS:
        digits = math.ceil(value.bit_length() * math.log10(2))
        raise UnfitResultError(f"the result is an integer of about {digits:,} digits")
    left[0] -= value.bit_length() // 3
    return value


def _text(value: str, left: list[int]) -> str:
    if len(value) > left[0]:
        raise UnfitResultError("the result is too large")
    left[0] -= len(value)
    return clean(value)


def clean(text: str) -> str:
    """The text without lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


class Output:
    """Collects printed text up to a number of bytes and drops the rest.

    Attributes:
        truncated: Whether anything was dropped.
    """

    def __init__(self, limit: int) -> None:
        self._parts: list[bytes] = []
        self._left = limit
        self.truncated = False

    def write(self, text: str) -> int:
        """Take printed text (the signature of a file's ``write``)."""
        if self._left <= 0:
            self.truncated = self.truncated or bool(text)
            return len(text)
        data = text[: self._left + 1].encode("utf-8", "replace")
        self.truncated = self.truncated or len(data) > self._left
        self._parts.append(data[: self._left])
        self._left -= len(self._parts[-1])
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def text(self) -> str:
        """What was kept; a character cut in two at the end is dropped."""
        return b"".join(self._parts).decode("utf-8", "ignore")


def send(channel: int, message: dict[str, Any]) -> None:
    """Write one message to a descriptor: its length in four bytes, then JSON."""
    data = json.dumps(message).encode()
    data = HEADER.pack(len(data)) + data
    while data:
        data = data[os.write(channel, data) :]


def receive(channel: int) -> dict[str, Any] | None:
    """Read one message from a descriptor; None at the end of the stream."""
    header = _exactly(channel, HEADER.size)
    if header is None:
        return None
    data = _exactly(channel, HEADER.unpack(header)[0])
    if data is None:
        return None
    message = json.loads(data)
    return message if isinstance(message, dict) else None


def _exactly(channel: int, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = os.read(channel, min(size, 65_536))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
