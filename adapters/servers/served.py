"""A server as a chat model sees it: what it is told with, what it says of itself, its tokens."""

from typing import Any, Self

from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import Field, PrivateAttr, SecretStr, model_validator
from typing_extensions import override

from chorei.adapters.presets import thinks
from chorei.adapters.servers import background
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.counting import TokenCounter
from chorei.adapters.servers.dialect import Dialect, ServerInfo
from chorei.adapters.servers.knowledge import Knowledge
from chorei.adapters.servers.tokens import estimate_tokens
from chorei.core import Generation


class ServedModel(BaseChatOpenAI):
    """The part of :class:`ServerChatModel` that makes no calls of the model.

    Attributes:
        dialect: How the server wants things said.
        server: The HTTP client.
        generation: Settings for every call, below those of a call.
        adapter: The adapter of every call that names none.
        adapters: Adapters known to be there, for servers that do not list them.
    """

    dialect: Dialect
    server: ServerClient
    generation: Generation = Generation()
    adapter: str | None = None
    adapters: tuple[str, ...] | None = None
    model_name: str = Field(default="", alias="model")
    use_responses_api: bool | None = False
    stream_usage: bool | None = True

    _knowledge: Knowledge = PrivateAttr()
    _counter: TokenCounter = PrivateAttr()

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
        self._counter = TokenCounter(self._asked, self._known_length)
        return self

    @property
    def label(self) -> str:
        """The model's name for people."""
        info = self._knowledge.info
        known = self.model_name or (info.model if info else "")
        adapter = f"#{self.adapter}" if self.adapter else ""
        return f"{self.dialect.kind}:{known or self.server.address}{adapter}"

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
        return self.dialect.skips_thinking(self._learned())

    def will_think(self, thinking: bool | None = None) -> bool:
        """Whether the model is known to think, told so or not."""
        return thinks(self._learned(), thinking)

    def _learned(self) -> str:
        info = self.describe()
        return info.model if info and info.model else self.model_name

    def _asked(self, text: str) -> int:
        return len(self.get_token_ids(text))

    def _known_length(self) -> int | None:
        info = self._knowledge.info
        return info.max_total if info else None

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has.

        Counted by the server where it can tell and the text is long enough to matter for its
        context; otherwise estimated, corrected by what the server counted before.
        """
        return self._counter.count(text) if self.dialect.tokenizes else estimate_tokens(text)

    @override
    def get_num_tokens(self, text: str) -> int:
        """LangChain's name for :meth:`count_tokens`; the base class would download a table."""
        return self.count_tokens(text)

    @override
    def get_num_tokens_from_messages(self, messages: Any, tools: Any = None, **kwargs: Any) -> int:
        """About how many tokens a conversation has."""
        return sum(self.count_tokens(str(m.text)) + 4 for m in messages)

    @override
    def get_token_ids(self, text: str) -> list[int]:
        """The tokens of a text by the server's own tokenizer.

        Raises:
            ModelSettingError: The server does not tell them.
            ModelError: It does not answer.
        """
        return list(background.run(self.dialect.tokens(self.server, text, self._served)))

    @property
    def _served(self) -> str:
        info = self._knowledge.info
        return self.model_name or (info.model if info else "")
