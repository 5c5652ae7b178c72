"""``chorei adapters advise``, ``train`` and ``evaluate``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chorei.interfaces.adapters_options import (
    REGISTRY,
    BatchOption,
    ConfigOption,
    EpochsOption,
    LoraplusOption,
    MovedBaseOption,
    NameArgument,
    NewNameOption,
    PatienceOption,
    RateOption,
    RecomputeOption,
    RegistryOption,
    RestartOption,
    ResumeOption,
    SeedOption,
    ThreadsOption,
    VersionOption,
)
from chorei.interfaces.adapters_records import (
    AllowPersonal,
    BaseOption,
    MaskPersonal,
    dataset_of,
    gathered,
    warn,
)
from chorei.interfaces.adapters_work import answering, config_from, finish, given
from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.options import JsonOption

if TYPE_CHECKING:
    from chorei.adapters.advice import Advice


def advise(
    records: Annotated[
        Path | None, typer.Argument(metavar="RECORDS", help="Records, if there are any.")
    ] = None,
    base: BaseOption = "smollm2",
    rank: Annotated[int, typer.Option("--rank", min=1, help="Rank of LoRA.")] = 16,
    documents: Annotated[
        int, typer.Option("--documents", min=0, help="Documents in the library.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Say what an adapter would take here, and which way fits."""
    from chorei.adapters.advice import advise as reckon
    from chorei.adapters.advice import shape_of
    from chorei.adapters.records import prepare, read_records

    dataset = prepare(read_records(records)[0], personal="allow") if records else None
    advice = reckon(shape_of(base), dataset, documents=documents, rank=rank)
    if as_json:
        print_json(advice.model_dump(mode="json"))
    else:
        output().print(printable(_advice(advice)))


def train(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="RECORDS", help="JSONL, JSON or CSV.")],
    name: NewNameOption,
    base: BaseOption = "smollm2",
    method: Annotated[
        str, typer.Option("--method", help="lora, rslora, dora, qlora, prompt or full.")
    ] = "lora",
    rank: Annotated[int, typer.Option("--rank", min=1, help="Rank of LoRA.")] = 16,
    epochs: EpochsOption = 8,
    batch: BatchOption = 8,
    learning_rate: RateOption = 5e-4,
    loraplus: LoraplusOption = 1.0,
    patience: PatienceOption = 0,
    recompute: RecomputeOption = False,
    seed: SeedOption = 0,
    threads: ThreadsOption = 0,
    config: ConfigOption = None,
    resume: ResumeOption = False,
    restart: RestartOption = False,
    allow_personal: AllowPersonal = False,
    mask_personal: MaskPersonal = False,
    registry: RegistryOption = REGISTRY,
) -> None:
    """Train an adapter and register it as a new version."""
    from chorei.adapters.registry import Registry
    from chorei.adapters.training import TrainingConfig, ranks

    settings = {
        "base": base,
        "method": method,
        "rank": rank,
        "epochs": epochs,
        "batch": batch,
        "learning_rate": learning_rate,
        "loraplus": loraplus,
        "patience": patience,
        "recompute": recompute,
        "seed": seed,
        "threads": threads,
    }
    chosen = config_from(config, settings, given(context, settings), TrainingConfig)
    dataset = dataset_of(gathered(source, "records", 0), allow_personal, mask_personal)
    if not ranks.rank():
        warn(dataset)

    def work(made: Path, follow: Any) -> None:
        from chorei.adapters.training import train as run

        run(dataset, chosen, made, resume=resume, restart=restart, report=follow)

    entry = finish(
        Registry(registry), name, registry / ".training" / name, work, "training", restart=restart
    )
    if entry is None:
        return
    figures = entry.training
    output().print(
        f"{name} version {entry.version}: {figures['steps']} steps, loss {figures['loss']:.3f},"
        f" {figures['seconds']:.0f} s. Next: chorei adapters evaluate {name}"
    )


def evaluate(
    name: NameArgument,
    version: VersionOption = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write a report with a plot.")
    ] = None,
    base: MovedBaseOption = "",
    registry: RegistryOption = REGISTRY,
    as_json: JsonOption = False,
) -> None:
    """Measure a version before and after, beside the active one."""
    from chorei.adapters.assessment import evaluate as measure
    from chorei.adapters.assessment import write_report
    from chorei.adapters.registry import Registry, objections
    from chorei.adapters.registry.drift import drift_rows

    with answering() as follow:
        found = measure(Registry(registry), name, version, base=base, follow=follow)
    if report:
        write_report(report, name, found.evaluation, found.outcomes)
    if as_json:
        print_json(found.evaluation.model_dump(mode="json"))
        return
    for field, value in found.evaluation.adapter.model_dump().items():
        before = getattr(found.evaluation.base, field)
        if value is not None:
            output().print(f"{field}: {before:.1%} before, {value:.1%} after")
    if found.evaluation.drift:
        for label, old, new, limit in drift_rows(found.evaluation.drift):
            start = f"{old} before, " if old else ""
            output().print(f"{label}: {start}{new}{f' after ({limit})' if limit else ' after'}")
    against = objections(found.evaluation)
    messages().print(
        printable(
            f"The gate objects: {'; '.join(against)}."
            if against
            else f"The gate passes. Next: chorei adapters promote {name}"
        )
    )


def _advice(advice: "Advice") -> str:
    shape = advice.shape
    lines = [
        f"{shape.label}: {shape.parameters:,} parameters; LoRA of rank {advice.rank} trains"
        f" {shape.lora_parameters(advice.rank):,} ({advice.lora_share:.2%}).",
        "Memory to answer (2,048 tokens): "
        + ", ".join(f"{name} {_size(size)}" for name, size in advice.inference.items()),
        f"Memory to train: LoRA {_size(advice.lora)}, everything {_size(advice.full)}",
    ]
    if advice.seconds is not None:
        lines.append(
            f"Time to train here: about {advice.seconds / 60:.0f} min (half to three times)"
        )
    lines += ["", *(f"{way.fits:>7}  {way.name}: {way.reason}" for way in advice.ways), ""]
    return "\n".join([*lines, *advice.rules])


def _size(count: int) -> str:
    return f"{count / 2**30:.2f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"
