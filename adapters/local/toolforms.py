"""How a model writes that it wants a tool, and how that is read."""

import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from langchain_core.messages import InvalidToolCall, ToolCall

from chorei.core import Frozen


class ToolForm(Frozen):
    """The form in which a family of models asks for tools.

    Attributes:
        opening: What stands before a call; empty if the whole answer is the call.
        closing: What stands after it.
        arguments: Key of the arguments.
        listed: Whether calls stand in a JSON list.
    """

    opening: str
    closing: str = ""
    arguments: str = "arguments"
    listed: bool = False

    def begin(self, tool: Mapping[str, Any] | None) -> str:
        """The beginning of a call, so that the model has to go on with it.

        The first argument that the tool requires is begun, too: small models would otherwise
        copy the schema.

        Args:
            tool: The function in OpenAI's form; None leaves the choice to the model.
        """
        start = f'{self.opening}{"[" if self.listed else ""}{{"name": "'
        if tool is None:
            return start
        start += f'{json.dumps(tool["name"], ensure_ascii=False)[1:]}, "{self.arguments}": {{'
        schema = tool.get("parameters") or {}
        for name in schema.get("required") or ():
            text = schema.get("properties", {}).get(name, {}).get("type") == "string"
            return f"{start}{json.dumps(name, ensure_ascii=False)}: {chr(34) if text else ''}"
        return start


HERMES = ToolForm(opening="<tool_call>\n", closing="</tool_call>")
MISTRAL = ToolForm(opening="[TOOL_CALLS]", listed=True)
LLAMA = ToolForm(opening="", arguments="parameters")

INSTRUCTION = """\
# Tools

You may call one or more functions. Their signatures are within <tools></tools>:
<tools>
{tools}
</tools>

For each call write a JSON object with the function's name and its arguments within \
<tool_call></tool_call>:
<tool_call>
{{"name": <function name>, "arguments": <arguments as JSON object>}}
</tool_call>"""


def form_of(template: str) -> ToolForm:
    """The form that the chat template of a model shows."""
    if "<tool_call>" in template or "tools" not in template:
        return HERMES
    return MISTRAL if "[TOOL_CALLS]" in template else LLAMA


def read_calls(
    text: str, form: ToolForm, names: Collection[str]
) -> tuple[list[ToolCall], list[InvalidToolCall], str]:
    """The calls in a text.

    Args:
        text: What the model wrote, from the first opening on.
        form: The form of its family.
        names: Tools that there are; only with one of these is bare JSON a call.

    Returns:
        The calls, what looks like a call but cannot be read, and the rest of the text.
    """
    calls: list[ToolCall] = []
    broken: list[InvalidToolCall] = []
    mark = form.opening.strip()
    before, *parts = text.split(mark) if mark else ("", text)
    rest = before
    for part in parts:
        found, end = _objects(part)
        good = [call for item in found if (call := _call(item))]
        if good and (mark or all(call["name"] in names for call in good)):
            calls += good
            tail = part[end:].lstrip("] \n;")
            rest += tail.removeprefix(form.closing) if form.closing else tail
        elif mark:
            error = "This is no call with a name and arguments as JSON."
            broken.append(
                InvalidToolCall(
                    type="invalid_tool_call", id=_id(), name=None, args=part.strip(), error=error
                )
            )
        else:
            rest += part
    return calls, broken, rest.strip()


def complete(text: str, form: ToolForm) -> bool:
    """Whether a text holds a whole call, so that nothing more is needed."""
    mark = form.opening.strip()
    return bool(_objects(text.split(mark, 1)[-1] if mark else text)[0])


def _objects(text: str) -> tuple[list[Mapping[str, Any]], int]:
    """The JSON objects at the beginning of a text, and where they end."""
    decoder = json.JSONDecoder()
    found: list[Mapping[str, Any]] = []
    place = end = 0
    while True:
        place += len(text[place:]) - len(text[place:].lstrip(" \n\t[],;"))
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return found, end
        if not isinstance(value, dict):
            return found, end
        found.append(value)
        end = place


def _call(item: Mapping[str, Any]) -> ToolCall | None:
    inner = item.get("function")
    item = inner if isinstance(inner, dict) else item
    name, arguments = item.get("name"), item.get("arguments", item.get("parameters"))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            return None
    if not isinstance(name, str) or not isinstance(arguments, dict | None):
        return None
    return ToolCall(type="tool_call", id=_id(), name=name, args=arguments or {})


def _id() -> str:
    return f"call_{uuid.uuid4().hex[:16]}"
