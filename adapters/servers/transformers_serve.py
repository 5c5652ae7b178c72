"""``transformers serve`` (5.23): one merged model; sampling settings travel as JSON text."""

import json
from collections.abc import Callable, Iterator
from typing import ClassVar

from typing_extensions import override

from chorei.adapters.servers.dialect import Call, Dialect, Json
from chorei.adapters.stops import StopStrings
from chorei.core import ModelSettingError

# The rest of OpenAI's keys it ignores, or answers with 422.
_KEPT = ("messages", "stream", "tools", "chat_template_kwargs", "model")


class TransformersServe(Dialect):
    """The chat API of ``transformers serve``."""

    kind = "transformers"
    title = "transformers serve"
    structured: ClassVar[bool] = False
    tells: ClassVar[bool] = False

    @override
    def base_model(self, call: Call) -> str:
        """Nothing, if none was named: a pinned server refuses every name but its own."""
        return call.model

    @override
    def request(self, call: Call) -> Json:
        if "response_format" in call.body:
            raise ModelSettingError(
                "transformers serve cannot keep an answer to a format.",
                hint="Describe the format in the prompt and check the answer, or use another"
                " server.",
            )
        body = {key: value for key, value in super().request(call).items() if key in _KEPT}
        choice = call.body.get("tool_choice")
        if choice not in (None, "auto"):
            call.notes.append("transformers serve ignores tool_choice: the model decides.")
        settings = call.settings
        body["generation_config"] = json.dumps(_generation(call))
        if settings.stop:
            body["stop"] = list(settings.stop)
        if settings.seed is not None:
            body["seed"] = settings.seed
        if not body["model"]:
            del body["model"]
        return body

    @override
    def answer(self, data: Json, call: Call) -> Json:
        for choice in data["choices"]:
            cutter = StopStrings(call.settings.stop or ())
            text = choice["message"].get("content") or ""
            choice["message"]["content"] = cutter.add(text) + cutter.finish()
        return data

    @override
    def chunks(self, call: Call) -> Callable[[Json], Iterator[Json]]:
        cutter = StopStrings(call.settings.stop or ())

        def convert(event: Json) -> Iterator[Json]:
            for choice in event.get("choices") or ():
                delta = choice.get("delta") or {}
                text = cutter.add(delta.get("content") or "")
                if choice.get("finish_reason"):
                    text += cutter.finish()
                if "content" in delta or text:
                    choice["delta"] = {**delta, "content": text}
            yield event

        return convert


def _generation(call: Call) -> Json:
    """The settings as a transformers ``GenerationConfig``; what is left out is the model's own."""
    settings = call.settings
    config: Json = {"max_new_tokens": settings.max_new_tokens or 1024}
    for name in ("top_p", "top_k", "min_p", "repetition_penalty"):
        if (value := getattr(settings, name)) is not None:
            config[name] = value
    if settings.temperature == 0:
        return {
            k: v for k, v in config.items() if k in ("max_new_tokens", "repetition_penalty")
        } | {"do_sample": False}
    if settings.temperature is not None:
        config |= {"temperature": settings.temperature, "do_sample": True}
    return config
