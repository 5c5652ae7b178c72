"""Options that several commands of ``chorei adapters`` share."""

from pathlib import Path
from typing import Annotated

import typer

REGISTRY = Path(".chorei/adapters")

RegistryOption = Annotated[
    Path, typer.Option("--registry", metavar="DIR", help="Folder of the registry.")
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the adapter.")]
NewNameOption = Annotated[str, typer.Option("--name", help="Name of the adapter.")]
VersionOption = Annotated[
    int | None,
    typer.Option("--version", metavar="N", help="Its version.", show_default=False),
]
MovedBaseOption = Annotated[
    str, typer.Option("--base", help="The base model, if it has moved.", show_default=False)
]
EpochsOption = Annotated[int, typer.Option("--epochs", min=1, help="Passes over the records.")]
BatchOption = Annotated[int, typer.Option("--batch", min=1, help="Records per step.")]
RateOption = Annotated[float, typer.Option("--learning-rate", help="Peak rate.")]
LoraplusOption = Annotated[
    float, typer.Option("--loraplus", min=1, help="How much faster LoRA's B learns than its A.")
]
PatienceOption = Annotated[
    int, typer.Option("--patience", min=0, help="Stop early after so many evaluations.")
]
RecomputeOption = Annotated[bool, typer.Option("--recompute", help="Less memory, more time.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Of weights and order.")]
ThreadsOption = Annotated[int, typer.Option("--threads", min=0, help="Of the processor.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings, as JSON; options given here win.",
        show_default=False,
    ),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on after a kill.")]
RestartOption = Annotated[bool, typer.Option("--restart", help="Begin anew.")]
