"""One call of a language model, as the engines of the agent make it."""

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolCall

from chorei.agent.parsing import split_thinking
from chorei.core import Frozen, Generation, Usage


class Completion(Frozen):
    """What a model wrote.

    Attributes:
        text: The text without thinking.
        thinking: What it thought before, if it says so.
        message: The message itself, to be sent back in a conversation with tools.
        usage: Tokens used.
    """

    text: str
    thinking: str = ""
    message: Any = None
    usage: Usage = Usage()

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The calls of tools that the model asked for in its native form."""
        return self.message.tool_calls if isinstance(self.message, AIMessage) else []


class Completer:
    """A chat model with settings of generation; any LangChain chat model will do.

    Args:
        chat: The model.
        generation: Settings for every call, unless a call brings its own.
    """

    def __init__(self, chat: BaseChatModel, generation: Generation | None = None) -> None:
        self.chat = chat
        self._generation = generation or Generation()

    @property
    def name(self) -> str:
        """The model's name as people know it."""
        for field in ("label", "model_name", "model"):
            if isinstance(name := getattr(self.chat, field, None), str) and name:
                return name
        return self.chat._llm_type

    def complete(
        self,
        messages: Sequence[BaseMessage],
        *,
        generation: Generation | None = None,
        tools: Sequence[Any] = (),
    ) -> Completion:
        """Ask the model once.

        Args:
            messages: The conversation.
            generation: Settings of this call, before those of all calls.
            tools: Tools it may ask for in its native form.

        Raises:
            ModelError: The model or its server failed (chorei's own models; others raise
                what they raise).
        """
        settings = (generation or Generation()).over(self._generation).as_kwargs()
        runnable = self.chat.bind_tools(list(tools)) if tools else self.chat
        message = runnable.invoke(list(messages), **settings)
        split = split_thinking(str(message.text))
        reasoning = message.additional_kwargs.get("reasoning_content") or ""
        used = message.usage_metadata
        return Completion(
            text=split.text,
            thinking=split.thinking or str(reasoning),
            message=message,
            usage=Usage(
                prompt=used["input_tokens"] if used else 0,
                completion=used["output_tokens"] if used else 0,
                calls=1,
            ),
        )
