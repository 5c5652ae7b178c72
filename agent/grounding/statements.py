"""A model's answer taken apart into statements, each with what it cites."""

import re
from collections.abc import Iterator
from typing import Final

from chorei.core import Frozen, sentence_spans

_NUMBERS: Final = r"\d{1,3}(?:\s?[,;]\s?\d{1,3}){0,9}"
_MARK: Final = re.compile(rf"\s?[\[【]\s?({_NUMBERS})\s?[\]】]")
_LEADING: Final = re.compile(rf"\s*[\[【]\s?({_NUMBERS})\s?[\]】][:.]?\s*")
# A mark behind the full stop belongs to the sentence before it.
_BEHIND: Final = re.compile(rf"([.!?…]+)((?:\s?[\[【]\s?{_NUMBERS}\s?[\]】])+)(?=\s|$)")
# After a mark a new statement may begin within the sentence.
_JOINT: Final = re.compile(
    r"(?<=[\]】])\s*(?:[,;]\s*(?:(?:and|but|while|whereas|và|nhưng)\s)?"
    r"|\s(?:and|but|while|whereas|và|nhưng)\s)",
    re.IGNORECASE,
)
_BULLET: Final = re.compile(r"\s*(?:[-*+•–]\s+|\d{1,2}[.)]\s+|#{1,6}\s+|>\s*)*")
_MARKUP: Final = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)|</?passages?\b[^<>\n]{0,200}>?")
_QUESTION: Final = re.compile(r"\s*(?:question|câu hỏi)\s?:", re.IGNORECASE)
_ENDING: Final = " \t\n.!?…:;,"
_LONGEST: Final = 6_000  # characters of an answer that are read


class Statement(Frozen):
    """One thing that a model says.

    Attributes:
        text: Its words, without citation marks and the full stop.
        cited: The numbers that it cites, in order, each once.
        own_line: Whether it begins a line of its own (an item of a list).
    """

    text: str
    cited: tuple[int, ...] = ()
    own_line: bool = False


def statements(text: str) -> list[Statement]:
    """The statements of an answer, in order.

    A sentence is one statement, unless it goes on after a citation ("16 days [1], and 12 in
    the first year [2]"). A mark counts for the words before it, behind the full stop too; in
    a line that begins with a mark each counts for the words after it. A question states nothing.

    Args:
        text: The answer as the model wrote it; what stands after 6,000 characters is not read.
    """
    found: list[Statement] = []
    for line in _MARKUP.sub("", text[:_LONGEST]).splitlines():
        bare = line[_end(_BULLET.match(line)) :]
        own_line = True
        for piece, leading in _pieces(bare):
            statement = _statement(piece, leading, own_line=own_line)
            if statement is not None:
                found.append(statement)
                own_line = False
    return found


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    """The parts of a line that state something, each with the mark in front of it."""
    if _LEADING.match(line):
        yield from _marked_in_front(line)
        return
    moved = _BEHIND.sub(lambda m: f" {m[2].strip()}{m[1]}", line)
    for start, end in sentence_spans(moved):
        sentence = moved[start:end]
        at = 0
        for joint in _JOINT.finditer(sentence):
            yield sentence[at : joint.start()], ""
            at = joint.end()
        yield sentence[at:], ""


def _marked_in_front(line: str) -> Iterator[tuple[str, str]]:
    at = 0
    while (mark := _LEADING.match(line, at)) is not None:
        following = _MARK.search(line, mark.end())
        # "[1] Staff get 26 days [1]." is marked at both ends.
        while following is not None and not _opens(line, mark.end(), following.start()):
            following = _MARK.search(line, following.end())
        end = following.start() if following else len(line)
        for start, stop in sentence_spans(line[mark.end() : end]):
            yield line[mark.end() + start : mark.end() + stop], mark[1]
        at = end if end > at else len(line)


def _opens(line: str, start: int, at: int) -> bool:
    """Whether the mark at ``at`` stands at the beginning of a sentence."""
    before = line[start:at].rstrip()
    return not before or before[-1] in ".!?…"


def _statement(piece: str, leading: str, *, own_line: bool) -> Statement | None:
    if piece.rstrip().endswith("?") or _QUESTION.match(piece):
        return None
    numbers = [leading, *_MARK.findall(piece)]
    cited = (int(n) for group in numbers for n in re.findall(r"\d+", group))
    words = _MARK.sub("", piece).strip().strip(_ENDING)
    words = " ".join(words.split())
    if not any(c.isalnum() for c in words):
        return None
    return Statement(text=words, cited=tuple(dict.fromkeys(cited)), own_line=own_line)


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0
