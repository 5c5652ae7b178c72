"""``chorei adapters records``, and what the other commands share about records."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.options import JsonOption

if TYPE_CHECKING:
    from chorei.adapters.records import Dataset, Record

BaseOption = Annotated[
    str, typer.Option("--base", help="The base model: a folder, a GGUF file, smollm2, a hub id.")
]
AllowPersonal = Annotated[bool, typer.Option("--allow-personal", help="Keep what looks personal.")]
MaskPersonal = Annotated[bool, typer.Option("--mask-personal", help="Replace what looks personal.")]


def records(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="Records, or a glossary or FAQ with --from.")
    ],
    made_from: Annotated[str, typer.Option("--from", help="records, glossary or faq.")] = "records",
    into: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write them as JSONL.")
    ] = None,
    phrasings: Annotated[
        int, typer.Option("--phrasings", min=1, max=7, help="Questions per term or answer.")
    ] = 3,
    unknown: Annotated[
        int, typer.Option("--unknown", min=0, help="Add so many unknown terms, declined.")
    ] = 0,
    general: Annotated[
        int,
        typer.Option("--general", min=0, help="Add so many general questions; the base answers."),
    ] = 0,
    base: BaseOption = "smollm2",
    allow_personal: AllowPersonal = False,
    mask_personal: MaskPersonal = False,
    as_json: JsonOption = False,
) -> None:
    """Check records, or make them from a glossary or an FAQ."""
    from chorei.adapters.records import write_records

    found = gathered(source, made_from, phrasings)
    found = (*found, *_unknown(found, unknown), *_general(found, general, base))
    dataset = dataset_of(found, allow_personal, mask_personal)
    if into:
        write_records(into, dataset.records)
    statistics = dataset.statistics()
    if as_json:
        print_json(statistics.model_dump() | {"personal": dataset.personal.counts})
        return
    for name, value in statistics.model_dump().items():
        shown = str(value)
        if isinstance(value, dict):
            shown = ", ".join(f"{count} {label}" for label, count in value.items())
        output().print(f"{name.replace('_', ' ')}: {shown}")
    warn(dataset)


def gathered(source: Path, kind: str, phrasings: int) -> "tuple[Record, ...]":
    """The records of a file, or those made from the glossary or FAQ in it."""
    from chorei.adapters.records import faq, from_faq, from_glossary, glossary, read_records
    from chorei.core import RecordsError

    if kind == "records":
        return read_records(source)[0]
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordsError(f"{source} cannot be read: {error}.") from None
    if kind == "glossary":
        return from_glossary(glossary(text), phrasings=phrasings, source=source.name)
    if kind == "faq":
        return from_faq(faq(text), phrasings=phrasings, source=source.name)
    raise typer.BadParameter(f"'{kind}' is none of records, glossary, faq.")


def dataset_of(found: "tuple[Record, ...]", allow: bool, mask: bool) -> "Dataset":
    """Records checked and split."""
    from chorei.adapters.records import prepare

    return prepare(found, personal="allow" if allow else "mask" if mask else "refuse")


def warn(dataset: "Dataset") -> None:
    """Print what was noticed about records."""
    for warning in dataset.warnings:
        messages().print(printable(f"Note: {warning}"))
    if dataset.personal:
        counts = ", ".join(f"{n} {kind}" for kind, n in dataset.personal.counts.items())
        messages().print(f"Note: personal data: {counts}")


def _unknown(found: "tuple[Record, ...]", count: int) -> "tuple[Record, ...]":
    from chorei.adapters.assessment import UNKNOWN_TERMS
    from chorei.adapters.records import unknown_beside

    return unknown_beside(found, count, avoid=UNKNOWN_TERMS) if count else ()


def _general(found: "tuple[Record, ...]", count: int, base: str) -> "tuple[Record, ...]":
    from chorei.adapters.assessment import rehearse, rehearsed
    from chorei.adapters.records import Kind

    if not count:
        return ()
    here = {record.question for record in found}
    languages = sorted({record.language for record in found if record.kind is Kind.FACT})
    asked = [question for question in rehearsed(count, languages) if question not in here]
    if len(asked) < count:
        messages().print(f"Note: there are {len(asked)} general questions to add, not {count}.")
    messages().print(printable(f"Asking {base} {len(asked)} general questions …"))
    made = rehearse(base, asked)
    if left := len(asked) - len(made):
        messages().print(f"Note: {left} had no whole sentence in answer and are left out.")
    return made
