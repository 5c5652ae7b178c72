"""Tool calls in the Hermes form: ``<tool_call>{"name": …, "arguments": {…}}</tool_call>``.

Qwen and the Hermes models are trained on it; results go back as ``<tool_response>`` in the
user's turn.
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|\Z)", re.DOTALL)
OPEN, CLOSE = "<tool_call>", "</tool_call>"


def parse(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text without its tool calls, and the calls in OpenAI's form.

    What is not a complete call of valid JSON stays in the text.
    """
    calls: list[dict[str, Any]] = []

    def take(match: re.Match[str]) -> str:
        try:
            call = json.loads(match[1])
        except ValueError:
            return match[0]
        if not isinstance(call, dict) or not isinstance(call.get("name"), str):
            return match[0]
        arguments = call.get("arguments", call.get("parameters", {}))
        calls.append(as_call(call["name"], arguments))
        return ""

    return _CALL.sub(take, text).strip() if OPEN in text else text, calls


def as_call(name: str, arguments: Any) -> dict[str, Any]:
    """A call in OpenAI's form, with an id of its own."""
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    function = {"name": name, "arguments": arguments}
    return {"id": f"call_{uuid.uuid4().hex[:16]}", "type": "function", "function": function}


def flatten(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Messages in which calls and results of tools are text, for servers that garble them."""
    flat: list[dict[str, Any]] = []
    for message in messages:
        role, content = message["role"], message.get("content")
        if role == "tool":
            text = f"<tool_response>\n{_text(content)}\n</tool_response>"
            if flat and flat[-1]["role"] == "user" and flat[-1].get("_results"):
                flat[-1]["content"] += f"\n{text}"
            else:
                flat.append({"role": "user", "content": text, "_results": True})
        elif role == "assistant" and message.get("tool_calls"):
            calls = "\n".join(_written(call["function"]) for call in message["tool_calls"])
            flat.append({"role": role, "content": f"{_text(content)}\n{calls}".strip()})
        else:
            flat.append({k: v for k, v in message.items() if v is not None})
    return [{k: v for k, v in m.items() if k != "_results"} for m in flat]


def _written(function: Mapping[str, Any]) -> str:
    arguments = function.get("arguments") or "{}"
    name = json.dumps(function["name"], ensure_ascii=False)
    return f'<tool_call>\n{{"name": {name}, "arguments": {arguments}}}\n</tool_call>'


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(p.get("text", "") for p in content if isinstance(p, Mapping))
    return content or ""


class CallSplitter:
    """Takes the calls out of a text that arrives in pieces; the rest passes as it comes."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> tuple[str, list[dict[str, Any]]]:
        """The text that is known to belong to no call, and the calls completed by this piece."""
        self._held += piece
        start = self._held.find(OPEN)
        if start < 0:
            keep = next(n for n in range(len(OPEN) - 1, -1, -1) if self._held.endswith(OPEN[:n]))
            cut = len(self._held) - keep
            text, self._held = self._held[:cut], self._held[cut:]
            return text, []
        text, self._held = self._held[:start], self._held[start:]
        end = self._held.find(CLOSE)
        if end < 0:
            return text, []
        whole, self._held = self._held[: end + len(CLOSE)], self._held[end + len(CLOSE) :]
        said, calls = parse(whole)
        more, further = self.feed("")
        return text + (said if not calls else "") + more, calls + further

    def close(self) -> tuple[str, list[dict[str, Any]]]:
        """What is left at the end; a call without its closing tag counts if its JSON is whole."""
        held, self._held = self._held, ""
        return parse(held)
