"""Ends a text that arrives in pieces at a stop string."""

from collections.abc import Sequence

from chorei.adapters.splitting import longest_overlap


class StopStrings:
    """Lets text pass until one of the strings occurs.

    Args:
        stop: The strings; the text ends before the first that occurs.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.found = False

    def add(self, text: str) -> str:
        """The text that can be shown: no part of a stop string, even if it only begins one."""
        if self.found:
            return ""
        self._held += text
        places = [place for stop in self._stop if (place := self._held.find(stop)) >= 0]
        if places:
            self.found = True
            shown, self._held = self._held[: min(places)], ""
            return shown
        keep = longest_overlap(self._held, self._stop)
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def finish(self) -> str:
        """What was held back and turned out to be no stop string."""
        shown, self._held = self._held, ""
        return shown
