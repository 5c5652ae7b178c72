"""Calls of tools that a model wrote into its text."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from chorei.agent.parsing.fences import fenced
from chorei.agent.parsing.repair import read_object, repair_json
from chorei.agent.parsing.thinking import thinking_blocks
from chorei.core import Frozen

_PIPE: Final = r"[|｜]"
_OPEN: Final = re.compile(
    r"<(?P<tag>tool_call|function_call)>"
    r"|(?P<bare><function=)"
    rf"|(?P<deepseek><{_PIPE}tool▁call▁begin{_PIPE}>)"
    r"|(?P<mistral>\[TOOL_CALLS\])"
    r"|(?P<python><\|python_tag\|>)"
)
_CLOSE: Final = {
    "tool_call": re.compile(r"</tool_call>"),
    "function_call": re.compile(r"</function_call>"),
    "bare": re.compile(r"</function>"),
    "deepseek": re.compile(rf"<{_PIPE}tool▁call▁end{_PIPE}>"),
    "mistral": re.compile(r"</s>|\Z"),
    "python": re.compile(r"<\|eom_id\|>|<\|eot_id\|>|\Z"),
}
_NOISE: Final = re.compile(
    rf"<{_PIPE}(?:tool▁calls▁(?:begin|end)|end▁of▁sentence|im_end|eot_id|eom_id){_PIPE}>|</s>"
)
_FUNCTION: Final = re.compile(r"\s*<function=([^>\n]{1,200})>")
_PARAMETER: Final = re.compile(r"<parameter=([^>\n]{1,200})>")
_SEPARATED: Final = re.compile(rf"\s*(?:function)?<{_PIPE}tool▁sep{_PIPE}>\s*([^\s<]{{1,200}})")
_NAMED: Final = re.compile(r"\s*([\w.:-]{1,200})\s*(?:\[ARGS\]|(?=\{))")
_ARGUMENT_KEYS: Final = ("arguments", "parameters", "args", "input")


class RequestedCall(Frozen):
    """A call of a tool that a model asks for.

    Attributes:
        name: Name of the tool, as written.
        arguments: Arguments by name; a string if the model gave nothing but a string.
        id: The model's own id for it, or ``call_1``, ``call_2`` …
    """

    name: str
    arguments: dict[str, Any] | str
    id: str


class ToolCalls(Frozen):
    """The calls in a text, and the text without them."""

    calls: tuple[RequestedCall, ...] = ()
    text: str = ""


def parse_tool_calls(text: str, tools: Collection[str] | None = None) -> ToolCalls:
    """Find the calls of tools in what a model wrote.

    Known are the tags of Hermes and Qwen (``<tool_call>`` around JSON, or around
    ``<function=…>`` with parameters), Llama, Mistral and DeepSeek, and a text that is nothing but
    a JSON object or array of calls. A call inside thinking is none, and one that is cut off is
    not completed.

    Args:
        text: What the model wrote.
        tools: Names of the tools there are. Bare JSON is a call only if it names one of them;
            None accepts any name. Calls in tags are kept whatever they name.

    Returns:
        The calls in order, and what is left of the text; empty if only white space is left.
    """
    calls, rest = _tagged(text)
    if not calls:
        bare = _bare(text, tools)
        if bare is not None:
            calls, rest = bare, ""
    numbered = tuple(
        call if call.id else call.model_copy(update={"id": f"call_{number}"})
        for number, call in enumerate(calls, start=1)
    )
    return ToolCalls(calls=numbered, text=rest if rest.strip() else "")


def _tagged(text: str) -> tuple[list[RequestedCall], str]:
    calls: list[RequestedCall] = []
    rest: list[str] = []
    position = kept = 0
    thought = [(block.start, block.end) for block in thinking_blocks(text)]
    while (opening := _OPEN.search(text, position)) is not None:
        while thought and thought[0][1] <= opening.start():
            thought.pop(0)
        if thought and thought[0][0] <= opening.start():
            position = thought[0][1]
            continue
        kind = opening["tag"] or opening.lastgroup or ""
        closing = _CLOSE[kind].search(text, opening.end())
        end, position = closing.span() if closing else (len(text), len(text))
        found = list(_calls(kind, text[opening.end() : end], closed=closing is not None))
        if found:
            calls += found
            rest.append(text[kept : opening.start()])
            kept = position
    rest.append(text[kept:])
    left = "".join(rest)
    return calls, _NOISE.sub("", left) if calls else left


def _calls(kind: str, inside: str, *, closed: bool) -> Iterator[RequestedCall]:
    if kind == "bare":
        yield from _function(f"<function={inside}", closed=closed)
    elif kind == "deepseek":
        yield from _deepseek(inside)
    elif kind == "mistral" and (named := _NAMED.match(inside)) is not None:
        yield from _with_name(named[1], inside[named.end() :])
    elif _FUNCTION.match(inside):
        yield from _function(inside, closed=closed)
    else:
        yield from _from_json(inside, closed=closed) or ()


def _from_json(inside: str, *, closed: bool) -> list[RequestedCall] | None:
    """The calls that JSON describes; None if it describes anything else."""
    start = inside.strip()
    if not start.startswith(("{", "[")):
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        value = repair_json(start) if closed and start.endswith(("}", "]")) else None
    items = value if isinstance(value, list) else [value]
    calls = [_call(item) for item in items]
    found = [call for call in calls if call is not None]
    return found if found and len(found) == len(calls) else None


def _call(item: object) -> RequestedCall | None:
    if not isinstance(item, dict):
        return None
    own = item["function"] if isinstance(item.get("function"), dict) else item
    name = own.get("name")
    key = next((key for key in _ARGUMENT_KEYS if key in own), None)
    if not isinstance(name, str) or not name.strip() or key is None:
        return None
    arguments = own[key]
    if isinstance(arguments, str) and (inner := read_object(arguments)) is not None:
        arguments = inner
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict | str):
        return None
    given = item.get("id")
    return RequestedCall(
        name=name.strip(), arguments=arguments, id=given if isinstance(given, str) else ""
    )


def _function(inside: str, *, closed: bool) -> Iterator[RequestedCall]:
    match = _FUNCTION.match(inside)
    if match is None or not closed:
        return
    body = inside[match.end() :]
    arguments = read_object(body)
    if arguments is None:
        arguments = {name.strip(): _typed(value) for name, value in _parameters(body)}
    yield RequestedCall(name=match[1].strip(), arguments=arguments, id="")


def _parameters(body: str) -> Iterator[tuple[str, str]]:
    position = 0
    while (opening := _PARAMETER.search(body, position)) is not None:
        end = body.find("</parameter>", opening.end())
        if end < 0:
            return
        yield opening[1], body[opening.end() : end]
        position = end


def _typed(value: str) -> Any:
    """A parameter is text unless it reads as JSON; one line break on each side is layout."""
    text = value.removeprefix("\n").removesuffix("\n")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _deepseek(inside: str) -> Iterator[RequestedCall]:
    match = _SEPARATED.match(inside)
    if match is not None:
        yield from _with_name(match[1], inside[match.end() :])
        return
    name, separator, body = re.sub(_PIPE, "|", inside).partition("<|tool▁sep|>")
    if separator and name.strip():
        yield from _with_name(name.strip(), body)


def _with_name(name: str, body: str) -> Iterator[RequestedCall]:
    inside = fenced(body.lstrip())
    arguments = read_object(body if inside is None else inside)
    if arguments is not None:
        yield RequestedCall(name=name, arguments=arguments, id="")


def _bare(text: str, tools: Collection[str] | None) -> list[RequestedCall] | None:
    """The calls that the whole text is; an empty list if it is one that was cut off."""
    whole = (fenced(text.strip()) or text).strip()
    calls = _from_json(whole, closed=False)
    if calls is None:
        return [] if _cut_off(whole, tools) else None
    if tools is not None and not all(call.name in tools for call in calls):
        return None
    return calls


def _cut_off(whole: str, tools: Collection[str] | None) -> bool:
    begun = re.match(r'\[?\s*\{\s*"name"\s*:\s*"([^"\\]{1,200})"\s*,\s*"\w{1,20}"\s*:', whole)
    if begun is None or (tools is not None and begun[1] not in tools):
        return False
    try:
        json.JSONDecoder().raw_decode(whole)
    except (ValueError, RecursionError):
        return True
    return False
