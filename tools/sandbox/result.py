"""What running a program gave."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from chorei.core import Frozen
from chorei.tools.sandbox.encoding import DEEPEST, clean

Engine = Literal["monty", "bubblewrap"]
_LONGEST_ERROR: Final = 4096


class ProgramResult(Frozen):
    """The value, the printed output and the failure of one run.

    Attributes:
        value: None, bool, int, float, Decimal, str, or a list or dict of these; a tuple or set
            arrives as a list, anything else as its text. None if the program failed.
        shown: ``value`` as Python prints it; empty if the program failed.
        type: Name of the value's type in the program (``int``, ``tuple``, …).
        output: What the program printed, at most ``Limits.output_bytes`` bytes.
        truncated: Whether output was dropped.
        error: None, or the traceback or reason, written for the model that wrote the program.
        seconds: Wall time of the call.
        engine: What ran it.
    """

    value: Any = None
    shown: str = ""
    type: str = ""
    output: str = ""
    truncated: bool = False
    error: str | None = None
    seconds: float = 0.0
    engine: Engine = "monty"

    @property
    def ok(self) -> bool:
        """Whether the program ran to its end and gave a value."""
        return self.error is None


class MalformedReplyError(Exception):
    """A child process sent something that is not a reply."""


def result_from(reply: dict[str, Any], *, seconds: float, engine: Engine) -> ProgramResult:
    """The result in a child's reply, every field checked: the program may have forged it.

    Raises:
        MalformedReplyError: The reply does not have the agreed form.
    """
    error = reply.get("error")
    return ProgramResult(
        value=None if error is not None else decode(reply.get("value")),
        shown="" if error is not None else _text(reply.get("shown")),
        type="" if error is not None else _text(reply.get("type")),
        output=_text(reply.get("output")),
        truncated=reply.get("truncated") is True,
        error=None if error is None else shortened(_text(error)),
        seconds=seconds,
        engine=engine,
    )


def shortened(error: str) -> str:
    """An error text of bounded length: its beginning and its end."""
    if len(error) <= _LONGEST_ERROR:
        return error
    half = _LONGEST_ERROR // 2
    return f"{error[:half]}\n[…]\n{error[-half:]}"


def decode(data: Any, depth: int = 0) -> Any:
    """The value that :func:`chorei.tools.sandbox.encoding.encode` was given.

    Raises:
        MalformedReplyError: It is not encoded data.
    """
    if depth > 2 * DEEPEST:
        raise MalformedReplyError("nested too deeply")
    if data is None or isinstance(data, bool | int | float):
        return data
    if isinstance(data, str):
        return clean(data)
    if not isinstance(data, dict) or len(data) != 1:
        raise MalformedReplyError("not an encoded value")
    kind, payload = next(iter(data.items()))
    if kind in ("list", "tuple", "set") and isinstance(payload, list):
        return [decode(item, depth + 1) for item in payload]
    if kind == "dict" and isinstance(payload, list):
        return {_key(pair, depth): decode(pair[1], depth + 1) for pair in payload}
    if kind == "other":
        return _text(payload)
    if kind == "decimal":
        return _decimal(_text(payload))
    raise MalformedReplyError("an unknown kind of value")


def _key(pair: Any, depth: int) -> Any:
    if not isinstance(pair, list) or len(pair) != 2:
        raise MalformedReplyError("not a pair")
    key = decode(pair[0], depth + 1)
    return tuple(key) if isinstance(key, list) and all(map(_plain, key)) else _hashable(key)


def _plain(value: Any) -> bool:
    return not isinstance(value, list | dict)


def _hashable(key: Any) -> Any:
    return key if _plain(key) else str(key)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise MalformedReplyError("not a decimal number") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedReplyError("not a text")
    return clean(value)
