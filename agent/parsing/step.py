"""One step of a model that works in ReAct text (arXiv 2210.03629)."""

import re
from collections.abc import Collection, Sequence
from typing import Any, Final, Literal

from chorei.agent.parsing import remarks
from chorei.agent.parsing.fences import fenced, without_dangling_fence, without_outer_fence
from chorei.agent.parsing.forms import BRACKETS, SEVERAL, called, described, known_tool
from chorei.agent.parsing.labels import Part, labelled_parts
from chorei.agent.parsing.repair import read_object
from chorei.agent.parsing.thinking import split_thinking
from chorei.agent.parsing.toolcalls import parse_tool_calls
from chorei.core import Frozen, fold

_FINISH: Final = frozenset(("finish", "final answer", "final_answer", "cau tra loi cuoi cung"))
_NO_TOOL: Final = frozenset(("none", "n/a", "na", "no action", "khong", "khong co"))
_INLINE_FINAL: Final = re.compile(r"\b(?:Final Answer|Câu trả lời cuối cùng) ?:")
_INLINE_ACTION: Final = re.compile(r"(?<=[^\W\d][.!?…:] )(?=Action(?: [0-9]{1,3})?:)")
_INLINE_INPUT: Final = re.compile(r"(?<=\S)[ \t](?=Action Input(?: [0-9]{1,3})?:)")


class Step(Frozen):
    """What a model wants to do next.

    Attributes:
        kind: ``action`` to use a tool, ``final`` to answer, ``unclear`` if neither is certain;
            then no tool may be run.
        thought: What it said before that, thinking in tags not included.
        tool: Name of the tool, as the tools spell it if it is one of them.
        arguments: Arguments by name if the model wrote a JSON object, else the text as written,
            quotation marks included.
        answer: The final answer.
        problem: What the model should do better, in words for the model; empty if all is well.
            An action can have one: then it is to be run, and the remark goes with its result.
    """

    kind: Literal["action", "final", "unclear"]
    thought: str = ""
    tool: str = ""
    arguments: dict[str, Any] | str = ""
    answer: str = ""
    problem: str = ""


def parse_step(text: str, tools: Collection[str] = ()) -> Step:
    """Read one step in what a model wrote.

    Labels may be numbered, bold, headings, Vietnamese, or missing before the thought; an action is
    ``Action:`` with ``Action Input:``, or ``Tool[argument]``, or a call in tags. Of several actions
    the first counts; an observation is the tool's to make, so nothing after it is read. An action
    together with a final answer is unclear: the model may have made the result up.

    Args:
        text: What the model wrote; thinking in tags is ignored.
        tools: Names of the tools there are. A name that is none of them is kept as written.

    Returns:
        The step. No text raises an error.
    """
    said = split_thinking(without_outer_fence(text)).text
    if not said.strip():
        return _unclear("", remarks.EMPTY)
    before, parts = labelled_parts(said)
    finals = [index for index, part in enumerate(parts) if part.kind == "final"]
    if not finals:
        said = _INLINE_ACTION.sub("\n", _INLINE_INPUT.sub("\n", said))
        before, parts = labelled_parts(said)
    actions = [index for index, part in enumerate(parts) if part.kind == "action"]
    thought = _thought(before, parts)
    if finals and any(_complete(parts, index) for index in actions):
        return _unclear(thought, remarks.BOTH)
    if len(finals) > 1:
        return _unclear(thought, remarks.TWO_ANSWERS)
    if finals:
        return _final(thought, _answer(said, parts[finals[0] :]))
    if actions:
        return _action(thought, parts[actions[0] :], tools)
    return _unlabelled(said, thought, parts, tools)


def _unclear(thought: str, problem: str) -> Step:
    return Step(kind="unclear", thought=thought, problem=problem)


def _thought(before: str, parts: Sequence[Part]) -> str:
    thoughts = [before.strip()]
    for part in parts:
        if part.kind not in ("thought", "question"):
            break
        if part.kind == "thought":
            thoughts.append(part.content)
    return "\n".join(thought for thought in thoughts if thought)


def _complete(parts: Sequence[Part], index: int) -> bool:
    """Whether a label of an action is followed by what an action consists of."""
    if index + 1 < len(parts) and parts[index + 1].kind == "input":
        return True
    return BRACKETS.match(parts[index].content) is not None


def _answer(said: str, parts: Sequence[Part]) -> str:
    """The final answer at the first part, up to where the model goes on with another step.

    Labels that an answer may well have in it, such as those of a list of questions, are kept.
    """
    for index, part in enumerate(parts[1:], start=1):
        following = parts[index + 1].kind if index + 1 < len(parts) else ""
        if part.kind in ("thought", "observation") or (
            part.kind == "question" and following in ("thought", "action")
        ):
            break
    else:
        index = len(parts)
    if index == 1:
        return parts[0].content
    end = parts[index].start if index < len(parts) else len(said)
    return said[parts[0].begin : end].strip()


def _final(thought: str, answer: str, tool: str = "") -> Step:
    answer = without_dangling_fence(answer)
    if not answer:
        return _unclear(thought, remarks.NO_ANSWER)
    given = answer if tool else ""
    return Step(kind="final", thought=thought, answer=answer, tool=tool, arguments=given)


def _action(thought: str, parts: Sequence[Part], tools: Collection[str]) -> Step:
    """The step of an action, whose label is the first of the parts."""
    content = without_dangling_fence(parts[0].content)
    name, _, rest = content.partition("\n")
    tool = known_tool(name.strip(" \t*`\"'"), tools)
    if len(parts) > 1 and parts[1].kind == "input":
        return _with_input(thought, tool.strip("[]"), parts[1].content, tools)
    step = _bracketed(content, thought, tools) or _described(content, thought)
    if step is not None:
        return step
    call = called(content, tools)
    if call is not None:
        return Step(kind="action", thought=thought, tool=call[0], arguments=call[1])
    if tool in tools and read_object(fenced(rest) or rest) is not None:
        return _with_input(thought, tool, rest, tools)
    problem = remarks.NO_INPUT.format(tool=tool[:80]) if tool else remarks.NO_NAME
    return _unclear(thought, problem)


def _with_input(thought: str, tool: str, written: str, tools: Collection[str]) -> Step:
    if tool not in tools and fold(tool) in _FINISH:
        return _final(thought, written.strip(), tool)
    if not tool or (tool not in tools and fold(tool) in _NO_TOOL):
        return _unclear(thought, remarks.NO_NAME)
    text = without_dangling_fence(written)
    inside = fenced(text)
    if inside is not None:
        text = inside.strip()
    arguments = read_object(text)
    if arguments is None and text.startswith("{") and not text.endswith("}"):
        return _unclear(thought, remarks.CUT_OFF)
    given = text if arguments is None else arguments
    return Step(kind="action", thought=thought, tool=tool, arguments=given)


def _bracketed(content: str, thought: str, tools: Collection[str]) -> Step | None:
    """The step of ``Tool[argument]``; None if the text has not that form."""
    first = content.partition("\n")[0].strip()
    match = BRACKETS.fullmatch(first) or BRACKETS.fullmatch(content)
    if match is None:
        begun = BRACKETS.match(first)
        if begun is None:
            return None
        return _unclear(thought, remarks.TRAILING.format(tool=begun["tool"]))
    tool, argument = known_tool(match["tool"].strip(), tools), match["argument"]
    step = _with_input(thought, tool, argument, tools)
    if step.kind == "action" and SEVERAL.search(argument):
        return step.model_copy(update={"problem": remarks.ONE_AT_A_TIME})
    return step


def _described(text: str, thought: str) -> Step | None:
    """The step of ``{"action": …, "action_input": …}``; None if the text is nothing of the kind.

    A final answer in this form is taken; an action has to be written again in two lines, since
    such an object is as often an example or a quotation as a step.
    """
    blob = described(text)
    if blob is None:
        return None
    tool, given = blob
    if fold(tool) in _FINISH:
        return _final(thought, given.strip())
    return _unclear(thought, remarks.BLOB.format(tool=tool[:80], arguments=given[:500]))


def _unlabelled(text: str, thought: str, parts: Sequence[Part], tools: Collection[str]) -> Step:
    """The step of a text that has neither the label of an action nor that of a final answer."""
    tagged = parse_tool_calls(text, ())
    if tagged.calls:
        call = tagged.calls[0]
        return Step(
            kind="action",
            thought=tagged.text.strip(),
            tool=known_tool(call.name, tools),
            arguments=call.arguments,
            problem=remarks.ONE_AT_A_TIME if len(tagged.calls) > 1 else "",
        )
    inline = _INLINE_FINAL.search(text)
    if inline is not None:
        return _final(
            _thought(*labelled_parts(text[: inline.start()])), text[inline.end() :].strip()
        )
    for index, part in enumerate(parts):
        if part.kind == "answer":
            return _final(thought, _answer(text, parts[index:]))
    return (
        _described(text, "")
        or _last_line(text, tools)
        or _unclear(thought or text.strip(), remarks.NEITHER)
    )


def _last_line(text: str, tools: Collection[str]) -> Step | None:
    """The step of a text whose last line is ``Tool[argument]`` with a tool that is known."""
    before, _, last = text.strip().rpartition("\n")
    match = BRACKETS.fullmatch(last.strip())
    if match is None:
        return None
    tool = known_tool(match["tool"].strip(), tools)
    if tool not in tools and fold(tool) not in _FINISH:
        return None
    return _bracketed(last.strip(), _thought(*labelled_parts(before)), tools)
