"""``chorei adapters records``, and what the other commands share about records."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.options import JsonOption

if TYPE_CHECKING:
    from chorei.adapters.records import Dataset, Preferences, Record
    from chorei.core import Rating

BaseOption = Annotated[
    str, typer.Option("--base", help="The base model: a folder, a GGUF file, smollm2, a hub id.")
]
AllowPersonal = Annotated[bool, typer.Option("--allow-personal", help="Keep what looks personal.")]
MaskPersonal = Annotated[bool, typer.Option("--mask-personal", help="Replace what looks personal.")]


def records(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="Records, or what --from says.")],
    made_from: Annotated[
        str, typer.Option("--from", help="records, glossary, faq or ratings (exported).")
    ] = "records",
    into: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write them as JSONL.")
    ] = None,
    phrasings: Annotated[
        int, typer.Option("--phrasings", min=1, max=24, help="Questions per term or answer.")
    ] = 3,
    quoted: Annotated[
        bool, typer.Option("--quoted", help="From ratings: also answers quoted from documents.")
    ] = False,
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
    """Check records, or make them from a glossary, an FAQ or ratings."""
    from chorei.adapters.records import write_records

    found = gathered(source, made_from, phrasings, quoted)
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


def gathered(source: Path, kind: str, phrasings: int, quoted: bool = False) -> "tuple[Record, ...]":
    """The records of a file, or those made from the glossary, FAQ or ratings in it."""
    from chorei.adapters.records import faq, from_faq, from_glossary, glossary, read_records
    from chorei.core import RecordsError

    if kind == "records":
        return read_records(source)[0]
    if kind == "ratings":
        from chorei.adapters.records import from_ratings

        return from_ratings(read_rated(source, quoted), quoted=quoted, source=source.name)
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordsError(f"{source} cannot be read: {error}.") from None
    if kind == "glossary":
        return from_glossary(glossary(text), phrasings=phrasings, source=source.name)
    if kind == "faq":
        return from_faq(faq(text), phrasings=phrasings, source=source.name)
    raise typer.BadParameter(f"'{kind}' is none of records, glossary, faq, ratings.")


def read_rated(source: Path, quoted: bool) -> "tuple[Rating, ...]":
    """Exported ratings, and a note of how many teach nothing.

    Raises:
        RecordsError: They cannot be read, or all teach nothing.
    """
    from chorei.adapters.records import read_ratings
    from chorei.core import RecordsError

    taken = (None, "model", "documents") if quoted else (None, "model")
    found = read_ratings(source)
    used = [one for one in found if one.origin in taken or one.correction]
    if not used:
        raise RecordsError(
            f"Nothing in {source.name} can be learned from: no answer in it is the model's own,"
            " and none was corrected.",
            hint="Answers quoted from documents are taken with --quoted.",
        )
    if len(used) < len(found):
        left = len(found) - len(used)
        messages().print(
            f"Note: {left} rated answers that are not the model's own words are left out."
        )
    return found


def dataset_of(found: "tuple[Record, ...]", allow: bool, mask: bool) -> "Dataset":
    """Records checked and split."""
    from chorei.adapters.records import prepare

    return prepare(found, personal="allow" if allow else "mask" if mask else "refuse")


def warn(found: "Dataset | Preferences") -> None:
    """Print what was noticed about records or preferences."""
    for warning in found.warnings:
        messages().print(printable(f"Note: {warning}"))
    if found.personal:
        counts = ", ".join(f"{n} {kind}" for kind, n in found.personal.counts.items())
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
