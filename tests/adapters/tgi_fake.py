"""Text Generation Inference as its OpenAPI document and its source describe it, without a model.

Every request is validated against the document; a request that does not fit fails the test. What
it answers is made up, but has the form, the limits and the oddities of TGI 3.3.
"""

import json
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import tgi_fake_faults as faults
from tgi_fake_http import Exchange, FakeServer

SCHEMA = json.loads((Path(__file__).parent / "tgi_schema.json").read_text(encoding="utf-8"))
Json = dict[str, Any]


def validator(name: str) -> jsonschema.Draft202012Validator:
    """For a schema of the document; a key that the document does not know is an error in it."""
    components = json.loads(json.dumps(SCHEMA["components"]))
    for known in ("ChatRequest", "GenerateRequest", "GenerateParameters"):
        components["schemas"][known]["additionalProperties"] = False
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": components}
    )


class FakeTGI(FakeServer):
    """One TGI; ``faults`` are used up by the next requests, in order."""

    # Each piece of a streamed call of a tool carries its name and id anew.
    repeats_names = True

    def __init__(
        self, *, model: str = "meta-llama/Llama-3.2-1B-Instruct", key: str = "", **adapters: str
    ) -> None:
        super().__init__(self._handle)
        self.model = model
        self.key = key
        self.adapters = adapters
        self.faults: deque[str] = deque()
        self.reply: Callable[[Json], str] = lambda body: "Hello from the model."
        self.invalid: list[str] = []
        self.pause = 0.0
        self._chat, self._generate = validator("ChatRequest"), validator("GenerateRequest")

    @property
    def posts(self) -> list[Exchange]:
        return [e for e in self.exchanges if e.method == "POST"]

    @property
    def last(self) -> Json:
        return self.posts[-1].body

    async def _handle(self, exchange: Exchange) -> None:
        if exchange.method == "GET":
            await self._page(exchange)
            return
        if self.key and exchange.headers.get("authorization") != f"Bearer {self.key}":
            await exchange.send(401, b"")
            return
        if self.faults:
            await faults.FAULTS[self.faults.popleft()](exchange)
            return
        chat = exchange.path == "/v1/chat/completions"
        check = self._chat if chat else self._generate
        if errors := [e.message for e in check.iter_errors(exchange.body)]:
            self.invalid += errors
            await exchange.send(422, f"Failed to deserialize: {errors[0]}", "text/plain")
            return
        said = _chat_limits(exchange.body) if chat else _generate_limits(exchange.body)
        if said:
            await exchange.send_json(422, {"error": said, "error_type": "validation"})
        elif chat:
            await self._answer_chat(exchange)
        else:
            await self._answer_generate(exchange)

    async def _page(self, exchange: Exchange) -> None:
        if exchange.path == "/info":
            await exchange.send_json(200, {
                "model_id": self.model, "max_concurrent_requests": 128, "max_best_of": 2,
                "max_stop_sequences": 4, "max_input_tokens": 4095, "max_total_tokens": 4096,
                "validation_workers": 2, "max_client_batch_size": 4, "version": "3.3.6-dev0",
                "router": "text-generation-router", "model_sha": "abc",
            })  # fmt: skip
        elif exchange.path == "/health":
            await exchange.send(200, b"")
        else:
            await exchange.send_json(404, {"error": "not found", "error_type": "not_found"})

    def _text(self, adapter: str | None, body: Json) -> str:
        """An adapter that is not there is the base model, without a word."""
        return self.adapters.get(adapter or "", "") or self.reply(body)

    async def _answer_chat(self, exchange: Exchange) -> None:
        body = exchange.body
        called = None
        if body.get("tools") and body.get("tool_choice") != "none" and _asks(body):
            called = _call(body)
        if body.get("response_format"):
            text = json.dumps(instance(_grammar_schema(body["response_format"])))
        else:
            text = self._text(body.get("model"), body)
        text = _stopped(text, body.get("stop"))
        words = re.findall(r"\S+\s*|\s+", text)[: body.get("max_tokens") or 1000]
        usage = {"prompt_tokens": 7, "completion_tokens": max(1, len(words))}
        usage["total_tokens"] = sum(usage.values())
        head = {"id": "", "created": 1, "model": self.model, "system_fingerprint": "3.3.6-native"}
        if not body.get("stream"):
            message: Json = {"role": "assistant", "content": "".join(words)}
            if called:
                function = {"description": None, "name": called[0], "arguments": called[1]}
                call = {"id": "0", "type": "function", "function": function}
                message = {"role": "assistant", "tool_calls": [call]}
            choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
            await exchange.send_json(
                200, {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
            )
            return
        await exchange.start()
        head |= {"object": "chat.completion.chunk", "usage": None}
        for delta in _deltas(words, called, again=self.repeats_names):
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
            await exchange.event({**head, "choices": [choice]})
            await faults.sleep(self.pause)
        choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": None}
        await exchange.event({**head, "choices": [{**choice, "finish_reason": "stop"}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            await exchange.event({**head, "choices": [], "usage": usage})
        await exchange.event("[DONE]")
        await exchange.end()

    async def _answer_generate(self, exchange: Exchange) -> None:
        parameters = exchange.body.get("parameters", {})
        text = self._text(parameters.get("adapter_id"), exchange.body)
        if parameters.get("grammar"):
            text = json.dumps(instance(_grammar_schema(parameters["grammar"])))
        text = _stopped(text, parameters.get("stop"))
        words = re.findall(r"\S+\s*|\s+", text)[: parameters.get("max_new_tokens") or 1000]
        details = {"finish_reason": "eos_token", "generated_tokens": max(1, len(words))}
        if exchange.path == "/generate":
            full = {**details, "prefill": [], "tokens": [], "seed": None}
            await exchange.send_json(200, {"generated_text": "".join(words), "details": full})
            return
        await exchange.start()
        for index, word in enumerate(words or [""]):
            last = index == max(0, len(words) - 1)
            await exchange.event({
                "index": index, "token": {"id": 5, "text": word, "logprob": -0.1, "special": False},
                "generated_text": "".join(words) if last else None,
                "details": {**details, "input_length": 9, "seed": None} if last else None,
            }, space="")  # fmt: skip
            await faults.sleep(self.pause)
        await exchange.end()


def _chat_limits(body: Json) -> str:
    top_p = body.get("top_p")
    if top_p is not None and not 0 < top_p < 1:
        return "`top_p` must be > 0.0 and < 1.0"
    if len(body.get("stop") or ()) > 4:
        return "`stop` supports up to 4 stop sequences"
    if body.get("tools") and body.get("response_format"):
        return "Grammar and tools are mutually exclusive"
    if "presence_penalty" in body:
        return "presence_penalty would be misread"
    return ""


def _generate_limits(body: Json) -> str:
    parameters = body.get("parameters", {})
    if parameters.get("temperature") == 0:
        return "`temperature` must be strictly positive"
    if parameters.get("top_p") == 1:
        return "`top_p` must be > 0.0 and < 1.0"
    if len(parameters.get("stop") or ()) > 4:
        return "`stop` supports up to 4 stop sequences"
    return ""


def _asks(body: Json) -> bool:
    """Whether the model would call a tool: not when it has just been given a result."""
    last = body["messages"][-1]
    return last["role"] != "tool" and "<tool_response>" not in str(last.get("content"))


def _call(body: Json) -> tuple[str, str]:
    tools = {t["function"]["name"]: t["function"] for t in body["tools"]}
    choice = body.get("tool_choice")
    chosen = choice["function"]["name"] if isinstance(choice, dict) else next(iter(tools))
    asked = str(body["messages"][-1].get("content"))
    return chosen, arguments(tools[chosen], asked)


def arguments(function: Json, asked: str) -> str:
    """JSON that fits a function's schema, with a number and a foreign word of the question."""
    number = [*map(int, re.findall(r"-?\d+", asked)), 3]
    text = [*re.findall(r"[^\x00-\x7f]+", asked), "text"]
    schema = function.get("arguments") or function.get("parameters") or {}
    made = instance(schema, number[-2] if number[1:] else 3, text[0])
    return json.dumps(made, ensure_ascii=False)


def _deltas(words: list[str], called: tuple[str, str] | None, *, again: bool) -> list[Json]:
    if called is None:
        return [{"role": "assistant", "content": word} for word in words]
    half = len(called[1]) // 2
    name = called[0] if again else None
    pieces = [(called[0], ""), (name, called[1][:half]), (name, called[1][half:])]
    return [
        {"role": "assistant", "tool_calls": [
            {"index": 0, "id": "0" if name else None, "type": "function",
             "function": {"name": name, "arguments": text}}]}
        for name, text in pieces
    ]  # fmt: skip


def _grammar_schema(grammar: Json) -> Json:
    value = grammar.get("value") or grammar.get("json_schema") or {}
    if grammar["type"] == "regex":
        return {"type": "string"}
    return value["schema"] if grammar["type"] == "json_schema" else value


def instance(schema: Json, number: int = 3, text: str = "text") -> Any:
    """Something that fits a JSON schema."""
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return instance(schema[key][0], number, text)
    kind = schema.get("type", "object")
    if kind == "object":
        return {k: instance(v, number, text) for k, v in schema.get("properties", {}).items()}
    if kind == "array":
        return [instance(schema.get("items", {}), number, text)]
    return {"integer": number, "number": float(number), "boolean": True, "null": None}.get(
        kind, text
    )


def _stopped(text: str, stops: list[str] | None) -> str:
    for stop in stops or ():
        text = text.partition(stop)[0]
    return text


class FakeVLLM(FakeTGI):
    """A server of OpenAI's own form, with the same made-up answers."""

    repeats_names = False

    async def _handle(self, exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            model = {"id": self.model, "parent": None, "max_model_len": 4096}
            await exchange.send_json(200, {"data": [model]})
        elif exchange.method == "POST":
            await self._answer_chat(exchange)
        else:
            await exchange.send(404, b"")


class FakeNative(FakeTGI):
    """TGI with a model that was trained on the Hermes form of tool calls."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = self._native

    def _native(self, body: Json) -> str:
        prompt = body["inputs"]
        _, _, last = prompt.rpartition("<|im_start|>user\n")
        _, opened, listed = prompt.partition("XML tags:\n<tools>\n")
        if not opened or "<tool_response>" in last:
            return "Hello from the model."
        tool = json.loads(listed.partition("\n")[0])["function"]
        call = f'{{"name": "{tool["name"]}", "arguments": {arguments(tool, last)}}}'
        return f"<tool_call>\n{call}\n</tool_call>"
