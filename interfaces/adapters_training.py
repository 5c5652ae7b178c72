"""``chorei adapters advise``, ``train`` and ``evaluate``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chorei.interfaces.adapters_records import (
    AllowPersonal,
    BaseOption,
    MaskPersonal,
    dataset_of,
    gathered,
    warn,
)
from chorei.interfaces.console import messages, output, print_json, printable
from chorei.interfaces.options import JsonOption

if TYPE_CHECKING:
    from chorei.adapters.advice import Advice
    from chorei.adapters.records import Dataset
    from chorei.adapters.training import TrainingConfig

_DEFAULT = Path(".chorei/adapters")
_Registry = Annotated[
    Path, typer.Option("--registry", metavar="DIR", help="Folder of the registry.")
]


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
    name: Annotated[str, typer.Option("--name", help="Name of the adapter.")],
    base: BaseOption = "smollm2",
    method: Annotated[
        str, typer.Option("--method", help="lora, rslora, dora, qlora, prompt or full.")
    ] = "lora",
    rank: Annotated[int, typer.Option("--rank", min=1, help="Rank of LoRA.")] = 16,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the records.")] = 8,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Records per step.")] = 8,
    learning_rate: Annotated[float, typer.Option("--learning-rate", help="Peak rate.")] = 5e-4,
    patience: Annotated[
        int, typer.Option("--patience", min=0, help="Stop early after so many evaluations.")
    ] = 0,
    recompute: Annotated[bool, typer.Option("--recompute", help="Less memory, more time.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of weights and order.")] = 0,
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of the processor.")] = 0,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Settings, as JSON; options given here win.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after a kill.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew.")] = False,
    allow_personal: AllowPersonal = False,
    mask_personal: MaskPersonal = False,
    registry: _Registry = _DEFAULT,
) -> None:
    """Train an adapter and register it as a new version."""
    import shutil

    from chorei.adapters.registry import Registry
    from chorei.adapters.training import TrainingConfig, ranks

    settings = {
        "base": base,
        "method": method,
        "rank": rank,
        "epochs": epochs,
        "batch": batch,
        "learning_rate": learning_rate,
        "patience": patience,
        "recompute": recompute,
        "seed": seed,
        "threads": threads,
    }
    given = {name: settings[name] for name in settings if _is_given(context, name)}
    chosen = _config(config, settings, given, TrainingConfig)
    dataset = dataset_of(gathered(source, "records", 0), allow_personal, mask_personal)
    first = ranks.rank() == 0
    if first:
        warn(dataset)
    made = registry / ".training" / name
    made.parent.mkdir(parents=True, exist_ok=True)
    if restart and first:
        shutil.rmtree(made, ignore_errors=True)
    if made.exists():
        # A kill between the last step and the registry; --restart trains anew.
        messages().print("This adapter was trained before and not registered; that is done now.")
    else:
        _train(dataset, chosen, made, resume=resume, restart=restart)
    if not first:
        return
    entry = Registry(registry).add(name, made)
    shutil.rmtree(made)
    figures = entry.training
    output().print(
        f"{name} version {entry.version}: {figures['steps']} steps, loss {figures['loss']:.3f},"
        f" {figures['seconds']:.0f} s. Next: chorei adapters evaluate {name}"
    )


def evaluate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the adapter.")],
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="Its version.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write a report with a plot.")
    ] = None,
    base: Annotated[str, typer.Option("--base", help="The base model, if it has moved.")] = "",
    registry: _Registry = _DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """Measure a version before and after, beside the active one."""
    from chorei.adapters.assessment import evaluate as measure
    from chorei.adapters.assessment import write_report
    from chorei.adapters.registry import Registry, objections

    found = measure(Registry(registry), name, version, base=base)
    if report:
        write_report(report, name, found.evaluation, found.outcomes)
    if as_json:
        print_json(found.evaluation.model_dump(mode="json"))
        return
    for field, value in found.evaluation.adapter.model_dump().items():
        before = getattr(found.evaluation.base, field)
        if value is not None:
            output().print(f"{field}: {before:.1%} before, {value:.1%} after")
    against = objections(found.evaluation)
    messages().print(
        printable(
            f"The gate objects: {'; '.join(against)}."
            if against
            else f"The gate passes. Next: chorei adapters promote {name}"
        )
    )


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name in ("COMMANDLINE", "ENVIRONMENT")


def _config(
    path: Path | None,
    settings: dict[str, Any],
    given: dict[str, Any],
    kind: "type[TrainingConfig]",
) -> "TrainingConfig":
    """The settings: those of the options, then of the file, then of the options given."""
    import json

    from chorei.core import TrainingError

    if path is None:
        return kind.from_json(json.dumps(settings))
    try:
        read = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise TrainingError(f"{path} is no JSON: {error}.") from None
    if not isinstance(read, dict):
        raise TrainingError(f"{path} holds no JSON object of settings.")
    for name, value in given.items():
        if name in read and read[name] != value:
            option = name.replace("_", "-")
            messages().print(
                printable(f"Note: --{option} {value} wins over {read[name]} in {path}.")
            )
    return kind.from_json(json.dumps(settings | read | given))


def _train(
    dataset: "Dataset", config: "TrainingConfig", made: Path, *, resume: bool, restart: bool
) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    from chorei.adapters.training import ranks, sparkline
    from chorei.adapters.training import train as run

    losses: list[float] = []
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), Remaining())
    shown_here = Progress(
        *columns,
        TextColumn("{task.description}"),
        console=messages(),
        disable=ranks.rank() > 0,
    )
    with shown_here as bar:
        task = bar.add_task("loading", total=None)

        def follow(progress: Any) -> None:
            losses.append(progress.loss)
            shown = f"loss {progress.loss:.3f} {sparkline(losses, 30)}"
            bar.update(task, completed=progress.step, total=progress.steps, description=shown)

        run(dataset, config, made, resume=resume, restart=restart, report=follow)


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
