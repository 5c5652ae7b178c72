"""What comes of a question with a reader that asks a model, and how that is counted."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from rich.table import Table

from chorei.agent.checking import number_evidence
from chorei.agent.composing import cite, compose
from chorei.agent.grounding import Assessment
from chorei.agent.protocols import Reader, Reading
from chorei.core import Usage
from chorei.evaluation.cases import Case
from chorei.evaluation.reading import Quoted, Verdict, judge, searched, understood_by
from chorei.retrieval import Library

_FIGURES: Final = (
    "questions", "good", "right", "declined", "stated in text", "model's words",
    "supported as written", "invented numbers as written", "unsupported numbers shown", "literal",
    "calls",
)  # fmt: skip


class Outcome(NamedTuple):
    """What came of one question with one reader.

    Attributes:
        case: The question.
        verdict: How the quotations are judged, as ``evaluation reading`` does.
        text: What is shown.
        stated: Whether the shown text states an accepted answer.
        own_words: Whether the model's words are part of it.
        literal: Whether every quotation stands in its document.
        written: What the model wrote first, checked; None if it was not asked.
        reply: What the model wrote first.
        unsupported: Numbers in the shown text that no citation holds.
        usage: Tokens and calls of the model.
    """

    case: Case
    verdict: Verdict
    text: str
    stated: bool
    own_words: bool
    literal: bool
    written: Assessment | None
    reply: str
    unsupported: tuple[str, ...]
    usage: Usage

    @property
    def good(self) -> bool:
        """Whether it is answered right or rightly declined."""
        return self.verdict in ("right", "declined")

    @property
    def invented(self) -> int:
        """Statements of the model's first reply with a number that no passage holds."""
        found = self.written.unsupported if self.written else ()
        return sum(checked.support.reason == "number" for checked in found)


class Watch:
    """Keeps what a model wrote first for each question."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Assessment]] = []

    def __call__(self, reply: str, found: Assessment) -> None:
        """Take note of a reply."""
        self.seen.append((reply, found))


def through(
    opened: Library, asked: Sequence[Case], reader: Reader, watch: Watch, *, limit: int = 3
) -> Callable[[Case], Outcome]:
    """Answers questions through a reader and judges what comes of it.

    Args:
        opened: The library.
        asked: All questions of the set, for those that follow another.
        reader: The reader.
        watch: What the reader was given to watch its model; unused by one without a model.
        limit: Most quotations of an answer.
    """
    understand = understood_by(asked)
    total = opened.stats().passages

    def answer(case: Case) -> Outcome:
        understood = understand(case)
        hits = searched(opened, understood)
        watch.seen.clear()
        reading = reader.read(
            understood.core,
            hits,
            limit=limit,
            frequency=opened.frequency,
            total=total,
            background=understood.background,
        )
        return _judged(opened, case, reading, watch)

    return answer


def _judged(opened: Library, case: Case, reading: Reading, watch: Watch) -> Outcome:
    quotes = tuple(
        Quoted(
            q.passage.document,
            q.text,
            opened.text(q.passage.document_id)[q.start : q.end] == q.text,
        )
        for q in reading.quotes
    )
    sources = dict.fromkeys((q.passage.document_id for q in reading.quotes), "")
    citations = cite(reading.quotes, sources, in_order=bool(reading.text))
    text = reading.text or (compose(citations, case.language) if citations else "")
    evidence = number_evidence(text, case.language, citations=citations)
    reply, written = watch.seen[0] if watch.seen else ("", None)
    return Outcome(
        case=case,
        verdict=judge(case, quotes),
        text=text,
        stated=case.answerable and case.stated_in(text),
        own_words=bool(reading.text),
        literal=all(quote.literal for quote in quotes),
        written=written,
        reply=reply,
        unsupported=tuple(n.text for n in evidence if n.status == "unsupported"),
        usage=reading.usage,
    )


def table(title: str, rows: Iterable[tuple[str, Sequence[Outcome]]]) -> Table:
    """The figures of each reader, one row per reader and language."""
    shown = Table(title=title)
    shown.add_column("reader")
    shown.add_column("language")
    for column in _FIGURES:
        shown.add_column(column, justify="right")
    for name, outcomes in rows:
        for language in ("en", "vi", "both"):
            members = [o for o in outcomes if language in (o.case.language, "both")]
            if members:
                shown.add_row(name, language, *_figures(members))
    return shown


def _figures(members: Sequence[Outcome]) -> list[str]:
    answerable = [o for o in members if o.case.answerable]
    written = [o.written for o in members if o.written is not None]
    statements = sum(len(w.checked) for w in written)
    supported = sum(len(w.supported) for w in written)
    return [
        str(len(members)),
        f"{sum(o.good for o in members) / len(members):.1%}",
        f"{sum(o.verdict == 'right' for o in members)}/{len(answerable)}",
        f"{sum(o.verdict == 'declined' for o in members)}/{len(members) - len(answerable)}",
        f"{sum(o.stated for o in answerable)}/{len(answerable)}",
        str(sum(o.own_words for o in members)),
        f"{supported}/{statements}",
        str(sum(o.invented for o in members)),
        str(sum(len(o.unsupported) for o in members)),
        "yes" if all(o.literal for o in members) else "NO",
        str(sum(o.usage.calls for o in members)),
    ]


def write_outcomes(file: Path, name: str, alone: list[Outcome], grounded: list[Outcome]) -> None:
    """Add what came of each question to a JSONL file."""
    with file.open("a", encoding="utf-8") as lines:
        for without, outcome in zip(alone, grounded, strict=True):
            checked = outcome.written.checked if outcome.written else ()
            statements = [[c.statement.text, c.support.reason, c.support.missing] for c in checked]
            record = {
                "set": name,
                "id": outcome.case.id,
                "question": outcome.case.question,
                "reply": outcome.reply,
                "statements": statements,
                "text": outcome.text,
                "own_words": outcome.own_words,
                "unsupported": outcome.unsupported,
                "verdict": outcome.verdict,
                "alone": without.verdict,
                "calls": outcome.usage.calls,
            }
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
