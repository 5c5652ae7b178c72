"""One call of the local chat model: settings gathered, prompt rendered, answer taken apart."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

from langchain_core.messages import (
    AIMessageChunk,
    BaseMessage,
    InvalidToolCall,
    ToolCall,
    ToolCallChunk,
)
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from pydantic import ValidationError

from chorei.adapters.local.engine import LocalEngine
from chorei.adapters.local.folder import no_adapter
from chorei.adapters.local.request import Request
from chorei.adapters.local.templates import ChatTemplate
from chorei.adapters.local.toolforms import ToolForm, complete, read_calls
from chorei.adapters.splitting import Splitter
from chorei.core import Generation
from chorei.core.errors import ModelSettingError

# Given by LangChain and of no effect here.
_IGNORED = {"ls_structured_output_format", "stream_usage", "strict", "parallel_tool_calls"}


def prepare(
    engine: LocalEngine,
    messages: Sequence[BaseMessage],
    *,
    generation: Generation,
    adapter: str | None,
    adapters: Mapping[str, Path],
    settings: Mapping[str, Any],
) -> "Call":
    """Everything that is needed to run a call.

    Args:
        engine: The model.
        messages: The conversation.
        generation: Settings of all calls.
        adapter: Adapter of all calls.
        adapters: Folders of adapters by name.
        settings: What this call brings.

    Raises:
        ModelSettingError: A setting is unknown or out of its range.
        ContextLengthError: The prompt is too long.
        AdapterNotFoundError: There is no such adapter.
    """
    given = {k: v for k, v in settings.items() if v is not None and k not in _IGNORED}
    tools, choice = given.pop("tools", []), given.pop("tool_choice", None)
    wanted = given.pop("adapter", adapter)
    template = ChatTemplate(engine.tokenizer)
    names = [tool["function"]["name"] for tool in tools]
    forced = _forced(choice, names)
    own = _generation(given)
    chosen = own.over(generation)
    thinking = False if forced is not None else chosen.thinking
    if choice == "none":
        tools, names = [], []
    text = template.render(messages, tools=tools, thinking=thinking)
    begun = ""
    if forced is not None:
        begun = template.form.begin(tools[names.index(forced)]["function"] if forced else None)
    stop = (*(chosen.stop or ()), *template.stop)
    request = engine.request(
        engine.encode(text + begun),
        chosen.model_copy(update={"stop": stop}),
        adapter=_loaded(engine, wanted, adapters) if wanted else None,
    )
    opened = not begun and text.rstrip().endswith("<think>")
    return Call(engine.label, request, form=template.form, names=names, begun=begun, opened=opened)


class Call:
    """A call that is ready to run.

    Args:
        label: The model's name.
        request: What the engine runs.
        form: How the model asks for tools.
        names: The tools that there are.
        begun: The beginning of a call that the model has to continue.
        opened: Whether the prompt has opened the thinking.
    """

    def __init__(
        self,
        label: str,
        request: Request,
        *,
        form: ToolForm,
        names: Sequence[str],
        begun: str,
        opened: bool,
    ) -> None:
        self.request = request
        self._label = label
        self._form = form
        self._names = names
        self._begun = begun
        mark = form.opening.strip() if names else None
        self._splitter = Splitter(thinking=opened, mark=mark)

    def read(self, pieces: Iterator[str]) -> Iterator[AIMessageChunk]:
        """The text of the engine as messages, the last of them with the usage."""
        yield from self._feed(self._begun)
        with closing(pieces):  # type: ignore[type-var]
            for piece in pieces:
                yield from self._feed(piece)
                if self._enough():
                    break
        yield self._last()

    async def aread(self, pieces: AsyncIterator[str]) -> AsyncIterator[AIMessageChunk]:
        """As :meth:`read`, for an event loop."""
        for message in self._feed(self._begun):
            yield message
        async with aclosing(pieces):  # type: ignore[type-var]
            async for piece in pieces:
                for message in self._feed(piece):
                    yield message
                if self._enough():
                    break
        yield self._last()

    def _feed(self, piece: str) -> Iterator[AIMessageChunk]:
        thought, answer = self._splitter.feed(piece) if piece else ("", "")
        if thought or answer:
            yield _chunk(thought, answer)

    def _enough(self) -> bool:
        """A call that had to be made is made; models go on writing more of them."""
        return bool(self._begun) and complete(self._splitter.calls, self._form)

    def _last(self) -> AIMessageChunk:
        thought, answer = self._splitter.close()
        calls, broken, rest = read_calls(self._splitter.calls, self._form, self._names)
        every: list[ToolCall | InvalidToolCall] = [*calls, *broken]
        last = AIMessageChunk(
            content=answer + rest,
            additional_kwargs={"reasoning_content": thought} if thought else {},
            tool_call_chunks=[_written(call, place) for place, call in enumerate(every)],
            chunk_position="last",
        )
        read, written = len(self.request.prompt), len(self.request.tokens)
        last.usage_metadata = UsageMetadata(
            input_tokens=read, output_tokens=written, total_tokens=read + written
        )
        if self.request.remembered:
            details = InputTokenDetails(cache_read=self.request.remembered)
            last.usage_metadata["input_token_details"] = details
        reason = "tool_calls" if calls else self.request.finish or "stop"
        last.response_metadata = {
            "model_name": self._label,
            "model_provider": "chorei",
            "finish_reason": reason,
        }
        return last


def check_adapter(engine: LocalEngine, name: str, adapters: Mapping[str, Path]) -> None:
    """Check that an adapter of this name can be had, without loading anything.

    Raises:
        AdapterNotFoundError: It cannot.
    """
    if name in adapters or name in engine.adapters or _is_folder(name):
        return
    raise no_adapter(name, {*adapters, *engine.adapters})


def _is_folder(name: str) -> bool:
    return (Path(name).expanduser() / "adapter_config.json").is_file()


def _loaded(engine: LocalEngine, name: str, adapters: Mapping[str, Path]) -> str:
    if name in engine.adapters:
        return name
    check_adapter(engine, name, adapters)
    return engine.load_adapter(adapters.get(name, Path(name)), name)


def _generation(given: Mapping[str, Any]) -> Generation:
    fields = {("max_new_tokens" if k == "max_tokens" else k): v for k, v in given.items()}
    for name in fields:
        if name not in Generation.model_fields:
            known = ", ".join(Generation.model_fields)
            raise ModelSettingError(
                f"The local model has no setting '{name}'.", hint=f"It has: {known}, adapter."
            )
    try:
        return Generation.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelSettingError(
            f"The setting '{first['loc'][0]}' does not fit: {first['msg'].lower()}."
        ) from None


def _forced(choice: Any, names: Sequence[str]) -> str | None:
    """The tool that must be called: a name, empty for any of them, None if none must."""
    if isinstance(choice, dict):
        choice = choice.get("function", {}).get("name", "any")
    if choice in (None, False, "auto", "none") or not names:
        return None
    if choice in (True, "any", "required"):
        return names[0] if len(names) == 1 else ""
    if choice not in names:
        raise ModelSettingError(f"There is no tool '{choice}' to choose.")
    return str(choice)


def _written(call: ToolCall | InvalidToolCall, place: int) -> ToolCallChunk:
    """A call as LangChain adds chunks up: arguments as text."""
    args = call["args"]
    text = args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)
    return tool_call_chunk(name=call["name"], args=text, id=call["id"], index=place)


def _chunk(thought: str, answer: str) -> AIMessageChunk:
    extra = {"reasoning_content": thought} if thought else {}
    return AIMessageChunk(content=answer, additional_kwargs=extra)
