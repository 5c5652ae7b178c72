"""Code fences around what a model wrote."""

import re
from typing import Final

_OPENING: Final = re.compile(r"[ \t]*(?:```|~~~)[ \t]*[\w+#.-]{0,30}[ \t\r]*(?:\n|\Z)")
_FENCED: Final = re.compile(
    r"[ \t]*```[ \t]*[\w+#.-]{0,30}[ \t\r]*\n(?P<inside>.*?)\n?[ \t]*```", re.DOTALL
)


def without_outer_fence(text: str) -> str:
    """The text without a fence that opens it, and without the one that closes that.

    Models put a whole step between fences, and do not always come to close them.
    """
    stripped = text.strip()
    opening = _OPENING.match(stripped)
    if opening is None:
        return text
    inside = stripped[opening.end() :]
    if inside.count("```") % 2:
        head, _, tail = inside.rpartition("```")
        if not tail.strip():
            return head
        before, _, after = inside.partition("```")
        return before + after
    return inside


def fenced(text: str) -> str | None:
    """What is in the fence that the text starts with; None if it starts with none."""
    match = _FENCED.match(text.lstrip("\r\n"))
    return match["inside"] if match else None


def without_dangling_fence(text: str) -> str:
    """The text without a last fence that closes nothing in it."""
    stripped = text.rstrip()
    if stripped.endswith("```") and stripped.count("```") % 2:
        return stripped[:-3].rstrip()
    return text
