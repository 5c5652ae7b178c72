"""TGI's `/generate`: our own template and our own reading of `<tool_call>`.

The only path that is faithful to an adapter trained on the native form of tool calls: TGI's chat
API forces tools into a JSON of its own and garbles calls in the history.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from chorei.adapters.rendered import Rendered
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Call, Json
from chorei.adapters.servers.hermes import CallSplitter, flatten, parse
from chorei.adapters.servers.template import CHATML, ChatTemplate
from chorei.adapters.servers.tgi import BASE, TGI, check_loadable, grammar
from chorei.core import ModelSettingError

_FINISH = {"length": "length", "eos_token": "stop", "stop_sequence": "stop"}


class TGIRaw(TGI):
    """TGI's own API.

    Args:
        template: The model's chat template; by default ChatML with Hermes tools.
        stop: Strings that end the model's turn, should the template need any besides the end of
            sequence; they count towards TGI's four.
    """

    kind = "tgi+raw"
    title = "TGI /generate"
    path = "/generate"
    stream_path = "/generate_stream"
    ignored: ClassVar[frozenset[str]] = frozenset({"min_p"})
    renamed: ClassVar[Mapping[str, str]] = {"max_new_tokens": "max_new_tokens"}

    def __init__(self, template: ChatTemplate | None = None, stop: tuple[str, ...] = ()) -> None:
        self._template = template or ChatTemplate(CHATML)
        self._stop = stop

    @override
    def skips_thinking(self, model: str) -> bool:
        return True

    @override
    def request(self, call: Call) -> Json:
        tools = call.body.get("tools") or []
        if call.body.get("tool_choice") == "none":
            tools = []
        if tools and "response_format" in call.body:
            raise ModelSettingError(
                "A response format would forbid the form of tool calls.",
                hint="Ask for the structured answer in a second call.",
            )
        if tools and call.body.get("tool_choice") not in (None, "auto", "none"):
            call.notes.append("TGI /generate does not force tools: the model decides.")
        return {"inputs": self._prompt(call, tools), "parameters": self._parameters(call)}

    @override
    async def rendered(self, client: ServerClient, body: Json) -> Rendered:
        prompt = str(body["inputs"])
        return Rendered(tokens=await self.tokens(client, prompt), text=prompt)

    def _prompt(self, call: Call, tools: list[Json]) -> str:
        messages = call.body["messages"]
        if self._template.calls_as_text:
            messages = flatten(messages)
        else:
            messages = [_with_objects(message) for message in messages]
        return self._template.render(messages, tools=tools, thinking=call.settings.thinking)

    def _parameters(self, call: Call) -> Json:
        parameters: Json = {"details": True, "return_full_text": False}
        if call.settings.stop or self._stop:
            stop = (*(call.settings.stop or ()), *self._stop)
            call.settings = call.settings.model_copy(update={"stop": stop})
        self.put_settings(parameters, call)
        if parameters.get("seed") == 0:
            raise ModelSettingError("TGI takes no seed of 0.", hint="Use another number.")
        if parameters.get("top_p") == 1:
            del parameters["top_p"]
        if parameters.get("top_k") == 0:
            del parameters["top_k"]
        # TGI refuses a temperature of 0; not to sample is the same.
        if parameters.get("temperature") == 0:
            for name in ("temperature", "top_k", "top_p"):
                parameters.pop(name, None)
            parameters["do_sample"] = False
        elif "temperature" in parameters:
            parameters["do_sample"] = True
        if "response_format" in call.body:
            parameters["grammar"] = grammar(call.body["response_format"])
        if call.adapter is not None:
            check_loadable(call, call.adapter)
            parameters["adapter_id"] = call.adapter
        return parameters

    @override
    def answer(self, data: Json, call: Call) -> Json:
        text, calls = parse(data["generated_text"])
        details = data.get("details") or {}
        message: Json = {"role": "assistant", "content": text}
        if calls:
            message["tool_calls"] = calls
        finish = "tool_calls" if calls else _FINISH.get(details.get("finish_reason", ""), "stop")
        usage = _usage(details.get("generated_tokens"), len(details.get("prefill") or ()) or None)
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return {"model": _model(call), "choices": [choice], **usage}

    @override
    def chunks(self, call: Call) -> Callable[[Json], Iterator[Json]]:
        return _Tokens(_model(call))


class _Tokens:
    """Turns the tokens of `/generate_stream` into chunks of OpenAI's form."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._calls = CallSplitter()
        self._index = 0

    def __call__(self, event: Json) -> Iterator[Json]:
        token = event["token"]
        text, calls = ("", []) if token.get("special") else self._calls.feed(token["text"])
        details = event.get("details")
        last = details is not None or event.get("generated_text") is not None
        if last:
            rest, more = self._calls.close()
            text, calls = text + rest, calls + more
        delta: Json = {"role": "assistant", "content": text}
        if calls:
            delta["tool_calls"] = [{**c, "index": self._index + n} for n, c in enumerate(calls)]
            self._index += len(calls)
        choice: Json = {"index": 0, "delta": delta}
        if not last:
            yield {"choices": [choice]}
            return
        details = details or {}
        reason = _FINISH.get(details.get("finish_reason", ""), "stop")
        choice["finish_reason"] = "tool_calls" if self._index else reason
        yield {"model": self._model, "choices": [choice]}
        usage = _usage(details.get("generated_tokens"), details.get("input_length"))
        if usage:
            yield {"choices": [], **usage}


def _model(call: Call) -> str:
    """The model that answers, which /generate does not say."""
    return call.adapter or (call.info.model if call.info else "") or BASE


def _usage(written: int | None, read: int | None) -> Json:
    """Usage in OpenAI's form; an answer in one piece does not tell the prompt's part."""
    if written is None:
        return {}
    total = None if read is None else written + read
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": total}
    return {"usage": usage}


def _with_objects(message: Json) -> Json:
    """The message with the arguments of its calls as objects, as templates expect them."""
    if not message.get("tool_calls"):
        return message
    calls: list[Any] = []
    for call in message["tool_calls"]:
        function = call["function"]
        arguments = json.loads(function.get("arguments") or "{}")
        calls.append({**call, "function": {**function, "arguments": arguments}})
    return {**message, "content": message.get("content") or "", "tool_calls": calls}
