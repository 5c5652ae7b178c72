"""Thinking, kept apart from what a model says."""

import re
from typing import Final

from chorei.core import Frozen

_CLOSED: Final = re.compile(r"\A\s*<think(?:ing)?>(.*?)</think(?:ing)?>\s*", re.DOTALL)


class Split(Frozen):
    """A text and the thinking before it."""

    thinking: str
    text: str


def split_thinking(text: str) -> Split:
    """Take a ``<think>`` block off the front of what a model wrote."""
    match = _CLOSED.match(text)
    if match is None:
        return Split(thinking="", text=text)
    return Split(thinking=match[1].strip(), text=text[match.end() :])
