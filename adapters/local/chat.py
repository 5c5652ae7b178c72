"""A LangChain chat model that runs in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from chorei.adapters.local.call import Call, check_adapter, prepare
from chorei.adapters.local.engine import LocalEngine
from chorei.adapters.local.templates import ChatTemplate
from chorei.adapters.presets import thinks
from chorei.adapters.rendered import Rendered
from chorei.core import Generation, LoadOptions

# What a call may bring besides the settings of generation.
_SETTINGS = {"max_tokens": "max_new_tokens"} | {name: name for name in Generation.model_fields}


class LocalChatModel(BaseChatModel):
    """A model of transformers, on the CPU or a GPU of this machine.

    All chat models of the same reference and options share one engine: one copy in memory, and
    what is asked at the same time is batched. Calls take the settings of generation by
    LangChain's names (``max_tokens``, ``temperature``, ``stop``, …), and ``adapter``.

    Attributes:
        reference: A folder, a GGUF file, ``smollm2``, or an id on the hub.
        adapter: The adapter of all calls that name none: a name of ``adapters``, of one that the
            engine has loaded, or a folder. A call asks for the bare model with ``adapter=""``.
        adapters: Folders of adapters by name, loaded when they are first asked for.
        generation: Settings of all calls; a call's own go before them.
        options: How the model is loaded.
        deadline_seconds: Most time for one answer, unless a call brings its own.
        takes_deadline: A call may bring ``deadline_seconds``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, populate_by_name=True)

    reference: str = Field(alias="model")
    adapter: str | None = None
    adapters: dict[str, Path] = Field(default_factory=dict)
    generation: Generation = Generation()
    options: LoadOptions = LoadOptions()
    deadline_seconds: float = Field(default=3600.0, gt=0, alias="timeout")
    takes_deadline: ClassVar[bool] = True
    _engine: LocalEngine = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, values: Any) -> Any:
        """Settings of generation may be given one by one, as LangChain's users expect."""
        if not isinstance(values, dict):
            return values
        given = {_SETTINGS[k]: v for k, v in values.items() if k in _SETTINGS and v is not None}
        rest = {k: v for k, v in values.items() if k not in _SETTINGS}
        if given:
            settings = Generation.model_validate(given)
            rest["generation"] = settings.over(rest.get("generation") or Generation())
        return rest

    def model_post_init(self, context: Any, /) -> None:
        """Find the engine; the model is loaded at the first call."""
        self._engine = LocalEngine.open(self.reference, self.options)
        super().model_post_init(context)

    @property
    def engine(self) -> LocalEngine:
        """The model itself, to load and replace adapters."""
        return self._engine

    @property
    def label(self) -> str:
        """The model's name for people."""
        return f"{self._engine.label}#{self.adapter}" if self.adapter else self._engine.label

    @property
    def context_length(self) -> int | None:
        """Most tokens of prompt and answer together."""
        return self._engine.context_length

    @property
    def skips_thinking(self) -> bool:
        """Whether a call may say ``thinking=False``: always, it changes nothing if it cannot."""
        return True

    def will_think(self, thinking: bool | None = None) -> bool:
        """Whether the model will think, told so or not: by its chat template, then its name."""
        if ChatTemplate(self._engine.tokenizer).takes_thinking:
            return thinking is not False
        return thinks(self._engine.label, thinking)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text."""
        return self._engine.count_tokens(text)

    def rendered(self, messages: LanguageModelInput, **kwargs: Any) -> Rendered:
        """The prompt that the model reads of a conversation.

        Args:
            messages: The conversation.
            kwargs: As for a call.
        """
        call = self._prepare(self._convert_input(messages).to_messages(), None, kwargs)
        tokens = call.request.prompt
        return Rendered(tokens=tuple(tokens), text=self._engine.tokenizer.decode(tokens))

    def get_num_tokens(self, text: str) -> int:
        """As :meth:`count_tokens`, under LangChain's name."""
        return self.count_tokens(text)

    @property
    def _llm_type(self) -> str:
        return "chorei-local"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.reference, "adapter": self.adapter, **self.generation.as_kwargs()}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        settings = self.generation.as_kwargs() | kwargs
        known = LangSmithParams(
            ls_provider="chorei",
            ls_model_type="chat",
            ls_model_name=kwargs.get("model", self._engine.label),
        )
        if (temperature := settings.get("temperature")) is not None:
            known["ls_temperature"] = temperature
        if (most := settings.get("max_tokens")) is not None:
            known["ls_max_tokens"] = most
        if ends := stop or settings.get("stop"):
            known["ls_stop"] = list(ends)
        return known

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Tell the model of tools.

        Args:
            tools: Anything that LangChain can describe as a tool.
            tool_choice: ``auto``, ``none``, ``any`` (or ``required``, True), or the name of the
                tool that must be called. A model that must call one continues a call that is
                begun for it.
            kwargs: Settings of generation.
        """
        described = [convert_to_openai_tool(tool) for tool in tools]
        return super().bind(tools=described, tool_choice=tool_choice, **kwargs)

    def _prepare(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Call:
        return prepare(
            self._engine,
            messages,
            generation=self.generation,
            adapter=self.adapter,
            adapters=self.adapters,
            settings={**kwargs, **({"stop": stop} if stop is not None else {})},
        )

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        seconds = kwargs.pop("deadline_seconds", None) or self.deadline_seconds
        call = self._prepare(messages, stop, kwargs)
        pieces = self._engine.stream(call.request, seconds=seconds)
        for message in call.read(pieces):
            chunk = ChatGenerationChunk(message=message)
            if run_manager and message.text:
                run_manager.on_llm_new_token(message.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        seconds = kwargs.pop("deadline_seconds", None) or self.deadline_seconds
        # The first call loads the model, which must not hold up the event loop.
        call = await asyncio.to_thread(self._prepare, messages, stop, kwargs)
        pieces = self._engine.astream(call.request, seconds=seconds)
        async for message in call.aread(pieces):
            chunk = ChatGenerationChunk(message=message)
            if run_manager and message.text:
                await run_manager.on_llm_new_token(message.text, chunk=chunk)
            yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))


def local_chat_model(
    reference: str,
    *,
    adapter: str | None = None,
    generation: Generation | None = None,
    adapters: Mapping[str, Path] | None = None,
    options: LoadOptions | None = None,
    deadline_seconds: float = 3600.0,
) -> LocalChatModel:
    """A chat model in this process.

    Args:
        reference: A folder, a GGUF file, ``smollm2``, or an id on the hub.
        adapter: The adapter of all calls that name none: a name, or a folder.
        generation: Settings of all calls.
        adapters: Folders of adapters by name.
        options: How the model is loaded.
        deadline_seconds: Most time for one answer.

    Raises:
        MissingExtraError: The extra ``local`` is not installed.
        ModelNameError: There is no such model.
        AdapterNotFoundError: There is no such adapter.
    """
    chat = LocalChatModel(
        reference=reference,
        adapter=adapter,
        adapters=dict(adapters or {}),
        generation=generation or Generation(),
        options=options or LoadOptions(),
        deadline_seconds=deadline_seconds,
    )
    if adapter:
        check_adapter(chat.engine, adapter, chat.adapters)
    return chat
