"""Docstrings in Google's style, as the description of a tool and of its arguments."""

import inspect
import re
from typing import Final

_SECTION: Final = re.compile(r"^(?:Args|Arguments|Returns|Raises|Yields|Examples?|Notes?):\s*$")


def docstring_parts(text: str | None) -> tuple[str, dict[str, str]]:
    """What a Google-style docstring says: its prose before the sections, and its arguments."""
    lines = inspect.cleandoc(text or "").splitlines()
    starts = [n for n, line in enumerate(lines) if _SECTION.match(line)]
    prose = "\n".join(lines[: starts[0]] if starts else lines).strip()
    arguments: dict[str, str] = {}
    for start in starts:
        if lines[start].startswith("Arg"):
            end = next((n for n in starts if n > start), len(lines))
            arguments |= _arguments(lines[start + 1 : end])
    return prose, arguments


def _arguments(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    indent, current = 0, ""
    for line in filter(str.strip, lines):
        depth = len(line) - len(line.lstrip())
        named = re.match(r"\s*\**(\w+)\s*(?:\([^)]*\))?:\s*(.*)", line)
        if named and (not current or depth <= indent):
            indent, current = depth, named[1]
            found[current] = named[2].strip()
        elif current and depth > indent:
            found[current] = f"{found[current]} {line.strip()}".strip()
        else:
            break
    return found
