"""One call of a language model, as the engines of the agent make it."""

import time
from collections.abc import Sequence
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolCall

from chorei.adapters.presets import thinks
from chorei.agent.answering import current
from chorei.agent.parsing import split_thinking
from chorei.agent.tokens import context_length, token_count
from chorei.core import Frozen, Generation, ModelTimeoutError, Usage


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


_CONTEXT: Final = 4096
"""Tokens that a model is taken to read and write in all if it does not say."""
_WRITTEN: Final = 256
"""Tokens kept free for a reply whose length nobody has set."""
_THOUGHTS: Final = 2048
"""Most tokens that a model may think, where an engine says how long its answer is."""
_MESSAGE: Final = 6
"""Tokens that a message costs beside its text."""


class Completer:
    """A chat model with settings of generation; any LangChain chat model will do.

    Args:
        chat: The model.
        generation: Settings for every call, unless an answer or a call brings its own.
        system: What every system message begins with (who the assistant is, company facts).
    """

    def __init__(
        self, chat: BaseChatModel, generation: Generation | None = None, *, system: str = ""
    ) -> None:
        self.chat = chat
        self._generation = generation or Generation()
        self._system = system

    @property
    def name(self) -> str:
        """The model's name as people know it."""
        for field in ("label", "model_name", "model"):
            if isinstance(name := getattr(self.chat, field, None), str) and name:
                return name
        return self.chat._llm_type

    @property
    def context_length(self) -> int | None:
        """Tokens that the model reads and writes in all; None if it does not say."""
        return context_length(self.chat)

    def count(self, text: str) -> int:
        """How many tokens a text takes: counted by the model, or estimated with some to spare."""
        return token_count(self.chat)(text)

    def tokens(self, messages: Sequence[BaseMessage]) -> int:
        """How many tokens messages take, without the agent's system message."""
        return sum(self.count(str(message.text)) + _MESSAGE for message in messages)

    def room(self, reserve: int) -> int:
        """Tokens left of the model's context beside the agent's system message.

        Args:
            reserve: Tokens that are spoken for: the prompt, tools, the reply.

        Returns:
            Negative if even these do not fit. A model that does not tell its length is taken
            to have one of 4096.
        """
        introduced = self.tokens([SystemMessage(self._system)]) if self._system else 0
        return (self.context_length or _CONTEXT) - introduced - reserve

    def reply_length(self, suggested: Generation | None = None) -> int:
        """Most tokens of a reply, by the settings that a call would have now."""
        return self._settings(None, suggested).max_new_tokens or _WRITTEN

    def complete(
        self,
        messages: Sequence[BaseMessage],
        *,
        generation: Generation | None = None,
        suggested: Generation | None = None,
        tools: Sequence[Any] = (),
        introduced: bool = True,
    ) -> Completion:
        """Ask the model once.

        Args:
            messages: The conversation.
            generation: Settings of this call, before those of the answer and of the agent.
            suggested: Settings for what nobody has set.
            tools: Tools it may ask for in its native form.
            introduced: Whether the agent's system message is put before that of ``messages``.

        Raises:
            ModelTimeoutError: The answer's deadline has passed.
            ModelError: The model or its server failed (chorei's own models; others raise
                what they raise).
        """
        answer = current()
        if answer.deadline is not None and time.monotonic() > answer.deadline:
            raise ModelTimeoutError(
                "The time for this answer is over.", hint="Raise the setting deadline_seconds."
            )
        keywords = self._settings(generation, suggested).as_kwargs()
        if answer.adapter:
            keywords["adapter"] = answer.adapter
        if answer.deadline is not None and getattr(self.chat, "takes_deadline", False):
            keywords["deadline_seconds"] = max(0.1, answer.deadline - time.monotonic())
        runnable = self.chat.bind_tools(list(tools)) if tools else self.chat
        sent = self._introduced(messages) if introduced and self._system else list(messages)
        message = runnable.invoke(sent, **keywords)
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

    def _settings(self, call: Generation | None, suggested: Generation | None) -> Generation:
        """The settings of a call: its own, the answer's, the agent's, what is suggested.

        An engine that says ``thinking=False`` means: if that can be had. A model that thinks
        nevertheless gets tokens for its thoughts on top of those for what an engine expects.
        """
        answer = current().generation
        own = self._calm(call).over(answer.over(self._generation))
        merged = own.over(self._calm(suggested))
        length = merged.max_new_tokens
        said_by_someone = length is not None and length in (
            answer.max_new_tokens,
            self._generation.max_new_tokens,
        )
        if length is None or said_by_someone or not self._thinks(merged.thinking):
            return merged
        return merged.model_copy(update={"max_new_tokens": length + self._thoughts()})

    def _calm(self, wanted: Generation | None) -> Generation:
        wanted = wanted or Generation()
        if wanted.thinking is False and not getattr(self.chat, "skips_thinking", False):
            return wanted.model_copy(update={"thinking": None})
        return wanted

    def _thinks(self, thinking: bool | None) -> bool:
        known = getattr(self.chat, "will_think", None)
        return bool(known(thinking)) if callable(known) else thinks(self.name, thinking)

    def _thoughts(self) -> int:
        return min(_THOUGHTS, (self.context_length or _CONTEXT) // 4)

    def _introduced(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        first, *rest = messages
        if isinstance(first, SystemMessage):
            return [SystemMessage(f"{self._system}\n\n{first.text}"), *rest]
        return [SystemMessage(self._system), *messages]
