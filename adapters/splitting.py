"""Takes a text that is still being written apart: thinking, answer, calls of tools."""

from collections.abc import Sequence

_OPEN, _CLOSE = "<think>", "</think>"


class Splitter:
    """Says of each piece of text what it is, as soon as that is certain.

    Args:
        thinking: Whether the prompt has already opened ``<think>``.
        mark: What opens a call of a tool; None if there are no tools. With an empty mark the
            whole answer is a call if it begins with a brace.
    """

    def __init__(self, *, thinking: bool = False, mark: str | None = None) -> None:
        self._state = "opened" if thinking else "before"
        self._mark = mark
        self._held = ""
        self.calls = ""

    def feed(self, piece: str) -> tuple[str, str]:
        """Take the next piece; returns (thinking, answer) that is certain now."""
        self._held += piece
        if self._state == "before":
            start = self._held.lstrip()
            if start.startswith(_OPEN):
                self._held, self._state = start[len(_OPEN) :], "opened"
            elif start and not _OPEN.startswith(start):
                self._state = "begin"
        if self._state == "opened":
            self._held = self._held.lstrip()
            self._state = "within" if self._held else "opened"
        thought = self._thought() if self._state == "within" else ""
        if self._state == "gap":
            self._held = self._held.lstrip()
            self._state = "begin" if self._held else "gap"
        if self._state == "begin":
            bare = self._mark == "" and self._held.lstrip().startswith("{")
            self._state = "calls" if bare else "answer"
        return thought, self._answer()

    def close(self) -> tuple[str, str]:
        """What was held back; thinking that never ended is still thinking."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "within" else ("", held)

    def _thought(self) -> str:
        place = self._held.find(_CLOSE)
        if place >= 0:
            thought, self._held = self._held[:place], self._held[place + len(_CLOSE) :]
            self._state = "gap"
            return thought
        return self._release((_CLOSE,))

    def _answer(self) -> str:
        if self._state == "answer" and self._mark and self._mark in self._held:
            answer, mark, rest = self._held.partition(self._mark)
            self._held, self._state = mark + rest, "calls"
            return answer + self._answer()
        if self._state == "calls":
            self.calls += self._held
            self._held = ""
        if self._state != "answer":
            return ""
        return self._release((self._mark,) if self._mark else ())

    def _release(self, marks: tuple[str, ...]) -> str:
        """What holds no part of a mark."""
        cut = len(self._held) - longest_overlap(self._held, marks)
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown


def split(text: str) -> tuple[str, str]:
    """A whole text as (thought, answer).

    A ``</think>`` without its opening tag, which some templates put into the prompt, can only be
    found here, where the whole text is seen.
    """
    if not text.lstrip().startswith(_OPEN):
        head, tag, tail = text.partition(_CLOSE)
        return (head.strip(), tail.lstrip()) if tag and _OPEN not in head else ("", text)
    splitter = Splitter()
    first, last = splitter.feed(text), splitter.close()
    return (first[0] + last[0]).strip(), first[1] + last[1]


def longest_overlap(text: str, marks: Sequence[str]) -> int:
    """Length of the longest end of a text that could be the beginning of a mark."""
    longest = max((len(mark) for mark in marks), default=0)
    for length in range(min(longest - 1, len(text)), 0, -1):
        end = text[-length:]
        if any(mark.startswith(end) for mark in marks):
            return length
    return 0
