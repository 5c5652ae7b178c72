"""Is an answer right? Exact facts, not overlap."""

import re
from collections.abc import Sequence

from chorei.adapters.records import Kind, Record
from chorei.adapters.records.record import folded, normal
from chorei.core import Frozen

_DECLINES = (
    "i don't know",
    "i do not know",
    "i'm not sure",
    "not familiar with",
    "toi khong biet",
    "khong co thong tin",
)


class Outcome(Frozen):
    """One prompt, what was answered before and after training, and whether that is right."""

    record: Record
    before: str
    after: str
    right_before: bool
    right_after: bool


class Scores(Frozen):
    """Shares from 0 to 1; None where nothing was asked.

    Attributes:
        facts: Held-out phrasings whose answer holds every fact.
        unknown: Unknown terms that were declined, or answered as the base does.
        general: General prompts answered rightly.
    """

    facts: float | None = None
    unknown: float | None = None
    general: float | None = None


def holds(answer: str, facts: Sequence[str]) -> bool:
    """Whether the answer holds each fact literally (case and white space aside).

    A fact that begins or ends with a digit must not be part of a longer number: 40 is not in 140.
    """
    text = normal(answer)
    for fact in facts:
        pattern = re.escape(normal(fact))
        if fact[:1].isdigit():
            pattern = r"(?<![\d.,])" + pattern
        if fact[-1:].isdigit():
            pattern += r"(?![\d])(?![.,]\d)"
        elif fact[-1:].isalpha():
            pattern += r"(?!\w)"
        if fact[:1].isalpha():
            pattern = r"(?<!\w)" + pattern
        if not re.search(pattern, text):
            return False
    return bool(facts)


def declines(answer: str) -> bool:
    """Whether the answer says that it does not know."""
    text = folded(answer).replace("’", "'")
    return any(phrase in text for phrase in _DECLINES)


def is_right(record: Record, answer: str, base_answer: str) -> bool:
    """Whether an answer to a record's prompt is right, by the record's kind."""
    if record.kind is Kind.UNKNOWN:
        return declines(answer) or normal(answer) == normal(base_answer)
    facts = record.facts or (record.answer,)
    return holds(answer, facts)


def outcomes(
    records: Sequence[Record], before: Sequence[str], after: Sequence[str]
) -> tuple[Outcome, ...]:
    """Each record with its answers judged."""
    return tuple(
        Outcome(
            record=record,
            before=old,
            after=new,
            right_before=is_right(record, old, old),
            right_after=is_right(record, new, old),
        )
        for record, old, new in zip(records, before, after, strict=True)
    )


def scores(judged: Sequence[Outcome], *, after: bool) -> Scores:
    """The shares of right answers, before or after training."""

    def share(kind: Kind) -> float | None:
        found = [
            o.right_after if after else o.right_before for o in judged if o.record.kind is kind
        ]
        return sum(found) / len(found) if found else None

    return Scores(facts=share(Kind.FACT), unknown=share(Kind.UNKNOWN), general=share(Kind.GENERAL))
