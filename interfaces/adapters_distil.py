"""``chorei adapters distil``: a larger model's answers become records."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.options import JsonOption, LibraryOption

if TYPE_CHECKING:
    from chorei.adapters.distillation import Distilled, Ledger, Reply
    from chorei.adapters.records import Record
    from chorei.core import Answer

_SHOWN = 5


def distil(
    teacher: Annotated[
        str, typer.Option("--teacher", metavar="NAME", help="The larger model, as in --model.")
    ],
    into: Annotated[Path, typer.Option("--output", metavar="FILE", help="The records, as JSONL.")],
    source: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Questions, one a line (.txt), or records."),
    ] = None,
    headings: Annotated[
        bool, typer.Option("--headings", help="Also ask about each heading of the documents.")
    ] = False,
    documents: Annotated[
        bool,
        typer.Option(
            "--documents", help="Answer from the documents; what they do not hold is left out."
        ),
    ] = False,
    library: LibraryOption = None,
    system: Annotated[
        str, typer.Option("--system", help="A system message for the teacher alone.")
    ] = "",
    tokens: Annotated[
        int, typer.Option("--max-tokens", min=1, help="Longest answer; longer ones are left out.")
    ] = 512,
    parallel: Annotated[int, typer.Option("--parallel", min=1, help="Questions at a time.")] = 4,
    per_minute: Annotated[
        float, typer.Option("--per-minute", min=0, help="Most questions a minute; 0: no limit.")
    ] = 0,
    price: Annotated[
        str, typer.Option("--price", metavar="IN/OUT", help="For a million tokens read/written.")
    ] = "",
    allow_personal: Annotated[
        bool, typer.Option("--allow-personal", help="Keep what looks personal.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Let a larger model answer questions, and make records of its answers.

    Every answer is kept beside the records as it comes; the same command goes on after a kill.
    """
    from chorei.adapters.distillation import Ledger, Pace, distilled, gather
    from chorei.adapters.records import prepare, write_records
    from chorei.core import RecordsError

    prices = _prices(price)
    asked = _asked(source, headings, library)
    how = {"teacher": teacher, "system": system, "documents": documents}
    with (
        Ledger(into.with_suffix(".answers.jsonl"), how) as ledger,
        _teacher(teacher, documents, library, system, tokens) as ask,
        _following(asked, ledger, tokens) as follow,
    ):
        failed = gather(
            ask,
            asked,
            ledger,
            parallel=parallel,
            pace=Pace(per_minute),
            most_tokens=tokens,
            report=follow,
        )
    found = distilled(asked, ledger.replies, teacher=teacher, personal=allow_personal)
    _say(found, failed, prices, as_json=as_json)
    kept = found.records
    if not kept:
        raise RecordsError("No answer can be learned; nothing was written.")
    if len(kept) > 1:
        dataset = prepare(kept, personal="allow" if allow_personal else "refuse")
        kept = dataset.records
        for warning in dataset.warnings:
            messages().print(printable(f"Note: {warning}"))
    write_records(into, kept)
    if not as_json:
        output().print(printable(f"{into}: {len(kept)} record{'s' if len(kept) > 1 else ''}"))


def _asked(source: Path | None, headings: bool, library: Path | None) -> "tuple[Record, ...]":
    from chorei.adapters.distillation import from_headings, read_questions

    if source is None and not headings:
        raise typer.BadParameter("Give a file of questions, or --headings.")
    found = read_questions(source) if source else ()
    if headings:
        found = (*found, *from_headings(_headings(library)))
    # The first of equal questions, so that a question of people goes before one that is made.
    return tuple({r.question: r for r in reversed(found)}.values())[::-1]


def _headings(library: Path | None) -> list[tuple[str, str]]:
    from chorei.interfaces.opening import open_library

    with open_library(library) as opened:
        return [
            (passage.title, passage.heading[-1])
            for document in opened.documents()
            for passage in opened.passages(document.id)
            if passage.heading
        ]


@contextmanager
def _teacher(
    name: str, documents: bool, library: Path | None, system: str, tokens: int
) -> "Iterator[Callable[[Record], Reply]]":
    from chorei.core import Generation

    if not documents:
        from chorei.adapters import chat_model
        from chorei.adapters.distillation import chat_teacher

        generation = Generation(max_new_tokens=tokens, temperature=0.0)
        yield chat_teacher(chat_model(name, generation=generation), system=system)
        return
    if system:
        raise typer.BadParameter("--system is for a teacher without --documents.")
    from chorei.interfaces.opening import open_agent

    pairs = ("trust=high", f"max_new_tokens={tokens}")
    with open_agent(library, model=name, pairs=pairs) as agent:
        yield lambda record: answered(record, agent.ask(record.question))


def answered(record: "Record", answer: "Answer") -> "Reply":
    """An answer of the agent as a teacher's reply, without the marks of its citations.

    It is vouched for only if the model wrote it, cites documents, and no number is unsupported.
    """
    import re

    from chorei.adapters.distillation import Reply
    from chorei.core import ModelUnavailableError

    if answer.degraded:
        raise ModelUnavailableError("The teacher failed.", hint=" ".join(answer.notes))
    reason = ""
    if answer.declined or not answer.citations:
        reason = "the documents do not answer"
    elif not answer.model:
        reason = "the teacher's words are not held by the documents"
    elif any(number.status == "unsupported" for number in answer.numbers):
        reason = "a number is not in the documents"
    return Reply(
        question=record.question,
        answer=re.sub(r"\s*\[\d+\]", "", answer.text).strip(),
        refusal=reason,
        input_tokens=answer.usage.prompt,
        output_tokens=answer.usage.completion,
    )


@contextmanager
def _following(
    asked: "Sequence[Record]", ledger: "Ledger", tokens: int
) -> "Iterator[Callable[[Reply], None]]":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    from chorei.adapters.distillation import is_open

    done = sum(not is_open(record, ledger, tokens) for record in asked)
    if done:
        messages().print(f"{done} of {len(asked)} questions were answered before.")
    spent = 0
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, TextColumn("{task.description}"), console=messages()) as bar:
        task = bar.add_task("", total=len(asked), completed=done)

        def follow(reply: "Reply") -> None:
            nonlocal spent
            spent += reply.input_tokens + reply.output_tokens
            bar.update(task, advance=1, description=f"{spent:,} tokens")

        yield follow


def _say(
    found: "Distilled", failed: int, prices: tuple[float, float] | None, *, as_json: bool
) -> None:
    cost = None
    if prices:
        cost = (found.input_tokens * prices[0] + found.output_tokens * prices[1]) / 1e6
    if as_json:
        print_json(
            {
                "records": len(found.records),
                "failed": failed,
                "rejected": [r.model_dump() for r in found.rejected],
                "input_tokens": found.input_tokens,
                "output_tokens": found.output_tokens,
                "cost": cost,
            }
        )
        return
    spent = f", cost {cost:.4f}" if cost is not None else ""
    messages().print(
        f"{len(found.records)} answers kept, {len(found.rejected)} left out;"
        f" {found.input_tokens:,} tokens read, {found.output_tokens:,} written{spent}"
    )
    for rejected in found.rejected[:_SHOWN]:
        messages().print(printable(f"Left out: “{rejected.question}”: {rejected.reason}"))
    if len(found.rejected) > _SHOWN:
        messages().print(f"… and {len(found.rejected) - _SHOWN} more (all with --json)")
    if any(rejected.reason == "it was cut off" for rejected in found.rejected):
        messages().print("What was cut off is asked for again with a larger --max-tokens.")
    if failed:
        messages().print(f"The teacher failed at {failed} questions; run the command again.")


def _prices(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    try:
        read, written = (float(part) for part in text.split("/"))
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not IN/OUT, such as 0.25/2.") from None
    return read, written
