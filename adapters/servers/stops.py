"""Cuts a text at a stop string, for servers that leave the string in."""

from collections.abc import Sequence


class StopCutter:
    """Ends a text that arrives in pieces before the first of some strings.

    Args:
        stops: The strings.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.done = False

    def feed(self, piece: str) -> str:
        """What of the text so far certainly comes before every stop string."""
        if self.done:
            return ""
        self._held += piece
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.done = True
            text, self._held = self._held[: min(found)], ""
            return text
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text

    def close(self) -> str:
        """What is left at the end."""
        held, self._held = self._held, ""
        return held

    def _overlap(self, stop: str) -> int:
        """Characters at the end that may be the beginning of the stop string."""
        longest = min(len(stop) - 1, len(self._held))
        return next((n for n in range(longest, 0, -1) if self._held.endswith(stop[:n])), 0)
