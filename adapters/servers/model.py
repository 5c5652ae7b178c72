"""One LangChain chat model for every server that speaks OpenAI's chat API."""

import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import Any, ClassVar, Literal, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import Field, PrivateAttr, SecretStr, model_validator
from typing_extensions import override

from chorei.adapters.presets import caution, preset, thinks
from chorei.adapters.servers import background
from chorei.adapters.servers.assembly import Assembler
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Call, Dialect, Json, ServerInfo
from chorei.adapters.servers.knowledge import Knowledge
from chorei.adapters.servers.reading import read_result
from chorei.adapters.servers.settings import INTERNAL, take_settings
from chorei.adapters.servers.shapes import readable
from chorei.adapters.servers.structured import keep_to_schema
from chorei.adapters.servers.tokens import estimate_tokens
from chorei.core import Generation, ModelSettingError


class ModelSettingWarning(UserWarning):
    """A server will not honour what was asked of it, or the model's makers advise against it."""


class ServerChatModel(BaseChatOpenAI):
    """A language model behind a server; made by :func:`chorei.adapters.chat_model`.

    Besides LangChain's own arguments a call takes those of ``Generation.as_kwargs()``,
    ``adapter`` (a name, None for the base model) and ``deadline_seconds``. What a model thought
    stands in ``additional_kwargs["reasoning_content"]``, never in the content; usage is always
    set, and estimated where a server does not count (``response_metadata["usage_estimated"]``).

    Attributes:
        dialect: How the server wants things said.
        server: The HTTP client.
        generation: Settings for every call, below those of a call.
        adapter: The adapter of every call that names none.
        adapters: Adapters known to be there, for servers that do not list them.
        takes_deadline: A call may bring ``deadline_seconds``.
    """

    dialect: Dialect
    server: ServerClient
    generation: Generation = Generation()
    adapter: str | None = None
    adapters: tuple[str, ...] | None = None
    model_name: str = Field(default="", alias="model")
    takes_deadline: ClassVar[bool] = True
    use_responses_api: bool | None = False
    stream_usage: bool | None = True

    _knowledge: Knowledge = PrivateAttr()
    _said: dict[str, None] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _without_openai(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Keep the base class from making clients of its own and from reading keys."""
        unused = object()
        return {
            **values,
            "client": unused,
            "async_client": unused,
            "root_client": unused,
            "root_async_client": unused,
            "openai_api_key": SecretStr("unused"),
            "openai_api_base": "http://unused",
            "max_retries": 0,
        }

    @model_validator(mode="after")
    def _drop_placeholders(self) -> Self:
        self.openai_api_key = None
        self.openai_api_base = self.server.address
        if self.request_timeout is not None and isinstance(self.request_timeout, int | float):
            self.server = self.server.within(float(self.request_timeout))
        self._knowledge = Knowledge(
            self.dialect, self.server, model=self.model_name, adapters=self.adapters
        )
        return self

    @property
    def label(self) -> str:
        """The model's name for people."""
        info = self._knowledge.info
        known = self.model_name or (info.model if info else "")
        adapter = f"#{self.adapter}" if self.adapter else ""
        return f"{self.dialect.kind}:{known or self.server.address}{adapter}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was said so far of what the server does not honour."""
        return tuple(self._said)

    def describe(self) -> ServerInfo | None:
        """What the server says about itself; None if it does not answer or does not tell."""
        return background.run(self._knowledge.learn())

    @property
    def context_length(self) -> int | None:
        """Most tokens of prompt and answer together, if the server says so."""
        info = self.describe()
        return info.max_total if info else None

    @property
    def skips_thinking(self) -> bool:
        """Whether a call may say ``thinking=False`` without being told that it is ignored."""
        return self.dialect.skips_thinking(self._served())

    def will_think(self, thinking: bool | None = None) -> bool:
        """Whether the model is known to think, told so or not."""
        return thinks(self._served(), thinking)

    def _served(self) -> str:
        info = self.describe()
        return info.model if info and info.model else self.model_name

    def count_tokens(self, text: str) -> int:
        """About how many tokens a text has; servers are not asked for it."""
        return estimate_tokens(text)

    @override
    def get_num_tokens(self, text: str) -> int:
        """LangChain's name for :meth:`count_tokens`; the base class would download a table."""
        return estimate_tokens(text)

    @override
    def get_num_tokens_from_messages(self, messages: Any, tools: Any = None, **kwargs: Any) -> int:
        """About how many tokens a conversation has."""
        return sum(estimate_tokens(str(m.text)) + 4 for m in messages)

    @override
    def get_token_ids(self, text: str) -> list[int]:
        """Not to be had from a server.

        Raises:
            ModelSettingError: Always.
        """
        raise ModelSettingError("A model server does not tell the ids of tokens.")

    @property
    def _llm_type(self) -> str:
        return f"chorei-{self.dialect.kind}"

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = self.dialect.kind
        return params

    def with_structured_output(
        self,
        schema: Any = None,
        *,
        method: Literal["json_schema", "json_mode", "function_calling"] | None = None,
        include_raw: bool = False,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """The model with answers of a given form.

        Args:
            schema: A pydantic class, a TypedDict or a JSON schema.
            method: ``json_schema``: the server keeps the answer to it (the default where it
                can); ``function_calling``: as the arguments of a tool; ``json_mode``: any JSON.
            include_raw: Return the message too, and a parsing error instead of raising it.
            kwargs: For the base class.
        """
        method = method or ("json_schema" if self.dialect.structured else "function_calling")
        if method == "json_schema" and schema is not None:
            kwargs.pop("strict", None)
            return keep_to_schema(self, schema, include_raw=include_raw, **kwargs)
        return super().with_structured_output(
            schema, method=method, include_raw=include_raw, **kwargs
        )

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call, ends = self._call(messages, stop, kwargs, stream=False)
        call.info = background.run(self._knowledge.learn(call.adapter))
        body = self._body(call)
        work = self.server.post(self.dialect.path, body, seconds=ends - time.monotonic())
        return self._result(call, background.run(work))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call, ends = self._call(messages, stop, kwargs, stream=False)
        call.info = await background.arun(self._knowledge.learn(call.adapter))
        body = self._body(call)
        work = self.server.post(self.dialect.path, body, seconds=ends - time.monotonic())
        return self._result(call, await background.arun(work))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        call, ends = self._call(messages, stop, kwargs, stream=True)
        call.info = background.run(self._knowledge.learn(call.adapter))
        body = self._body(call)
        source = self._events(body, ends)
        assembler = self._assembler(call)
        with closing(background.iterate(source)) as events:
            for event in events:
                for chunk in assembler.feed(event):
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
        yield from assembler.close()

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        call, ends = self._call(messages, stop, kwargs, stream=True)
        call.info = await background.arun(self._knowledge.learn(call.adapter))
        body = self._body(call)
        source = self._events(body, ends)
        assembler = self._assembler(call)
        async with aclosing(background.aiterate(source)) as events:
            async for event in events:
                for chunk in assembler.feed(event):
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
        for chunk in assembler.close():
            yield chunk

    def _call(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: Json, *, stream: bool
    ) -> tuple[Call, float]:
        """The request in OpenAI's form with its settings apart, and when it must be done."""
        ends = time.monotonic() + (kwargs.pop("deadline_seconds", None) or self._total)
        adapter = kwargs.pop("adapter", self.adapter) or None
        given = take_settings(kwargs, stop)
        body = self._get_request_payload(messages, **kwargs)
        fields = take_settings(body)
        settings = given.over(fields).over(self.generation)
        for key in INTERNAL:
            body.pop(key, None)
        if stream:
            body["stream_options"] = {"include_usage": True}
            body["stream"] = True
        else:
            body.pop("stream", None)
        model = body.pop("model", None) or ""
        explicit = frozenset(settings.model_dump(exclude_none=True))
        return Call(body, settings, model=model, adapter=adapter, explicit=explicit), ends

    @property
    def _total(self) -> float:
        return self.server.patience.total

    def _body(self, call: Call) -> Json:
        """What is sent; the caller is told first what of it the server will not honour."""
        family = call.info.model if call.info and call.info.model else call.model
        call.settings = call.settings.over(preset(family, thinking=call.settings.thinking))
        if warned := caution(family, call.settings):
            call.notes.append(warned)
        body = self.dialect.request(call)
        for note in call.notes:
            if note not in self._said:
                self._said[note] = None
                warnings.warn(note, ModelSettingWarning, stacklevel=2)
        return body

    def _result(self, call: Call, data: Json) -> ChatResult:
        with readable(self.server.name):
            answer = self.dialect.answer(data, call)
            return read_result(answer, self._create_chat_result, _size(call), self.server.name)

    def _events(self, body: Json, ends: float) -> AsyncIterator[Json]:
        path = self.dialect.stream_path or self.dialect.path
        return self.server.stream(path, body, seconds=ends - time.monotonic())

    def _assembler(self, call: Call) -> Assembler:
        def convert(chunk: Json) -> ChatGenerationChunk | None:
            return self._convert_chunk_to_generation_chunk(chunk, AIMessageChunk, None)

        return Assembler(self.dialect.chunks(call), convert, _size(call), self.server.name)


def _size(call: Call) -> int:
    """About how many tokens the prompt has."""
    return sum(estimate_tokens(str(m.get("content") or "")) for m in call.body["messages"])
