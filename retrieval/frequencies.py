"""In how many passages a word stands."""

from collections.abc import Callable

from chorei.retrieval import lexical
from chorei.retrieval.catalogue_reading import Reader

_REMEMBERED = 20_000


class Frequencies:
    """Remembers the frequencies of words until the documents change."""

    def __init__(self) -> None:
        self._known: tuple[int, dict[str, int]] = (-1, {})

    def at(self, view: Reader) -> Callable[[str], int]:
        """Tells the number of passages that contain a word as the lexical index sees it."""
        revision = int(view.meta("revision"))
        if self._known[0] != revision or len(self._known[1]) > _REMEMBERED:
            self._known = revision, {}
        known = self._known[1]

        def frequency(word: str) -> int:
            if word not in known:
                expression = lexical.expression(word)
                known[word] = view.matching(expression) if expression else 0
            return known[word]

        return frequency
