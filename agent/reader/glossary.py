"""Vietnamese words of work and business with their English counterparts."""

from functools import cache
from pathlib import Path
from typing import Final

from chorei.agent.reader.stemming import stem
from chorei.agent.reader.stopwords import is_function_word
from chorei.core import fold

# A line is "vietnamese = english, english"; the longest Vietnamese term in a question wins.
_FILE: Final = Path(__file__).with_name("glossary.txt")
_LONGEST: Final = 5


class Glossary:
    """Looks up the Vietnamese terms of a question.

    Args:
        entries: Lines ``vietnamese = english, english``.
    """

    def __init__(self, entries: str) -> None:
        self._written: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._folded: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._english: dict[tuple[str, ...], list[str]] = {}
        for line in entries.strip().splitlines():
            left, right = line.split(" = ")
            english = tuple(right.split(", "))
            self._written[tuple(left.split())] = english
            folded = tuple(fold(left).split())
            if len(folded) > 1 or not is_function_word(folded[0], "vi"):  # "cho" is not "chó"
                self._folded.setdefault(folded, english)
            for phrase in english:
                self._english.setdefault(tuple(map(stem, phrase.split())), []).append(left)

    def terms(self, syllables: list[str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """The known terms in a question, longest first at each place, without overlap.

        Args:
            syllables: Its words in lower case; if none of them carries a diacritic, the
                terms are compared without theirs.

        Returns:
            Start and end index in ``syllables``, and the English alternatives.
        """
        table = self._folded if all(s.isascii() for s in syllables) else self._written
        found = []
        at = 0
        while at < len(syllables):
            for length in range(min(_LONGEST, len(syllables) - at), 0, -1):
                if english := table.get(tuple(syllables[at : at + length])):
                    found.append((at, at + length, english))
                    at += length
                    break
            else:
                at += 1
        return found

    def vietnamese(self, stems: tuple[str, ...]) -> tuple[str, ...]:
        """The Vietnamese terms for an English word or phrase, given as stems."""
        return tuple(self._english.get(stems, ()))


@cache
def glossary() -> Glossary:
    """The glossary that is shipped."""
    return Glossary(_FILE.read_text("utf-8"))
