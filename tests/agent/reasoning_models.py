"""Chat models that say what a script says, for the tests of reasoning."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import Field

from chorei.agent.completion import Completer
from chorei.agent.protocols import Solution
from chorei.agent.reasoning import Reasoner
from chorei.core import Language
from chorei.tools.toolbox import Toolbox

Reply = str | AIMessage | Exception | Callable[[Sequence[BaseMessage]], "str | AIMessage"]


class Scripted(BaseChatModel):
    """Says one reply after the other, the last one for ever; keeps what it was asked."""

    replies: list[Any]
    asked: list[list[BaseMessage]] = Field(default_factory=list)
    settings: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.asked.append(messages)
        self.settings.append(kwargs | ({"stop": stop} if stop else {}))
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        said = reply(messages) if callable(reply) else reply
        message = AIMessage(said) if isinstance(said, str) else said
        return ChatResult(generations=[ChatGeneration(message=message)])

    @property
    def calls(self) -> int:
        return len(self.asked)

    def saw(self, call: int = -1) -> str:
        """All text of the messages of one call."""
        return "\n".join(str(message.content) for message in self.asked[call])


class Calling(Scripted):
    """One that declares native calls of tools."""

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self.bind(tools=[tool.name for tool in tools], **kwargs)


def scripted(*replies: Reply) -> tuple[Scripted, Completer]:
    model = Scripted(replies=list(replies))
    return model, Completer(model)


def calling(*replies: Reply) -> tuple[Calling, Completer]:
    model = Calling(replies=list(replies))
    return model, Completer(model)


def calls(*wanted: tuple[str, dict[str, Any]], text: str = "") -> AIMessage:
    """A message with native calls."""
    return AIMessage(
        text,
        tool_calls=[
            {"name": name, "args": arguments, "id": f"id{n}"}
            for n, (name, arguments) in enumerate(wanted)
        ],
    )


def step(tool: str, arguments: str, thought: str = "Let me see.") -> str:
    """A step of ReAct text."""
    return f"Thought: {thought}\nAction: {tool}\nAction Input: {arguments}"


def shout(text: str) -> str:
    """Say it loudly.

    Args:
        text: What to say.
    """
    return text.upper()


def broken(text: str) -> str:
    """Never works."""
    raise RuntimeError(f"no luck with {text}")


def long() -> str:
    """Says a lot."""
    return "word " * 5000


def solve(
    toolbox: Toolbox,
    *replies: Reply,
    native: bool = False,
    language: Language = "en",
    question: str = "What is 12 * 7?",
    background: str = "",
    **options: Any,
) -> tuple[Solution, Scripted]:
    model, completer = (calling if native else scripted)(*replies)
    reasoner = Reasoner(completer, toolbox, **options)
    return reasoner.solve(question, language=language, background=background), model
