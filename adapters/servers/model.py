"""One LangChain chat model for every server that speaks OpenAI's chat API."""

import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import Any, ClassVar, Literal

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr
from typing_extensions import override

from chorei.adapters.presets import caution, preset
from chorei.adapters.rendered import Rendered
from chorei.adapters.servers import background
from chorei.adapters.servers.assembly import Assembler
from chorei.adapters.servers.dialect import Call, Json
from chorei.adapters.servers.reading import read_result
from chorei.adapters.servers.served import ServedModel
from chorei.adapters.servers.settings import INTERNAL, take_settings
from chorei.adapters.servers.shapes import readable
from chorei.adapters.servers.structured import keep_to_schema
from chorei.adapters.servers.tokens import estimate_tokens


class ModelSettingWarning(UserWarning):
    """A server will not honour what was asked of it, or the model's makers advise against it."""


class ServerChatModel(ServedModel):
    """A language model behind a server; made by :func:`chorei.adapters.chat_model`.

    Besides LangChain's own arguments a call takes those of ``Generation.as_kwargs()``,
    ``adapter`` (a name, None for the base model) and ``deadline_seconds``. What a model thought
    stands in ``additional_kwargs["reasoning_content"]``, never in the content; usage is always
    set, and estimated where a server does not count (``response_metadata["usage_estimated"]``).

    Attributes:
        takes_deadline: A call may bring ``deadline_seconds``.
    """

    takes_deadline: ClassVar[bool] = True

    _said: dict[str, None] = PrivateAttr(default_factory=dict)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was said so far of what the server does not honour."""
        return tuple(self._said)

    def rendered(self, messages: LanguageModelInput, **kwargs: Any) -> Rendered:
        """The prompt that the server makes of a conversation, without asking the model.

        Args:
            messages: The conversation.
            kwargs: As for a call.

        Raises:
            ModelSettingError: The server does not tell.
            ModelError: It does not answer.
        """
        asked = self._convert_input(messages).to_messages()
        call, _ = self._call(asked, None, dict(kwargs), stream=False)
        call.info = background.run(self._knowledge.learn(call.adapter))
        return background.run(self.dialect.rendered(self.server, self._body(call)))

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
