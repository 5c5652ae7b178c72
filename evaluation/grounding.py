"""Measures the prompted reader next to the reader alone, on the same questions in one run."""

import argparse
import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from langchain_core.language_models import BaseChatModel
from rich.console import Console
from rich.progress import track
from rich.table import Table

from chorei.agent.checking import number_evidence
from chorei.agent.completion import Completer
from chorei.agent.composing import cite, compose
from chorei.agent.grounding import Assessment, GroundedReader
from chorei.agent.protocols import Reader, Reading
from chorei.agent.reader import ExtractiveReader
from chorei.core import ChoreiError, Generation, ModelError, Usage
from chorei.evaluation.cases import Case, cases, library
from chorei.evaluation.reading import Quoted, Verdict, judge, searched, understood_by
from chorei.evaluation.replies import RecordedChat, Replies, UnrecordedError
from chorei.retrieval import Library

_ERRORS: Final = Console(stderr=True)
_COUNTING: Final = threading.Lock()
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


def main(arguments: Sequence[str] | None = None, chat: BaseChatModel | None = None) -> None:
    """``python -m chorei.evaluation grounding``: print a table for each set of questions.

    With ``--record`` a run that was stopped goes on where it was, and a changed reader or checker
    is measured with the replies that are there: the model is asked only what it was not asked
    before. ``--replay`` asks no model at all.

    Args:
        arguments: The command line.
        chat: The model to measure instead of the one that is named.
    """
    options = _options(arguments)
    console = Console(width=190)
    replies = Replies(options.replay or options.record, options.model)
    if options.replay and not len(replies):
        raise ChoreiError(f"{options.replay} holds no reply of the model '{options.model}'.")
    asked_model = None if options.replay else chat or _chat(options.model)
    with ExitStack() as stack:
        kept = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in ("handbooks", "company") if options.name == "all" else (options.name,):
            with library(name, kept) as opened:
                run = Run(opened, name, asked_model, replies, options)
                rows = run.both()
            console.print(table(f"{name}: {options.model}, trust {options.trust}", rows))
            console.print(run.remarks, highlight=False)
            if options.outcomes:
                _write(options.outcomes, name, *(outcomes for _, outcomes in rows))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chorei.evaluation grounding", description=__doc__)
    add = parser.add_argument
    add("--model", default="smollm2", help="as in CHOREI_MODEL")
    add("--set", choices=("all", "handbooks", "company"), default="all", dest="name")
    add("--limit", type=int, help="only so many questions of a set, drawn by seed")
    add("--seed", type=int, default=0)
    add("--trust", choices=("low", "high"), default="low")
    add("--passages", type=int, default=4, help="most that the model is shown")
    add("--tokens", type=int, default=80, help="most that it writes at a time")
    add("--together", type=int, default=8, help="questions that are asked at the same time")
    add("--keep", type=Path, help="folder in which libraries are kept")
    add("--outcomes", type=Path, help="file for what came of each question, as JSONL")
    replies = parser.add_mutually_exclusive_group()
    replies.add_argument(
        "--record", type=Path, help="file of replies: read, and added to; a stopped run goes on"
    )
    replies.add_argument("--replay", type=Path, help="judge the replies in a file; ask no model")
    return parser.parse_args(arguments)


class Run:
    """One set of questions through the reader alone and through the prompted reader.

    Args:
        opened: The library.
        name: The set.
        chat: The model; None for its replies alone.
        replies: What it replied before, and what it will reply.
        options: The command line.
    """

    def __init__(
        self,
        opened: Library,
        name: str,
        chat: BaseChatModel | None,
        replies: Replies,
        options: argparse.Namespace,
    ) -> None:
        self._opened = opened
        self._cases = cases(name)
        self._chat = chat
        self._replies = replies
        self._options = options
        self._tally: Counter[str] = Counter()
        self._seconds = 0.0

    def both(self) -> list[tuple[str, list[Outcome]]]:
        """What comes of the questions, by reader; those without a reply are left out of both."""
        chosen = self._cases
        if self._options.limit and self._options.limit < len(chosen):
            chosen = random.Random(self._options.seed).sample(chosen, self._options.limit)
        plain = through(self._opened, self._cases, ExtractiveReader(), Watch())
        alone = [plain(case) for case in track(chosen, "alone", console=_ERRORS)]
        began = time.perf_counter()
        pool = ThreadPoolExecutor(self._options.together)
        try:
            answers = pool.map(self._grounded, chosen)
            shown = track(answers, "with the model", total=len(chosen), console=_ERRORS)
            pairs = [(a, g) for a, g in zip(alone, shown, strict=True) if g is not None]
        finally:
            pool.shutdown(cancel_futures=True)
        self._seconds = time.perf_counter() - began
        return [
            ("alone", [without for without, _ in pairs]),
            ("with the model", [grounded for _, grounded in pairs]),
        ]

    @property
    def remarks(self) -> str:
        """Where the replies come from."""
        asked, kept, other = (self._tally[n] for n in ("asked", "kept", "other prompt"))
        text = f"{asked} replies asked in {self._seconds:.0f} s, {kept} known"
        if other:
            text += f", {other} given to another prompt for the same question"
        if gone := self._tally["no reply"]:
            text += f"; {gone} questions left out, for which there is no reply"
        return text + "."

    def _grounded(self, case: Case) -> Outcome | None:
        watch = Watch()
        chat = RecordedChat(replies=self._replies, case=case.id, chat=self._chat, tally=self._count)
        reader = GroundedReader(
            Completer(chat),
            ExtractiveReader(),
            trust=self._options.trust,
            passages=self._options.passages,
            generation=Generation(max_new_tokens=self._options.tokens, temperature=0.0),
            watch=watch,
        )
        try:
            return through(self._opened, self._cases, reader, watch)(case)
        except (UnrecordedError, ModelError):
            self._count("no reply")
            return None

    def _count(self, kind: str) -> None:
        with _COUNTING:
            self._tally[kind] += 1


def _write(file: Path, name: str, alone: list[Outcome], grounded: list[Outcome]) -> None:
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


def _chat(name: str) -> BaseChatModel:
    from chorei.adapters import chat_model

    # Several questions share the model, and a busy machine is no reason to give one up.
    return chat_model(name, deadline_seconds=3600)
