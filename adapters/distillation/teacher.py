"""A chat model as the teacher."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from chorei.adapters.distillation.ledger import Reply
from chorei.adapters.records import Record

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def chat_teacher(model: "BaseChatModel", *, system: str = "") -> Callable[[Record], Reply]:
    """What asks a chat model for the answer to a record's prompt.

    Args:
        model: The teacher.
        system: A system message for records that bring none.

    Returns:
        A function that raises :class:`~chorei.core.ModelError` if the model fails.
    """

    def ask(record: Record) -> Reply:
        return _reply(record, model.invoke(_messages(record, system)))

    return ask


def _messages(record: Record, system: str) -> Sequence[BaseMessage]:
    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    made: list[BaseMessage] = [kinds[turn.role](content=turn.content) for turn in record.prompt]
    if system and record.prompt[0].role != "system":
        made.insert(0, SystemMessage(content=system))
    return made


def _reply(record: Record, message: BaseMessage) -> Reply:
    usage: dict[str, Any] = dict(getattr(message, "usage_metadata", None) or {})
    return Reply(
        question=record.question,
        answer=str(message.text).strip(),
        finish=str(message.response_metadata.get("finish_reason") or ""),
        input_tokens=int(usage.get("input_tokens", 0)),
        output_tokens=int(usage.get("output_tokens", 0)),
    )
