"""Whether quotations support a statement: numbers, names, words, and that nothing denies it."""

import re
from collections.abc import Callable, Sequence
from typing import Final, Literal

from chorei.agent.grounding.contradiction import agrees, opposite
from chorei.agent.grounding.coverage import belongs, coverage, covered_by, uncovered
from chorei.agent.grounding.evidence import Evidence, clauses
from chorei.agent.grounding.figures import (
    Figure,
    figures,
    held,
    missing_figures,
    missing_number_words,
    spoken_figures,
    units_in,
)
from chorei.agent.reader.question import analyse
from chorei.agent.reader.stemming import stem
from chorei.agent.reader.stopwords import is_function_word
from chorei.agent.reader.terms import Term
from chorei.agent.reader.units import Bag, keys
from chorei.core import Frozen, Language, fold, language_of

Reason = Literal["citation", "number", "name", "contact", "words", "opposite", "empty"]

_COVERED: Final = 0.7
_CLAUSE: Final = 0.6
"""Least coverage of a clause with a number by the one quotation that holds the number."""
_NEAR_BEST: Final = 0.8  # of the best clause's coverage, for a clause to bear on a statement
_CONTACT: Final = re.compile(
    r"(?:https?://|www\.)[^\s<>\"”)\]]+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    r"|\b[a-z0-9-]+\.(?:com|org|net|io|co|vn|de|uk|info|biz|ru|xyz|ai|dev|app)\b(?:/\S*)?",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"[^\W_]+")


class Support(Frozen):
    """How far quotations support a statement.

    Attributes:
        cited: Numbers of the quotations that it was held against.
        coverage: Share of its content words, weighted by how telling they are, that the
            quotations hold (0 to 1).
        reason: What is wrong; empty if it is supported.
        missing: The words or numbers that no quotation holds.
    """

    cited: tuple[int, ...] = ()
    coverage: float = 0.0
    reason: Reason | Literal[""] = ""
    missing: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        """Whether nothing is wrong."""
        return not self.reason


class Checker:
    """Holds statements against numbered quotations.

    Args:
        evidence: The quotations, in the order of their numbers (from 1).
        language: The language of the answer; decides how ``1.234`` is read.
        frequency: Number of passages of the library that contain a word.
        total: Number of passages of the library.
        covered: Least coverage of a statement's content words.
    """

    def __init__(
        self,
        evidence: Sequence[Evidence],
        language: Language,
        frequency: Callable[[str], int],
        total: int,
        *,
        covered: float = _COVERED,
    ) -> None:
        self.evidence = evidence
        self.language = language
        self._frequency = frequency
        self._total = total
        self._covered = covered

    def check(self, statement: str, cited: Sequence[int]) -> Support:
        """Whether the quotations with these numbers, together, support a statement."""
        unknown = [n for n in cited if not 1 <= n <= len(self.evidence)]
        if unknown or not cited:
            missing = tuple(f"[{n}]" for n in unknown)
            return Support(cited=tuple(cited), reason="citation", missing=missing)
        against = [self.evidence[n - 1] for n in cited]
        terms = self._terms(statement)
        share = coverage(terms, against)
        reason, missing = self._wrong(statement, terms, against, share)
        return Support(cited=tuple(cited), coverage=share, reason=reason, missing=missing)

    def attribute(self, statement: str, preferred: Sequence[int] = ()) -> Support:
        """The support of what a statement cites, or else of the one quotation that supports it.

        Args:
            statement: The statement.
            preferred: The numbers that it cites.
        """
        own = self.check(statement, tuple(preferred))
        if own.supported:
            return own
        others = [self.check(statement, (n,)) for n in range(1, len(self.evidence) + 1)]
        supporting = [support for support in others if support.supported]
        if supporting:
            return max(supporting, key=lambda support: support.coverage)
        if own.reason != "citation" or not others:
            return own
        # It cites nothing that exists: say what is missing of what comes nearest.
        return max(others, key=lambda support: support.coverage)

    def _wrong(
        self, statement: str, terms: Sequence[Term], items: Sequence[Evidence], share: float
    ) -> tuple[Reason | Literal[""], tuple[str, ...]]:
        quoted = [figure for item in items for figure in item.figures]
        text = " \n".join(item.text for item in items)
        if not terms and not list(figures(statement)):
            return "empty", ()
        if numbers := self._numbers(statement, quoted, text):
            return "number", numbers
        if units := units_in(statement) - units_in(text):
            return "number", tuple(sorted(units))
        if contacts := _contacts(statement, items):
            return "contact", contacts
        if names := _names(terms, items):
            return "name", names
        if share < self._covered:
            return "words", uncovered(terms, items)
        if wrong := self._scattered(statement, items) or self._misplaced(statement, terms, items):
            return "number", wrong
        if word := opposite(statement, text):
            return "opposite", (word,)
        if not agrees(statement, self._bearing(terms, items), folded=_is_folded(statement)):
            return "opposite", ()
        return "", ()

    def _numbers(self, statement: str, quoted: list[Figure], text: str) -> tuple[str, ...]:
        lacking = missing_figures(statement, quoted, self.language)
        return lacking + missing_number_words(statement, text, language_of(statement, "en"))

    def _scattered(self, statement: str, items: Sequence[Evidence]) -> tuple[str, ...]:
        """Numbers that stand in a quotation which says nothing of what the clause says."""
        wrong: list[str] = []
        for clause in clauses(statement):
            own = list(figures(clause))
            if not own or len(items) == 1:
                continue
            terms = self._terms(clause)
            holding = [
                item for item in items if not missing_figures(clause, item.figures, self.language)
            ]
            if all(coverage(terms, [item]) < _CLAUSE for item in holding):
                wrong += [figure.written for figure in own]
        return tuple(wrong)

    def _misplaced(
        self, statement: str, terms: Sequence[Term], items: Sequence[Evidence]
    ) -> tuple[str, ...]:
        """Numbers that the quotation gives for something else than the statement does.

        Where another clause has another number of the same sort, and holds what the statement
        begins with, or more of it than the number's own clause, the two may have been swapped.
        """
        own = _all_figures(statement)
        holding = [(_all_figures(c), Bag(keys(c))) for item in items for c in item.clauses]
        wrong = []
        for figure in own:
            here = [bag for found, bag in holding if held(figure, found, self.language)]
            there = [
                bag
                for found, bag in holding
                if not any(held(mine, found, self.language) for mine in own)
                and any(other.sort == figure.sort and _alike(other, figure) for other in found)
            ]
            if here and any(belongs(statement, terms, bag, here) for bag in there):
                wrong.append(figure.written)
        return tuple(wrong)

    def _bearing(self, terms: Sequence[Term], items: Sequence[Evidence]) -> list[str]:
        """The clauses of the quotations that speak of what the statement speaks of."""
        scored = [
            (covered_by(terms, Bag(keys(clause))), clause)
            for item in items
            for clause in item.clauses
        ]
        best = max((score for score, _ in scored), default=0.0)
        return [clause for score, clause in scored if best and score >= _NEAR_BEST * best]

    def _terms(self, text: str) -> list[Term]:
        asked = analyse(text, self._frequency, self._total)
        return [t for t in asked.terms if t.kind != "number" and not t.optional]


def _all_figures(text: str) -> list[Figure]:
    return [*figures(text), *spoken_figures(text)]


def _alike(a: Figure, b: Figure) -> bool:
    return bool(set(a.counts) & set(b.counts)) or not (a.counts or b.counts)


def _names(terms: Sequence[Term], items: Sequence[Evidence]) -> tuple[str, ...]:
    """Names of which not every word stands in a quotation or above it."""
    folded = " ".join(item.folded for item in items)
    stems = {stem(token) for token in folded.split()}
    missing = []
    for term in terms:
        if term.kind != "name":
            continue
        parts = [t for t in _TOKEN.findall(fold(term.text)) if not is_function_word(t, "en")]
        if any(f" {part} " not in folded and stem(part) not in stems for part in parts):
            missing.append(term.text)
    return tuple(missing)


def _contacts(statement: str, items: Sequence[Evidence]) -> tuple[str, ...]:
    """Links and addresses that do not stand in a quotation, character by character."""
    raw = "\n".join(f"{item.quote.text}\n{item.text}" for item in items).lower()
    found = (match.group().rstrip(".,;:!?") for match in _CONTACT.finditer(statement))
    return tuple(contact for contact in found if contact.lower() not in raw)


def has_contact(text: str) -> bool:
    """Whether a text holds a link or an e-mail address."""
    return _CONTACT.search(text) is not None


def _is_folded(text: str) -> bool:
    return text.isascii() and language_of(text) == "vi"
