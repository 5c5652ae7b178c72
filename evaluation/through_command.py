"""Measures an adapter through the whole agent: the documents alone, the adapter alone, and both."""

import argparse
import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from langchain_core.language_models import BaseChatModel
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chorei.adapters.assessment.evaluate import probe_prompts
from chorei.adapters.declaration import Declaration, declare, read_declaration
from chorei.adapters.records import read_records
from chorei.adapters.registry import Registry
from chorei.agent import Agent, ExtractiveReader
from chorei.core import AdapterError, Settings
from chorei.evaluation.cases import SETS, Case, cases, library
from chorei.evaluation.through import WAYS, Asked, Outcome, Trial, Way, questions
from chorei.evaluation.through_report import bars, markdown, write_report
from chorei.retrieval import Library

_REGISTRY: Final = Path(".chorei/adapters")


def main(arguments: Sequence[str], chat: BaseChatModel | None = None) -> int:
    """``… adapters reading NAME``: print the report; the exit code is 1 if a bar is missed.

    Args:
        arguments: The command line.
        chat: The model with the adapter, instead of the one that is named.
    """
    options = _parser().parse_args(arguments)
    registry = Registry(options.registry)
    entry = registry.entry(options.name, options.version)
    folder = registry.path(options.name, entry.version)
    model = chat or _chat(options.model or f"{entry.base}#{folder}")
    console = Console(width=150)
    with ExitStack() as stack:
        kept = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        opened = stack.enter_context(_opened(options, kept))
        asked = questions(
            _cases(options),
            probe_prompts(folder / "records.jsonl"),
            limit=options.limit,
            seed=options.seed,
        )
        settings = Settings(
            declarations=folder, max_new_tokens=options.tokens, deadline_seconds=3600.0
        )
        reader = None if options.in_words else ExtractiveReader()
        agent = stack.enter_context(Agent(opened, settings=settings, model=model, reader=reader))
        trial = Trial(agent, model, _declaration(folder), tokens=options.tokens)
        found = _run(trial, asked, console)
    title = f"{options.name} version {entry.version} through the agent"
    if options.report:
        console.print(f"written: {write_report(options.report, title, found)}")
    if options.record:
        _record(options.record, found)
    console.print(Markdown(markdown(title, found)))
    return 0 if all(bars(found).values()) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chorei.evaluation adapters reading", description=__doc__)
    parser.add_argument("name", help="the adapter's name in the registry")
    parser.add_argument("--version", type=int, help="its version; the newest by default")
    parser.add_argument("--registry", type=Path, default=_REGISTRY, help="folder of the registry")
    parser.add_argument("--model", help="the model with the adapter, if not in process from there")
    parser.add_argument("--set", choices=SETS, default="company", dest="set", help="reading set")
    parser.add_argument("--library", type=Path, help="a library of your own, with --questions")
    parser.add_argument("--questions", type=Path, help="its questions, JSONL like the sets here")
    parser.add_argument("--limit", type=int, default=0, help="only so many questions, by seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=64, help="most that the model writes")
    parser.add_argument(
        "--in-words", action="store_true", help="let the model put documents into words, too"
    )
    parser.add_argument("--keep", type=Path, help="folder in which libraries are kept")
    parser.add_argument("--report", type=Path, help="folder for the report in Markdown")
    parser.add_argument("--record", type=Path, help="file for every answer, as JSONL")
    return parser


def _opened(options: argparse.Namespace, kept: Path) -> Library:
    if options.library is None:
        return library(options.set, kept)
    return Library(options.library, create=False)


def _cases(options: argparse.Namespace) -> list[Case]:
    if options.questions is not None:
        lines = options.questions.read_text("utf-8").splitlines()
        return [Case.model_validate_json(line) for line in lines if line.strip()]
    return [] if options.library is not None else cases(options.set)


def _declaration(folder: Path) -> Declaration:
    """What the adapter declares; one that was registered before it could is read anew."""
    found = read_declaration(folder)
    if found is None:
        records = folder / "records.jsonl"
        if not records.is_file():
            raise AdapterError(f"{folder} holds neither knows.json nor records.jsonl.")
        found = declare(read_records(records)[0])
    return found


def _run(trial: Trial, asked: Sequence[Asked], console: Console) -> dict[Way, list[Outcome]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        found: dict[Way, list[Outcome]] = {}
        for way in WAYS:
            task = progress.add_task(way, total=len(asked))
            found[way] = trial.run(way, asked, partial(progress.advance, task))
    return found


def _record(file: Path, found: dict[Way, list[Outcome]]) -> None:
    with file.open("w", encoding="utf-8") as lines:
        for way, outcomes in found.items():
            for outcome in outcomes:
                fields = {
                    "way": way,
                    "id": outcome.asked.id,
                    "question": outcome.asked.question,
                    "verdict": outcome.verdict,
                    "route": outcome.route,
                    "text": outcome.text,
                    "numbers": outcome.numbers,
                }
                lines.write(json.dumps(fields, ensure_ascii=False) + "\n")


def _chat(name: str) -> BaseChatModel:
    from chorei.adapters import chat_model

    return chat_model(name, deadline_seconds=3600.0)
