"""From the chunks of a stream to LangChain's: thinking kept apart, usage always there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from chorei.adapters.servers.shapes import readable, reasoning_of
from chorei.adapters.splitting import Splitter

Json = dict[str, Any]


class Assembler:
    """Converts the objects of one stream.

    Args:
        server: Turns an object of the server into chunks of OpenAI's form.
        convert: Turns such a chunk into LangChain's.
        prompt: Estimate of the prompt's tokens, for servers that do not count.
        name: The server, for people.
    """

    def __init__(
        self,
        server: Callable[[Json], Iterator[Json]],
        convert: Callable[[Json], ChatGenerationChunk | None],
        prompt: int,
        name: str,
    ) -> None:
        self._server = server
        self._convert = convert
        self._prompt = prompt
        self._name = name
        self._splitter = Splitter()
        self._counted = False
        self._written = 0

    def feed(self, event: Json) -> Iterator[ChatGenerationChunk]:
        """The chunks that one object of the stream makes.

        Raises:
            ModelResponseError: It has another shape than agreed.
        """
        with readable(self._name):
            for chunk in self._server(event):
                made = self._one(chunk)
                if made is not None:
                    yield made

    def close(self) -> Iterator[ChatGenerationChunk]:
        """What remains at the end of the stream."""
        thought, text = self._splitter.close()
        if thought or text:
            kwargs = {"reasoning_content": thought} if thought else {}
            message = AIMessageChunk(content=text, additional_kwargs=kwargs)
            yield ChatGenerationChunk(message=message)
        if not self._counted:
            total = self._prompt + self._written
            message = AIMessageChunk(
                content="",
                usage_metadata=UsageMetadata(
                    input_tokens=self._prompt, output_tokens=self._written, total_tokens=total
                ),
                response_metadata={"usage_estimated": True},
            )
            yield ChatGenerationChunk(message=message)

    def _one(self, chunk: Json) -> ChatGenerationChunk | None:
        self._counted = self._counted or bool(chunk.get("usage"))
        choices = chunk.get("choices") or []
        delta: Mapping[str, Any] = (choices[0].get("delta") or {}) if choices else {}
        thought = reasoning_of(delta)
        if thought or delta.get("content"):
            # Servers send about one token at a time.
            self._written += 1
        if delta.get("content"):
            inner, text = self._splitter.feed(delta["content"])
            thought += inner
            choices[0]["delta"] = {**delta, "content": text}
        made = self._convert(chunk)
        if made is not None and thought:
            made.message.additional_kwargs["reasoning_content"] = thought
        return made
