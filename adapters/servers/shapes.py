"""The shape of OpenAI's answers, and what does not have it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chorei.core import ModelResponseError

_REASONING = ("reasoning_content", "reasoning")


def reasoning_of(message: Mapping[str, Any]) -> str:
    """The thinking that a server has already kept apart."""
    return next((str(message[name]) for name in _REASONING if message.get(name)), "")


@contextmanager
def readable(server: str) -> Iterator[None]:
    """Translates what an answer of another shape than agreed runs into.

    Raises:
        ModelResponseError: The answer has another shape.
    """
    try:
        yield
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise ModelResponseError(
            f"{server} sent an answer of an unknown form ({type(error).__name__}).",
            hint="Is it a server of this kind? The kind stands before the first colon.",
        ) from None
