"""Thinking, kept apart from what a model says."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chorei.core import Frozen

_NAMES: Final = "think|thinking|thought|reasoning"
# A tag of thinking (Mistral writes [THINK], Kimi ◁think▷), or code, in which tags mean nothing.
_TOKEN: Final = re.compile(
    rf"<(?P<tag>/?(?:{_NAMES}))>|\[(?P<mistral>/?THINK)\]|◁(?P<kimi>/?think)▷"
    r"|(?P<fence>^[ ]{0,3}```)|(?P<code>`[^`\n]{1,200}`)",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSE: Final = re.compile(rf"</(?P<tag>{_NAMES})>|\[/THINK\]|◁/think▷", re.IGNORECASE)
_FENCE: Final = re.compile(r"^[ ]{0,3}```[ \t\r]*$", re.MULTILINE)


class Split(Frozen):
    """A text and the thinking that was in it.

    Attributes:
        thinking: What the model thought, blocks joined by a blank line.
        text: The rest; unchanged if there was no thinking.
    """

    thinking: str
    text: str


class Block(NamedTuple):
    """One stretch of thinking, tags included, and where the thought inside it stands."""

    start: int
    end: int
    inner_start: int
    inner_end: int


def split_thinking(text: str) -> Split:
    """Take the thinking out of what a model wrote.

    Blocks in ``<think>``, ``<thinking>``, ``<thought>``, ``<reasoning>``, ``[THINK]`` and
    ``◁think▷`` are known. A block that is never closed was cut off: it is all thinking. A closing
    tag without an opening one ends thinking that began in the prompt. Tags in code mean nothing.
    """
    thoughts, rest, position = [], [], 0
    for block in thinking_blocks(text):
        thoughts.append(text[block.inner_start : block.inner_end].lstrip())
        rest.append(text[position : block.start])
        position = block.end
    if not position:
        return Split(thinking="", text=text)
    after = text[position:]
    said = [part for part in rest if part.strip()]
    if not said:
        return Split(thinking=_joined(thoughts), text=after.lstrip())
    return Split(thinking=_joined(thoughts), text="".join([*said, after]))


def _joined(thoughts: list[str]) -> str:
    return "\n\n".join(thought for thought in thoughts if thought)


def thinking_blocks(text: str) -> Iterator[Block]:
    """The stretches of thinking in reading order; the last one may be open to the end."""
    position = said = 0
    fences = closable = True
    while (token := _TOKEN.search(text, position)) is not None:
        position = token.end()
        if token["fence"] is not None:
            closing = _FENCE.search(text, position) if fences else None
            fences = closing is not None
            position = closing.end() if closing else position
        elif token["code"] is None:
            tag = token["tag"] or token["mistral"] or token["kimi"]
            if tag.startswith("/"):
                yield Block(said, position, said, token.start())
            else:
                closing = _CLOSE.search(text, position) if closable else None
                closable = closing is not None
                if closing is None and not _begins_line(text, token.start()):
                    continue
                inner_end, position = closing.span() if closing else (len(text), len(text))
                yield Block(token.start(), position, token.end(), inner_end)
            said = position


def _begins_line(text: str, start: int) -> bool:
    before = text[max(start - 20, 0) : start]
    return not before.rpartition("\n")[2].strip() and (start <= 20 or "\n" in before)
