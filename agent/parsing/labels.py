"""The labels of a ReAct text: ``Thought:``, ``Action 1:``, ``**Hành động:**`` and the like."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from chorei.core import fold

Kind = Literal["thought", "action", "input", "observation", "final", "answer", "question"]

_WORDS: Final[dict[Kind, str]] = {
    "thought": "thought|thoughts|suy nghi|suy luan",
    "action": "action|hanh dong",
    "input": "action input|action_input|actioninput|action inputs|tool input|input|dau vao"
    "|dau vao hanh dong|dau vao cua hanh dong|tham so|du lieu vao",
    "observation": "observation|observations|quan sat",
    "final": "final answer|final_answer|finalanswer|cau tra loi cuoi cung|dap an cuoi cung"
    "|tra loi cuoi cung|ket luan cuoi cung",
    "answer": "answer|cau tra loi|dap an|dap so|tra loi",
    "question": "question|cau hoi",
}
_KINDS: Final[dict[str, Kind]] = {
    word: kind for kind, words in _WORDS.items() for word in words.split("|")
}
_LONGEST: Final = 60
_HEAD: Final = re.compile(r"[^:：\n]{3,60}[:：]")
_DECORATION: Final = " \t*_#>`-•~"
_LISTED: Final = re.compile(r"\A[0-9]{1,2}[.)][ ]")
_NUMBER: Final = re.compile(r"[ #]*[0-9]{1,4}$")


class _Plain(dict[int, str]):
    """Each character without diacritics and in lower case, one character for one."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain = unicodedata.normalize("NFD", letter.lower())[:1].replace("đ", "d")
        self[code] = plain or letter
        return self[code]


_PLAIN: Final = _Plain()


class Part(NamedTuple):
    """A label and what stands behind it, up to the next one.

    Attributes:
        kind: What the label says.
        start: Offset of its line.
        begin: Offset of what stands behind it.
        content: The text behind it, without white space around it.
    """

    kind: Kind
    start: int
    begin: int
    content: str


def fold_in_place(text: str) -> str:
    """Composed text (NFC) in lower case without diacritics, every character at its place."""
    return text.translate(_PLAIN)


def labelled_parts(text: str) -> tuple[str, list[Part]]:
    """The text before the first label, and the labels with their contents."""
    found = list(_labels(text))
    if not found:
        return text, []
    parts = []
    for (kind, start, begin, bold), following in zip(found, [*found[1:], None], strict=True):
        content = text[begin : following[1] if following else len(text)].strip()
        parts.append(Part(kind, start, begin, _unbold(content) if bold else content))
    return text[: found[0][1]], parts


def _labels(text: str) -> Iterator[tuple[Kind, int, int, bool]]:
    """Kind, start of the line, start of the content, whether bold type is still open there."""
    start = 0
    acted = False
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        head = _HEAD.match(text, start, min(end, start + _LONGEST + 20))
        if head is not None:
            kind = _kind(head.group())
            if kind is not None and (kind != "input" or acted):
                acted = acted or kind == "action"
                yield kind, start, head.end(), head.group().count("**") % 2 == 1
        elif text.startswith(("#", "**"), start) and end - start <= _LONGEST:
            kind = _kind(text[start:end].strip() + ":")
            if kind is not None and kind != "answer" and (kind != "input" or acted):
                acted = acted or kind == "action"
                yield kind, start, end, False
        start = end + 1


@lru_cache(maxsize=1024)
def _kind(head: str) -> Kind | None:
    word = _LISTED.sub("", head[:-1].strip(_DECORATION), count=1).strip(_DECORATION)
    if not word[:1].isalpha():
        return None
    return _KINDS.get(" ".join(_NUMBER.sub("", fold(word)).strip(_DECORATION).split()))


def _unbold(content: str) -> str:
    """Take off the second half of ``**Label: text**`` or ``**Label:** text``."""
    if content.startswith("**"):
        return content[2:].strip()
    first, break_, rest = content.partition("\n")
    return f"{first.rstrip().removesuffix('**')}{break_}{rest}".strip()
