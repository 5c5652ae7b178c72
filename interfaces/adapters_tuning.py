"""``chorei adapters preferences`` and ``tune``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from chorei.interfaces.adapters_options import (
    REGISTRY,
    BatchOption,
    ConfigOption,
    EpochsOption,
    LoraplusOption,
    NewNameOption,
    PatienceOption,
    RateOption,
    RecomputeOption,
    RegistryOption,
    RestartOption,
    ResumeOption,
    SeedOption,
    ThreadsOption,
)
from chorei.interfaces.adapters_records import AllowPersonal, MaskPersonal, read_rated, warn
from chorei.interfaces.adapters_work import config_from, finish, given
from chorei.interfaces.console import output, print_json
from chorei.interfaces.options import JsonOption

if TYPE_CHECKING:
    from chorei.adapters.records import Preference, Preferences
    from chorei.adapters.registry import Entry, Registry
    from chorei.adapters.tuning import Start, TuningConfig

_Quoted = Annotated[
    bool, typer.Option("--quoted", help="From ratings: also answers quoted from documents.")
]
_From = Annotated[
    Literal["preferences", "ratings"],
    typer.Option("--from", help="What the file holds: preferences, or exported ratings."),
]


def preferences(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="Preferences, or ratings with --from.")
    ],
    made_from: _From = "preferences",
    into: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write them as JSONL.")
    ] = None,
    quoted: _Quoted = False,
    allow_personal: AllowPersonal = False,
    mask_personal: MaskPersonal = False,
    as_json: JsonOption = False,
) -> None:
    """Check preferences, or make them from ratings."""
    from chorei.adapters.records import write_preferences

    found = _prepared(source, made_from, quoted, allow_personal, mask_personal)
    if into:
        write_preferences(into, found.all)
    statistics = found.statistics()
    if as_json:
        print_json(statistics.model_dump() | {"personal": found.personal.counts})
        return
    for name, value in statistics.model_dump().items():
        output().print(f"{name.replace('_', ' ')}: {value}")
    warn(found)


def tune(
    context: typer.Context,
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="Preferences, or ratings with --from.")
    ],
    name: NewNameOption,
    start: Annotated[
        int | None,
        typer.Option(
            "--start",
            min=0,
            metavar="N",
            help="Version to tune; 0 for the base alone. Default: the active one, or the newest.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[str, typer.Option("--method", help="dpo (pairs) or kto (thumbs).")] = "dpo",
    beta: Annotated[
        float, typer.Option("--beta", help="How dear it is to leave the version it starts at.")
    ] = 0.1,
    base: Annotated[
        str,
        typer.Option(
            "--base",
            help="The base, if it has moved, or there is no version yet (then: smollm2).",
            show_default=False,
        ),
    ] = "",
    epochs: EpochsOption = 4,
    batch: BatchOption = 4,
    learning_rate: RateOption = 5e-5,
    loraplus: LoraplusOption = 1.0,
    patience: PatienceOption = 0,
    recompute: RecomputeOption = False,
    seed: SeedOption = 0,
    threads: ThreadsOption = 0,
    config: ConfigOption = None,
    resume: ResumeOption = False,
    restart: RestartOption = False,
    made_from: _From = "preferences",
    quoted: _Quoted = False,
    allow_personal: AllowPersonal = False,
    mask_personal: MaskPersonal = False,
    registry: RegistryOption = REGISTRY,
) -> None:
    """Tune an adapter on what people prefer, and register it as a new version."""
    from chorei.adapters.registry import Registry
    from chorei.adapters.tuning import TuningConfig

    opened = Registry(registry)
    entry = _start(opened, name, start)
    settings = {
        "base": base or (entry.base if entry else "smollm2"),
        "objective": method,
        "start": 0 if entry is None else entry.version,
        "beta": beta,
        "epochs": epochs,
        "batch": batch,
        "learning_rate": learning_rate,
        "loraplus": loraplus,
        "patience": patience,
        "recompute": recompute,
        "seed": seed,
        "threads": threads,
    }
    chosen = _of_start(config_from(config, settings, given(context, settings), TuningConfig), entry)
    found = _prepared(source, made_from, quoted, allow_personal, mask_personal)
    warn(found)
    begin = _checked(opened, entry, chosen)

    def work(made: Path, follow: Any) -> None:
        from chorei.adapters.tuning import tune as run

        run(found, chosen, made, start=begin, resume=resume, restart=restart, report=follow)

    made = finish(opened, name, registry / ".tuning" / name, work, "tuning", restart=restart)
    if made is None:
        return
    figures = made.training
    margin = f", margin {figures['margin']:.2f}" if "margin" in figures else ""
    output().print(
        f"{name} version {made.version}, tuned from"
        f" {f'version {made.parent}' if made.parent else 'the base'}: {figures['steps']} steps,"
        f" loss {figures['loss']:.3f}{margin}, {figures['seconds']:.0f} s."
        f" Next: chorei adapters evaluate {name}"
    )


def _prepared(source: Path, made_from: str, quoted: bool, allow: bool, mask: bool) -> "Preferences":
    from chorei.adapters.records import prepare_preferences

    personal: Literal["allow", "mask", "refuse"] = (
        "allow" if allow else "mask" if mask else "refuse"
    )
    return prepare_preferences(_gathered(source, made_from, quoted), personal=personal)


def _gathered(source: Path, made_from: str, quoted: bool) -> "tuple[Preference, ...]":
    from chorei.adapters.records import preferences as from_ratings
    from chorei.adapters.records import read_preferences

    if made_from == "preferences":
        return read_preferences(source)[0]
    return from_ratings(read_rated(source, quoted), quoted=quoted, source=source.name)


def _start(opened: "Registry", name: str, start: int | None) -> "Entry | None":
    """The version to tune, None for the base."""
    if start == 0 or (start is None and name not in opened.names()):
        return None
    return opened.entry(name, start or opened.active_version(name))


def _of_start(config: "TuningConfig", entry: "Entry | None") -> "TuningConfig":
    """The settings with the shape of the version that is tuned, which cannot be chosen."""
    if entry is None:
        return config.model_copy(update={"start": 0})
    shape = {key: entry.config[key] for key in ("rank", "alpha") if key in entry.config}
    update = {"start": entry.version, "method": entry.method} | shape
    return type(config).model_validate(config.model_dump() | update)


def _checked(opened: "Registry", entry: "Entry | None", config: "TuningConfig") -> "Start | None":
    from chorei.adapters.training import identify
    from chorei.adapters.tuning import Start

    if entry is None:
        return None
    found = identify(config.base)
    folder = opened.path(entry.name, entry.version, base_sha256=found.sha256)
    return Start(folder=folder, sha256=entry.files["adapter_model.safetensors"])
