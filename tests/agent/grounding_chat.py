"""A scripted model, and a library read through the prompted reader."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from chorei.agent import ExtractiveReader
from chorei.agent.completion import Completer
from chorei.agent.grounding import GroundedReader
from chorei.agent.protocols import Reading
from chorei.agent.reader import gather
from chorei.retrieval import Library


class Scripted(BaseChatModel):
    """Answers with the given texts in turn (the last one again and again), or by a function."""

    replies: list[str]
    seen: list[str]
    obey: Callable[[str], str] | None = None
    label: str = "scripted"

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        asked = "\n".join(str(message.text) for message in messages)
        self.seen.append(asked)
        if self.obey is not None:
            text = self.obey(asked)
        else:
            text = self.replies[min(len(self.seen), len(self.replies)) - 1]
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
        message = AIMessage(text, usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])


def scripted(*replies: str, obey: Callable[[str], str] | None = None) -> Scripted:
    return Scripted(replies=list(replies), obey=obey, seen=[])


def read(library: Library, question: str, chat: Scripted, **options: Any) -> Reading:
    """What the prompted reader makes of a question."""
    background = options.pop("background", "")
    reader = GroundedReader(Completer(chat), ExtractiveReader(), **options)
    questions: Sequence[str] = (f"{background} {question}".strip(), question)
    return reader.read(
        question,
        gather(library.search, questions, 20),
        limit=3,
        frequency=library.frequency,
        total=library.passage_count,
        background=background,
    )
