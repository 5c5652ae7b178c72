"""Separates what a model thought from what it answers, as the text comes in."""

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkingSplitter:
    """Takes a leading ``<think>…</think>`` out of a text that arrives in pieces.

    The tags may be cut anywhere. A ``</think>`` without its opening tag (some templates put that
    into the prompt) is only found by :func:`split`, which sees the whole text.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"

    def feed(self, piece: str) -> tuple[str, str]:
        """What of the text so far is now known to be (thought, answer)."""
        self._held += piece
        thought = answer = ""
        if self._state == "before":
            text = self._held.lstrip()
            if text.startswith(_OPEN):
                self._state, self._held = "within", text[len(_OPEN) :].lstrip("\n")
            elif not text or _OPEN.startswith(text):
                return "", ""
            else:
                self._state = "after"
        if self._state == "within":
            thought = self._within()
        if self._state == "gap":
            self._held = self._held.lstrip()
            if self._held:
                self._state = "after"
        if self._state == "after":
            answer, self._held = self._held, ""
        return thought, answer

    def close(self) -> tuple[str, str]:
        """What is left at the end: thinking that was never closed is still thinking."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "within" else ("", held)

    def _within(self) -> str:
        end = self._held.find(_CLOSE)
        if end >= 0:
            thought, self._held = self._held[:end], self._held[end + len(_CLOSE) :]
            self._state = "gap"
            return thought
        keep = next(n for n in range(len(_CLOSE) - 1, -1, -1) if self._held.endswith(_CLOSE[:n]))
        cut = len(self._held) - keep
        thought, self._held = self._held[:cut], self._held[cut:]
        return thought


def split(text: str) -> tuple[str, str]:
    """A whole text as (thought, answer)."""
    if not text.lstrip().startswith(_OPEN):
        head, tag, tail = text.partition(_CLOSE)
        return (head.strip(), tail.lstrip()) if tag and _OPEN not in head else ("", text)
    splitter = ThinkingSplitter()
    first, last = splitter.feed(text), splitter.close()
    return (first[0] + last[0]).strip(), first[1] + last[1]
