"""The forms in which a model writes one action: in brackets, as a call, as a JSON object."""

import ast
import json
import re
from collections.abc import Collection
from typing import Any, Final

from chorei.agent.parsing.fences import fenced
from chorei.agent.parsing.repair import read_object
from chorei.core import fold

BRACKETS: Final = re.compile(
    r"(?P<tool>[^\W\d][\w .:/-]{0,63}?)[ ]?\[(?P<argument>.*)\]\.?", re.DOTALL
)
"""``Tool[argument]``; the argument goes up to the last bracket."""
SEVERAL: Final = re.compile(r"\][\s,;]{0,9}(?:and |then |và |rồi )?[^\W\d][\w .:-]{0,63}\[")
"""Where one action in brackets ends and another begins."""
_CALL: Final = re.compile(r"(?P<tool>[^\W\d][\w.-]{0,63})\((?P<arguments>.{0,2000})\)", re.DOTALL)


def known_tool(name: str, tools: Collection[str]) -> str:
    """The tool that a name means but for case, spaces and underscores; else the name itself."""
    if name in tools or len(name) > 200:
        return name
    near = [tool for tool in tools if _loose(tool) == _loose(name)]
    return near[0] if len(near) == 1 else name


def _loose(name: str) -> str:
    return re.sub(r"[\s_-]+", "", fold(name))


def called(text: str, tools: Collection[str]) -> tuple[str, dict[str, Any] | str] | None:
    """Tool and arguments of ``tool(name="value")`` or ``tool("value")``.

    None if the text is no such call, names no tool there is, or has anything but literals in it.
    """
    match = _CALL.fullmatch(text.strip(" \t\r\n`"))
    tool = known_tool(match["tool"], tools) if match else ""
    if match is None or tool not in tools:
        return None
    try:
        node = ast.parse(f"call({match['arguments']})", mode="eval").body
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return None
        given = {each.arg: ast.literal_eval(each.value) for each in node.keywords if each.arg}
        plain = [ast.literal_eval(each) for each in node.args]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    if len(given) < len(node.keywords) or (plain and given) or len(plain) > 1:
        return None
    if not plain:
        return tool, given
    return tool, plain[0] if isinstance(plain[0], str | dict) else match["arguments"].strip()


def described(text: str) -> tuple[str, str] | None:
    """Tool and arguments of ``{"action": …, "action_input": …}``, the arguments as text."""
    stripped = text.strip()
    value = read_object(fenced(stripped) or stripped)
    if value is None or not isinstance(tool := value.get("action"), str):
        return None
    given = value.get("action_input", "")
    return tool, given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
