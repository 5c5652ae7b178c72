"""Text Generation Inference (Hugging Face), as of 3.3; its published OpenAPI document.

Read from its source where the document is silent: it ignores what it does not know, an unknown
adapter means the base model, and `presence_penalty` is misread (0 becomes a repetition penalty of
2), so that one is never sent.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from typing_extensions import override

from chorei.adapters.rendered import Rendered
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import (
    Call,
    Dialect,
    Json,
    ServerInfo,
    check_adapter,
)
from chorei.adapters.servers.hermes import flatten
from chorei.adapters.servers.tokenizing import token_ids
from chorei.core import AdapterNotFoundError, ModelSettingError

BASE = "tgi"
_KEPT = (
    "frequency_penalty", "logprobs", "messages", "response_format", "stream", "stream_options",
    "tool_choice", "tool_prompt", "tools", "top_logprobs",
)  # fmt: skip


class TGI(Dialect):
    """TGI's chat API."""

    kind = "tgi"
    title = "TGI"
    ignored: ClassVar[frozenset[str]] = frozenset({"top_k", "min_p", "repetition_penalty"})
    max_stops = 4
    tokenizes: ClassVar[bool] = True

    @override
    def request(self, call: Call) -> Json:
        body = super().request(call)
        if body.get("tools") and "response_format" in body:
            raise ModelSettingError(
                "TGI takes either tools or a response format, not both.",
                hint="Ask for the structured answer in a second call.",
            )
        # TGI takes 1 for an error; leaving it out means the same.
        if body.get("top_p") == 1:
            del body["top_p"]
        kept = {key: body[key] for key in _KEPT if body.get(key) is not None}
        for key in ("model", "max_tokens", "temperature", "top_p", "stop", "seed"):
            if key in body:
                kept[key] = body[key]
        kept["messages"] = flatten(kept["messages"])
        if "tools" in kept:
            kept["tools"] = [_tool(tool) for tool in kept["tools"]]
        return kept

    @override
    def base_model(self, call: Call) -> str:
        """Always the same: any other name would mean an adapter."""
        return BASE

    @override
    def put_adapter(self, body: Json, call: Call, adapter: str) -> None:
        check_loadable(call, adapter)
        body["model"] = adapter

    @override
    def put_thinking(self, body: Json, call: Call) -> None:
        """Qwen3's own switch in the text: TGI does not pass arguments to the template."""
        if call.settings.thinking is None:
            return
        if not self.skips_thinking(call.info.model if call.info else call.model):
            call.ignore("thinking", "TGI (for a model that is not known to be Qwen3)")
            return
        word = "/think" if call.settings.thinking else "/no_think"
        messages = [dict(message) for message in body["messages"]]
        for message in reversed(messages):
            if message["role"] == "user" and isinstance(message.get("content"), str):
                message["content"] += f" {word}"
                break
        body["messages"] = messages

    @override
    def skips_thinking(self, model: str) -> bool:
        return "qwen3" in model.lower()

    @override
    def response_format(self, wanted: Json) -> Json:
        return grammar(wanted)

    @override
    def answer(self, data: Json, call: Call) -> Json:
        for choice in data.get("choices") or ():
            _tidy(choice.get("message") or {}, choice)
        return data

    @override
    def chunks(self, call: Call) -> Callable[[Json], Iterator[Json]]:
        return _ToolDeltas()

    @override
    async def info(self, client: ServerClient) -> ServerInfo:
        said = await client.get("/info")
        said = said if isinstance(said, dict) else {}
        return ServerInfo(
            model=str(said.get("model_id") or ""),
            version=str(said.get("version") or ""),
            max_input=said.get("max_input_tokens"),
            max_total=said.get("max_total_tokens"),
            details=tuple(
                (name.replace("_", " "), str(said[name]))
                for name in ("max_concurrent_requests", "max_stop_sequences", "model_sha")
                if said.get(name) is not None
            ),
        )

    @override
    async def tokens(self, client: ServerClient, text: str, model: str = "") -> tuple[int, ...]:
        """As the base class says, but TGI adds the begin-of-text mark of models that have one."""
        return token_ids(await client.ask("/tokenize", {"inputs": text}), self.title)

    @override
    async def rendered(self, client: ServerClient, body: Json) -> Rendered:
        said = await client.ask("/chat_tokenize", body)
        found = said if isinstance(said, dict) else {}
        tokens = token_ids(found.get("tokenize_response"), self.title)
        return Rendered(tokens=tokens, text=found.get("templated_text"))


class _ToolDeltas:
    """Gives the calls of one stream ids of their own, and each its id and name once."""

    def __init__(self) -> None:
        self._named: set[int] = set()
        self._talk = ""
        self._talking = False

    def __call__(self, event: Json) -> Iterator[Json]:
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            for call in _calls(delta):
                self._tidy(delta, call)
            if choice.get("finish_reason"):
                if self._talking:
                    delta["content"] = _no_tool(self._talk)
                elif self._named:
                    choice["finish_reason"] = "tool_calls"
        yield event

    def _tidy(self, delta: Json, call: Json) -> None:
        function = call["function"]
        index = call.setdefault("index", 0)
        if function.get("name") == "no_tool" or self._talking:
            self._talking = True
            self._talk += function.get("arguments") or ""
            delta["tool_calls"] = []
            return
        known = index in self._named
        call["id"] = None if known else _id()
        if known:
            function["name"] = None
        self._named.add(index)


def check_loadable(call: Call, adapter: str) -> None:
    """Whether TGI can have this adapter.

    Raises:
        AdapterNotFoundError: It is not among the known names; TGI would silently answer as the
            base model.
        ModelSettingError: It is a Qwen3, for which TGI loads no adapters.
    """
    if adapter == BASE:
        raise AdapterNotFoundError(
            "'tgi' means the base model at TGI, so no adapter can have this name.",
            hint="Start TGI with another: --lora-adapters NAME=/path.",
        )
    model = call.info.model if call.info else call.model
    if "qwen3" in model.lower():
        raise ModelSettingError(
            f"TGI serves no LoRA adapters on Qwen3 ({model}).",
            hint="Merge the adapter and serve the merged model, or use vllm or sglang.",
        )
    known = call.info.adapters if call.info else None
    check_adapter(adapter, known, "TGI")
    if known is None:
        call.notes.append(
            f"TGI does not list its adapters and answers as the base model if '{adapter}' is"
            " wrong; give the names it was started with (adapters=[…]) to have them checked."
        )


def grammar(wanted: Json) -> Json:
    """OpenAI's ``response_format`` as TGI's grammar."""
    from langchain_core.utils.json_schema import dereference_refs

    if wanted.get("type") == "json_schema" and "json_schema" in wanted:
        given = wanted["json_schema"]
        schema = dereference_refs(given["schema"])
        schema.pop("$defs", None)
        named = {"name": given["name"]} if given.get("name") else {}
        return {"type": "json_schema", "value": {**named, "schema": schema}}
    if wanted.get("type") == "json_object":
        return {"type": "json", "value": {"type": "object"}}
    if wanted.get("type") in ("json", "regex", "json_schema") and "value" in wanted:
        return wanted
    raise ModelSettingError(
        f"TGI knows no response format '{wanted.get('type')}'.",
        hint="Use a JSON schema or a regular expression.",
    )


def _tool(tool: Json) -> Json:
    function = tool["function"]
    kept: Json = {
        "name": function["name"],
        "arguments": function.get("parameters") or {"type": "object", "properties": {}},
    }
    if function.get("description"):
        kept["description"] = function["description"]
    return {"type": "function", "function": kept}


def _calls(message: Json) -> list[Json]:
    """The calls of a message or delta, in a list (older versions send a bare object)."""
    calls = message.get("tool_calls")
    if isinstance(calls, dict):
        calls = message["tool_calls"] = [calls]
    return calls or []


def _tidy(message: Json, choice: Json) -> None:
    """Unique ids, JSON text as arguments, and the invented tool `no_tool` as plain text."""
    kept = []
    for call in _calls(message):
        function = call["function"]
        arguments: Any = function.get("arguments")
        if isinstance(arguments, dict):
            arguments.pop("_name", None)
        if function.get("name") == "no_tool":
            message["content"] = _no_tool(arguments)
            continue
        if not isinstance(arguments, str):
            function["arguments"] = json.dumps(arguments or {}, ensure_ascii=False)
        call["id"] = _id()
        kept.append(call)
    if "tool_calls" in message:
        message["tool_calls"] = kept
        if kept:
            choice["finish_reason"] = "tool_calls"


def _no_tool(arguments: Any) -> str:
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            return str(arguments)
    return str(arguments.get("content", "")) if isinstance(arguments, dict) else ""


def _id() -> str:
    return f"call_{uuid.uuid4().hex[:16]}"
