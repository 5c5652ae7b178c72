"""What a model wants to do next, be it said natively or in ReAct text; and what it is told back."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypedDict

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from chorei.agent.completion import Completion
from chorei.agent.parsing import parse_step, parse_tool_calls, repair_json
from chorei.agent.reasoning.budgets import canonical_arguments
from chorei.core import Frozen

MOST_CALLS: Final = 8
"""Calls of one reply that are run; a reply with more was not thought through."""
ATTEMPT: Final = re.compile(r"(?im)^[\W\d]{0,8}(?:action|hành động|hanh dong)\b[ *_]*:")
_CLOSING: Final = re.compile(r"(?i)</(?=\s*observation\b)")
_EMPTY: Final = "Your reply is empty. Use a tool, or give the final answer."


class Asked(TypedDict, total=False):
    """A call that a model asked for and that has not been made yet.

    Keys:
        id: The model's id for it.
        tool: Name of the tool.
        arguments: An object, or the text that was written instead.
        approved: A person's decision, once there is one.
        problem: Why nobody was asked for a decision.
        remark: What the model should do better, told after the result.
    """

    id: str
    tool: str
    arguments: dict[str, Any] | str
    approved: bool
    problem: str
    remark: str


class Entry(TypedDict, total=False):
    """One turn after the prompt, in a form that both ways of calling tools can be made of.

    Keys:
        kind: ``step`` (the model's), ``observation`` or ``remark`` (ours).
        text: The thought, the observation or the remark.
        calls: The calls of a step.
        id: Id of the call that an observation belongs to.
        tool: The tool that an observation comes from.
    """

    kind: str
    text: str
    calls: list[Asked]
    id: str
    tool: str


class Move(Frozen):
    """What one reply of a model amounts to: calls, or an answer, or neither with the problem.

    Attributes:
        thought: What it said before that.
        calls: Tools it wants to use, in order.
        answer: Its final answer.
        problem: What it should do better; with calls, a remark that goes with their results.
    """

    thought: str = ""
    calls: tuple[dict[str, Any], ...] = ()
    answer: str = ""
    problem: str = ""


def read_move(completion: Completion, names: Sequence[str], *, native: bool, step: int) -> Move:
    """Read one reply of a model.

    Args:
        completion: The reply.
        names: Names of the tools.
        native: Whether tools were offered in the model's native form. Then a reply without a
            call is the answer, unless it tries to call one in text.
        step: Number of the step, for ids where the model gives none.
    """
    called = tuple(_native_calls(completion, step))
    if called:
        return Move(thought=completion.text.strip(), calls=called)
    text = completion.text
    tagged = parse_tool_calls(text, names)
    if tagged.calls:
        found = [
            Asked(id=f"step{step}_{n}", tool=call.name, arguments=call.arguments)
            for n, call in enumerate(tagged.calls)
        ]
        return Move(thought=tagged.text.strip(), calls=tuple(dict(call) for call in found))
    read = parse_step(text, names)
    if read.kind == "action":
        asked = Asked(id=f"step{step}_0", tool=read.tool, arguments=read.arguments)
        return Move(thought=read.thought, calls=(dict(asked),), problem=read.problem)
    if read.kind == "final":
        return Move(thought=read.thought, answer=read.answer)
    if native and not ATTEMPT.search(text):
        said = text.strip()
        return Move(answer=said) if said else Move(problem=_EMPTY)
    return Move(thought=read.thought, problem=read.problem)


def _native_calls(completion: Completion, step: int) -> Iterator[dict[str, Any]]:
    message = completion.message
    broken = message.invalid_tool_calls if isinstance(message, AIMessage) else []
    calls: list[Any] = [*completion.tool_calls, *broken]
    for number, call in enumerate(calls):
        arguments = call["args"]
        if isinstance(arguments, str):
            mended = repair_json(arguments)
            arguments = mended if isinstance(mended, dict) else arguments
        yield dict(
            Asked(
                id=call.get("id") or f"step{step}_{number}",
                tool=call.get("name") or "",
                arguments=arguments or {},
            )
        )


def as_messages(entries: Sequence[Entry], *, native: bool) -> list[BaseMessage]:
    """The turns after the prompt as messages for the model."""
    messages: list[BaseMessage] = []
    for entry in entries:
        said = _message(entry, native=native)
        before = messages[-1] if messages else None
        if isinstance(said, HumanMessage) and isinstance(before, HumanMessage):
            # Templates of chat models want the two sides to take turns.
            messages[-1] = HumanMessage(f"{before.text}\n\n{said.text}")
        else:
            messages.append(said)
    return messages


def _message(entry: Entry, *, native: bool) -> BaseMessage:
    kind, text = entry["kind"], entry["text"]
    if kind == "step":
        calls = entry.get("calls", [])
        if native:
            return AIMessage(
                content=text,
                tool_calls=[
                    {"id": c["id"], "name": c["tool"], "args": _object(c["arguments"])}
                    for c in calls
                ],
            )
        return AIMessage(_as_text(text, calls))
    if kind == "observation":
        quoted = delimited(text, entry["tool"])
        if native:
            return ToolMessage(content=quoted, tool_call_id=entry["id"], name=entry["tool"])
        return HumanMessage(f"Observation: {quoted}")
    return HumanMessage(text)


def _as_text(thought: str, calls: Sequence[Asked]) -> str:
    lines = [f"Thought: {thought}"] if thought and calls else [thought] if thought else []
    for call in calls:
        arguments = call["arguments"]
        given = arguments if isinstance(arguments, str) else canonical_arguments(arguments)
        lines += [f"Action: {call['tool']}", f"Action Input: {given}"]
    return "\n".join(lines)


def _object(arguments: dict[str, Any] | str) -> dict[str, Any]:
    return arguments if isinstance(arguments, dict) else {"input": arguments}


def delimited(text: str, tool: str) -> str:
    """A tool's output between tags that it cannot close itself: data, not instructions."""
    name = re.sub(r"[^\w.-]", "_", tool)[:64]
    inside = _CLOSING.sub("<\\/", text)
    return f'<observation tool="{name}">\n{inside}\n</observation>'
