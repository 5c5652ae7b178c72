"""Measures the reader: are questions answered with the right quotation, or rightly declined?"""

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from rich.console import Console
from rich.table import Table

from chorei.agent import Agent
from chorei.agent.followup import FollowUp, resolve
from chorei.agent.reader import ExtractiveReader
from chorei.agent.reader.expansion import gather
from chorei.core import Hit, Settings
from chorei.evaluation.cases import SETS, Case, Split, cases, library
from chorei.retrieval import Library

Verdict = Literal[
    "right", "wrong quote", "wrong document", "falsely declined", "declined", "made up"
]

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
_TEXTUAL: Final = ("part", "language")
_FIGURES: Final = ("answerable", "questions", "good", *VERDICTS, "literal", "ms")
_PASSAGES: Final = 20  # asked for with each query


class Quoted(NamedTuple):
    """A quotation as it is judged.

    Attributes:
        document: The document's name.
        text: The quoted characters.
        literal: Whether the document holds them where the quotation says.
    """

    document: str
    text: str
    literal: bool


class Outcome(NamedTuple):
    """What came of one question.

    Attributes:
        case: The question.
        quotes: What was quoted.
        verdict: How that is judged.
        seconds: How long it took.
    """

    case: Case
    quotes: tuple[Quoted, ...]
    verdict: Verdict
    seconds: float


Answering = Callable[[Case], tuple[Quoted, ...]]


def judge(case: Case, quotes: Sequence[Quoted]) -> Verdict:
    """How the quotations for a question are judged.

    ``right`` needs one quotation that states an accepted answer and stands in a document that
    holds it. For a question that cannot be answered only ``declined`` (no quotation) is good;
    ``made up`` is any answer to it.
    """
    if not case.answerable:
        return "made up" if quotes else "declined"
    if not quotes:
        return "falsely declined"
    fitting = [quote for quote in quotes if case.fits(quote.document)]
    if any(case.stated_in(quote.text) for quote in fitting):
        return "right"
    return "wrong quote" if fitting else "wrong document"


def understood_by(asked: Iterable[Case]) -> Callable[[Case], FollowUp]:
    """How each question is understood after those before it in its conversation."""
    by_id = {case.id: case for case in asked}

    def understand(case: Case) -> FollowUp:
        earlier = understand(by_id[case.after]).resolved if case.after else ""
        return resolve(case.question, earlier)

    return understand


def searched(opened: Library, understood: FollowUp) -> list[Hit]:
    """The passages that are read for a question."""
    questions = (understood.resolved, understood.core)
    return gather(opened.search, questions, _PASSAGES, languages=opened.stats().languages)


def through_reader(opened: Library, asked: Sequence[Case], *, limit: int = 3) -> Answering:
    """Answer with the reader alone: search, read, quote."""
    reader = ExtractiveReader()
    understand = understood_by(asked)
    total = opened.stats().passages

    def answer(case: Case) -> tuple[Quoted, ...]:
        understood = understand(case)
        reading = reader.read(
            understood.core,
            searched(opened, understood),
            limit=limit,
            frequency=opened.frequency,
            total=total,
            background=understood.background,
        )
        return tuple(
            Quoted(
                quote.passage.document,
                quote.text,
                opened.text(quote.passage.document_id)[quote.start : quote.end] == quote.text,
            )
            for quote in reading.quotes
        )

    return answer


def through_agent(agent: Agent) -> Answering:
    """Answer with the whole agent; a question that follows another shares its conversation."""
    sessions: dict[str, str] = {}

    def answer(case: Case) -> tuple[Quoted, ...]:
        session = sessions[case.id] = sessions.get(case.after, f"reading-{case.id}")
        given = agent.ask(case.question, session=session)
        if given.declined:
            return ()
        return tuple(
            Quoted(
                citation.document,
                citation.quote,
                agent.library.text(citation.document_id)[citation.start : citation.end]
                == citation.quote,
            )
            for citation in given.citations
        )

    return answer


def evaluate(asked: Iterable[Case], answer: Answering) -> Iterator[Outcome]:
    """Ask each question and judge what is quoted."""
    for case in asked:
        began = time.perf_counter()
        quotes = answer(case)
        yield Outcome(case, quotes, judge(case, quotes), time.perf_counter() - began)


def table(title: str, outcomes: Sequence[Outcome]) -> Table:
    """The figures by part of the set, language, and whether the questions can be answered."""
    shown = Table(title=title)
    for column in _TEXTUAL:
        shown.add_column(column)
    for column in _FIGURES:
        shown.add_column(column, justify="right")
    groups: defaultdict[tuple[Split, str, bool], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        case = outcome.case
        groups[case.split, case.language, case.answerable].append(outcome)
    for (split, language, answerable), members in sorted(groups.items()):
        counts = Counter(member.verdict for member in members)
        quotes = [quote for member in members for quote in member.quotes]
        good = counts["right"] + counts["declined"]
        shown.add_row(
            split,
            language,
            "yes" if answerable else "no",
            str(len(members)),
            f"{good / len(members):.1%}",
            *(str(counts[verdict] or "") for verdict in VERDICTS),
            f"{sum(q.literal for q in quotes) / len(quotes):.0%}" if quotes else "",
            f"{1000 * sum(m.seconds for m in members) / len(members):.0f}",
        )
    return shown


def main(arguments: Sequence[str] | None = None) -> None:
    """``python -m chorei.evaluation reading``: print a table for each set of questions."""
    parser = argparse.ArgumentParser(prog="chorei.evaluation reading", description=__doc__)
    parser.add_argument("--set", choices=("all", "abstention", *SETS), default="all", dest="name")
    parser.add_argument("--through", choices=("reader", "agent"), default="reader")
    parser.add_argument("--part", choices=("dev", "test"), help="only this part")
    parser.add_argument("--show", choices=("wrong",), help="also list what went wrong")
    parser.add_argument("--keep", type=Path, help="folder in which libraries are kept")
    options = parser.parse_args(arguments)
    names = [n for n in SETS if options.name == "all" or n.startswith(options.name)]
    console = Console(width=170)
    with ExitStack() as stack:
        kept = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in names:
            with library(name, kept) as opened:
                outcomes = _outcomes(name, opened, options.through, options.part)
            console.print(table(f"{name} through the {options.through}", outcomes))
            if options.show:
                _list_wrong(console, outcomes)


def _outcomes(name: str, opened: Library, through: str, part: Split | None) -> list[Outcome]:
    asked = cases(name)
    chosen = [case for case in asked if part in (None, case.split)]
    if through == "reader":
        return list(evaluate(chosen, through_reader(opened, asked)))
    with Agent(opened, settings=Settings()) as agent:
        return list(evaluate(chosen, through_agent(agent)))


def _list_wrong(console: Console, outcomes: Iterable[Outcome]) -> None:
    for case, quotes, verdict, _ in outcomes:
        if verdict in ("right", "declined"):
            continue
        console.print(f"[bold]{case.id}[/] {verdict}: {case.question}", highlight=False)
        if case.answers:
            console.print(
                f"    wanted {list(case.answers)} in {list(case.documents)}", markup=False
            )
        for quote in quotes:
            text = " ".join(quote.text.split())[:140]
            console.print(f"    {quote.document}: {text}", markup=False, highlight=False)
