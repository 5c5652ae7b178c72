"""Calls of tools: approval before those that act, no call twice, all trouble an observation."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chorei.agent.reasoning.budgets import canonical_arguments
from chorei.agent.reasoning.steps import Asked, Entry
from chorei.core import Approval, Language, ToolArgumentError, ToolCall, ToolError
from chorei.tools.arguments import json_arguments
from chorei.tools.toolbox import Toolbox, Used

REFUSED: Final = (
    "A person has refused this action; nothing ran. Do not ask for it again: tell the user, or go"
    " on without it."
)
_AGAIN: Final = (
    "You have made this call already, so it was not made again. Its result was:\n{result}\nUse"
    " it, try something else, or give the final answer."
)


def wants_approval(asked: Asked, toolbox: Toolbox) -> bool:
    """Whether a person has to decide on a call before it is made."""
    decided = "approved" in asked or "problem" in asked
    return not decided and asked["tool"] in toolbox and toolbox.get(asked["tool"]).acts


def proposal(asked: Asked, toolbox: Toolbox) -> ToolCall | None:
    """An acting call whose facts the conversation must collect and verify; None for any other.

    A model may not make up an order number or an address, nor guess until one fits: such a call
    is not made here but handed to the form of its tool (:func:`chorei.agent.forms.propose`).
    """
    if not wants_approval(asked, toolbox) or not (tool := toolbox.get(asked["tool"])).facts:
        return None
    try:
        given = json_arguments(asked["arguments"], tool.schema)
    except ToolArgumentError:
        given = {}
    return ToolCall(tool=tool.name, arguments=given, outcome="refused")


def approval_for(asked: Asked, toolbox: Toolbox, language: Language) -> Approval | str:
    """What a person is asked about an acting call, or why nobody need be asked.

    Args:
        asked: The call.
        toolbox: The tools.
        language: Language of the summary.
    """
    tool = toolbox.get(asked["tool"])
    try:
        approval = toolbox.approval(tool.name, asked["arguments"], language)
        found = toolbox.verify(tool, {})
    except Exception as error:  # a check of the tool's author may raise anything: then no approval
        # The call itself says what is wrong with arguments; it does not run without approval.
        return "" if isinstance(error, ToolError) else f"Nothing ran: {type(error).__name__}."
    if found is None:
        return approval
    text = found.text if isinstance(found.text, str) else found.text.get(language, "")
    return f"Nothing ran: {text}"


def make(asked: Asked, toolbox: Toolbox) -> Used:
    """Make a call; one that was refused or has a problem is not made."""
    arguments = asked["arguments"]
    if problem := asked.get("problem"):
        return Used(_unmade(asked, problem))
    if asked.get("approved") is False:
        return Used(_unmade(asked, REFUSED))
    return toolbox.use(asked["tool"], arguments, approved=asked.get("approved", False))


def has_acted(call: ToolCall, toolbox: Toolbox) -> bool:
    """Whether a call has changed the world."""
    return call.outcome == "done" and call.tool in toolbox and toolbox.get(call.tool).acts


def _unmade(asked: Asked, text: str) -> ToolCall:
    arguments = asked["arguments"]
    given = arguments if isinstance(arguments, dict) else {"input": arguments}
    return ToolCall(tool=asked["tool"], arguments=given, outcome="refused", result=text)


def earlier(
    asked: Asked, calls: Sequence[Mapping[str, Any]], keys: Sequence[str], toolbox: Toolbox
) -> str | None:
    """What to say if the very same call was made before; None if it was not.

    Once a tool has acted, what was read before may be out of date, so only calls since then
    count; an acting call itself is never made twice.

    Args:
        asked: The call.
        calls: Fields of the calls made.
        keys: What :func:`key_of` said of each.
        toolbox: The tools.
    """
    key = key_of(asked, toolbox)
    acts = {tool.name for tool in toolbox if tool.acts}
    for call, known in zip(reversed(calls), reversed(keys), strict=True):
        if known == key:
            return _AGAIN.format(result=call["result"])
        if call["tool"] in acts and call["outcome"] == "done" and asked["tool"] not in acts:
            return None
    return None


def asked_twice(asked: Asked, entries: Sequence[Entry], toolbox: Toolbox) -> bool:
    """Whether one reply asks for the same call more than once: no sign of going in circles."""
    step = next(entry for entry in reversed(entries) if entry["kind"] == "step")
    keys = [key_of(call, toolbox) for call in step.get("calls", [])]
    return keys.count(key_of(asked, toolbox)) > 1


def key_of(asked: Asked, toolbox: Toolbox) -> str:
    """The same text for calls that differ only in how their arguments are written."""
    name, arguments = asked["tool"], asked["arguments"]
    if isinstance(arguments, str) and name in toolbox:
        with contextlib.suppress(ToolArgumentError):
            arguments = json_arguments(arguments, toolbox.get(name).schema)
    written = arguments if isinstance(arguments, str) else canonical_arguments(arguments)
    return f"{name} {written}"
