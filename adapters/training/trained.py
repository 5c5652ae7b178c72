"""What is said of a finished training."""

from chorei.adapters.training.base import Base
from chorei.adapters.training.config import TrainingConfig
from chorei.core import Frozen

VERSION = 1


class Trained(Frozen):
    """A finished training; ``training.json`` in the adapter's folder holds the same.

    Attributes:
        config: The settings.
        base: The base model with its hash.
        data: SHA-256 of the records and their split.
        train: Number of training records.
        held_out: Number of held-out records.
        steps: Optimiser steps done.
        loss: Mean loss of the last epoch's steps.
        held_out_loss: The lowest loss of the held-out records, None if they were not evaluated.
        tokens: Tokens trained on in this process.
        computed: Positions computed for them; fewer where prefixes were shared.
        seconds: Wall-clock time in this process.
        cpu_seconds: Processor time in this process.
        parameters: Number of trained parameters.
        stopped_early: Whether the held-out loss ended it.
        versions: Of the packages that took part.
    """

    version: int = VERSION
    config: TrainingConfig
    base: Base
    data: str
    train: int
    held_out: int
    steps: int
    loss: float
    held_out_loss: float | None
    tokens: int
    computed: int
    seconds: float
    cpu_seconds: float
    parameters: int
    stopped_early: bool
    versions: dict[str, str]
