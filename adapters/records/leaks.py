"""Does a held-out phrasing occur in training under another coat?

The same fact may be on both sides: that is the point of holding phrasings out. The same phrasing
may not, nor one that differs only in letters (punctuation, case, diacritics, a typing slip).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from chorei.adapters.records.record import Record, folded
from chorei.core import Frozen, RecordsError

_GRAM = 3
NEAR = 0.85
_SAME_ANSWER = 0.5
_SHOWN = 5


class Leak(Frozen):
    """A held-out phrasing and the training record that gives it away.

    Attributes:
        held_out: The record that was to be held out.
        train: The training record.
        similarity: Jaccard similarity of the questions' character trigrams, 0 to 1.
    """

    held_out: Record
    train: Record
    similarity: float


def find_leaks(train: Iterable[Record], held_out: Iterable[Record]) -> list[Leak]:
    """The held-out records whose question is also a training question, or nearly so.

    Questions are compared without case, punctuation at the edges and diacritics. Equal ones leak
    whatever their answers. Nearly equal ones (trigram Jaccard of at least 0.85; Broder 1997) leak
    if their answers are alike too: "What is ABC?" and "What is ABD?" ask for different things.
    """
    index = _Index(train)
    leaks = []
    for record in held_out:
        found = index.nearest(record)
        if found is not None:
            leaks.append(Leak(held_out=record, train=found[0], similarity=found[1]))
    return leaks


def refuse_leaks(train: Iterable[Record], held_out: Iterable[Record]) -> None:
    """Raise if a held-out phrasing leaks.

    Raises:
        RecordsError: Names the first five pairs by line.
    """
    leaks = find_leaks(train, held_out)
    if not leaks:
        return
    shown = "\n".join(
        f"  line {leak.held_out.line}: “{leak.held_out.question[:80]}” is line {leak.train.line}"
        f" “{leak.train.question[:80]}” ({leak.similarity:.0%} alike)"
        for leak in leaks[:_SHOWN]
    )
    rest = f"\n  … and {len(leaks) - _SHOWN} more" if len(leaks) > _SHOWN else ""
    raise RecordsError(
        f"{len(leaks)} held-out phrasings are also in training:\n{shown}{rest}",
        hint="\nReword them or move them to one side; measured on these, training would look"
        " better than it is.",
        line=leaks[0].held_out.line or None,
    )


def grams(text: str) -> frozenset[str]:
    """The character trigrams of the folded text, its words' edges marked."""
    marked = f" {folded(text)} "
    return frozenset(marked[i : i + _GRAM] for i in range(max(1, len(marked) - _GRAM + 1)))


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard similarity of two sets, 0 to 1."""
    return len(one & other) / len(one | other) if one or other else 1.0


class _Index:
    """Training questions by trigram, so that only possible neighbours are compared."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._exact: dict[str, Record] = {}
        self._entries: list[tuple[Record, frozenset[str]]] = []
        self._postings: dict[str, list[int]] = defaultdict(list)
        for record in records:
            self._exact.setdefault(folded(_context(record)), record)
            found = grams(_context(record))
            for gram in found:
                self._postings[gram].append(len(self._entries))
            self._entries.append((record, found))

    def nearest(self, record: Record) -> tuple[Record, float] | None:
        question = _context(record)
        if (same := self._exact.get(folded(question))) is not None:
            return same, 1.0
        mine = grams(question)
        best: tuple[Record, float] | None = None
        for number in self._candidates(mine):
            other, theirs = self._entries[number]
            alike = similarity(mine, theirs)
            if alike < NEAR or (best is not None and alike <= best[1]):
                continue
            if similarity(grams(record.answer), grams(other.answer)) >= _SAME_ANSWER:
                best = other, alike
        return best

    def _candidates(self, mine: frozenset[str]) -> Sequence[int]:
        # At Jaccard >= NEAR at most (1 - NEAR) of the trigrams are not shared, so one of the
        # rarest that make up a little more than that share must be.
        rare = sorted(mine, key=lambda gram: len(self._postings.get(gram, ())))
        probe = rare[: int(len(rare) * (1 - NEAR)) + 1]
        return sorted({number for gram in probe for number in self._postings.get(gram, ())})


def _context(record: Record) -> str:
    return "\n".join(turn.content for turn in record.prompt if turn.role != "system")
