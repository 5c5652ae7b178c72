"""The shapes of a record in a file: chat messages, pairs, Alpaca, ShareGPT."""

from collections.abc import Mapping, Sequence
from typing import Any

from chorei.adapters.records.record import Kind, Record, Split, Turn

_PROMPTS = ("prompt", "question", "input_text", "user", "câu hỏi", "hỏi")
_RESPONSES = ("response", "completion", "answer", "output", "assistant", "trả lời", "đáp")
_ROLES = {
    "human": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "user": "user",
    "assistant": "assistant",
    "system": "system",
}
_SPLITS = {"train": Split.TRAIN, "held_out": Split.HELD_OUT, "test": Split.HELD_OUT}
LONGEST = 32_000


def record_of(value: Mapping[str, Any]) -> Record:
    """The record that a JSON object or a row of a table holds.

    Raises:
        ValueError: It has none of the shapes, or breaks the rules of a conversation.
    """
    turns = _turns(value)
    check_turns(turns)
    return Record(
        messages=tuple(turns),
        kind=_kind(value.get("kind")),
        topic=text_of(value.get("topic") or value.get("term") or "", "topic").strip(),
        facts=_facts(value.get("facts")),
        split=split_of(value.get("split")),
        teacher=text_of(value.get("teacher") or "", "teacher").strip(),
    )


def _turns(value: Mapping[str, Any]) -> list[Turn]:
    messages = value.get("messages", value.get("conversations"))
    if messages is not None:
        return messages_of(messages)
    system = value.get("system")
    turns = [Turn(role="system", content=text_of(system, "system"))] if system else []
    question = _one_of(value, _PROMPTS)
    if question is None and "instruction" in value:
        question = text_of(value["instruction"], "instruction")
        # Alpaca (Taori et al., 2023): an optional input stands below the instruction.
        if more := text_of(value.get("input") or "", "input").strip():
            question = f"{question}\n\n{more}"
    answer = _one_of(value, _RESPONSES)
    if question is None or answer is None:
        missing = "a prompt" if question is None else "a response"
        raise ValueError(
            f"There is no {missing}; a record has 'messages', or 'prompt' and 'response',"
            f" or 'instruction' and 'output' (this one has {_named(value)})."
        )
    return [*turns, Turn(role="user", content=question), Turn(role="assistant", content=answer)]


def messages_of(messages: Any) -> list[Turn]:
    """The turns of a list of messages.

    Raises:
        ValueError: It is no such list.
    """
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        raise ValueError("'messages' is not a list.")
    turns = []
    for number, message in enumerate(messages, start=1):
        if not isinstance(message, Mapping):
            raise ValueError(f"Message {number} is not an object.")
        role = _ROLES.get(str(message.get("role", message.get("from", ""))).casefold())
        if role is None:
            raise ValueError(f"Message {number} has no role of system, user and assistant.")
        content = text_of(message.get("content", message.get("value")), f"message {number}")
        turns.append(Turn(role=role, content=content))
    return turns


def check_turns(turns: Sequence[Turn]) -> None:
    """Refuse what is no conversation that ends with an answer.

    Raises:
        ValueError: Says what is wrong.
    """
    spoken = list(turns[1:] if turns and turns[0].role == "system" else turns)
    if not spoken or spoken[-1].role != "assistant":
        raise ValueError("The last message is not the assistant's, so there is nothing to learn.")
    for number, turn in enumerate(spoken):
        if turn.role != ("user", "assistant")[number % 2]:
            raise ValueError("User and assistant do not take turns, the user first.")
    for turn in turns:
        if not turn.content.strip():
            raise ValueError(f"The {turn.role}'s message is empty.")
        if len(turn.content) > LONGEST:
            raise ValueError(f"The {turn.role}'s message has more than {LONGEST} characters.")
        if "\x00" in turn.content:
            raise ValueError(f"The {turn.role}'s message holds a NUL character.")
        if "<|im_start|>" in turn.content or "<|im_end|>" in turn.content:
            raise ValueError(
                "A message holds the marks of a chat template; give the bare text, the template"
                " of the base model is put around it."
            )


def _kind(value: Any) -> Kind:
    if value in (None, ""):
        return Kind.FACT
    try:
        return Kind(value)
    except ValueError:
        raise ValueError(f"'kind' is {value!r}; it is one of {', '.join(Kind)}.") from None


def split_of(value: Any) -> Split | None:
    """The split that a field names.

    Raises:
        ValueError: It names none.
    """
    if value in (None, ""):
        return None
    if value not in _SPLITS:
        raise ValueError(f"'split' is {value!r}; it is train or held_out.")
    return _SPLITS[value]


def _facts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(";")
    if value is None:
        return ()
    if not isinstance(value, Sequence) or not all(isinstance(item, str) for item in value):
        raise ValueError("'facts' is not a list of strings.")
    return tuple(item.strip() for item in value if item.strip())


def _one_of(value: Mapping[str, Any], names: Sequence[str]) -> str | None:
    for name in names:
        if value.get(name) is not None:
            return text_of(value[name], name)
    return None


def text_of(value: Any, name: str) -> str:
    """A field that must be a string.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(value, str):
        raise ValueError(f"'{name}' is not a string.")
    return value


def _named(value: Mapping[str, Any]) -> str:
    return ", ".join(f"'{key}'" for key in list(value)[:8]) or "nothing"
