"""Measures the prompted reader next to the reader alone, on the same questions in one run."""

import argparse
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from langchain_core.language_models import BaseChatModel
from rich.console import Console
from rich.progress import track

from chorei.agent.completion import Completer
from chorei.agent.grounding import GroundedReader
from chorei.agent.reader import ExtractiveReader
from chorei.core import ChoreiError, Generation, ModelError
from chorei.evaluation.cases import Case, cases, library
from chorei.evaluation.grounded import Outcome, Watch, table, through, write_outcomes
from chorei.evaluation.replies import RecordedChat, Replies, UnrecordedError
from chorei.retrieval import Library

_ERRORS: Final = Console(stderr=True)
_COUNTING: Final = threading.Lock()


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
                write_outcomes(options.outcomes, name, *(outcomes for _, outcomes in rows))


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
        chosen = list(self._cases)
        if self._options.limit:
            # A larger limit takes the same questions and more.
            random.Random(self._options.seed).shuffle(chosen)
            chosen = chosen[: self._options.limit]
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


def _chat(name: str) -> BaseChatModel:
    from chorei.adapters import chat_model

    # Several questions share the model, and a busy machine is no reason to give one up.
    return chat_model(name, deadline_seconds=3600)
