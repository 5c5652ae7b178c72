"""What the registry knows about one version of an adapter."""

import datetime as dt
from typing import Any

from pydantic import Field

from chorei.adapters.registry.drift import Drift
from chorei.core import Frozen


class Measured(Frozen):
    """Shares of right answers, 0 to 1; None where nothing was asked."""

    facts: float | None = None
    unknown: float | None = None
    general: float | None = None


class Evaluation(Frozen):
    """An evaluation of one version; all three columns answered the same prompts.

    Attributes:
        base: The base model alone.
        adapter: With this version.
        active: With the version that was active then, None if there was none.
        active_version: Which one that was.
        prompts: SHA-256 of the prompts.
        at: When.
        drift: Of a version tuned on preferences: how it differs from what it was tuned from.
    """

    base: Measured
    adapter: Measured
    active: Measured | None = None
    active_version: int | None = None
    prompts: str = ""
    at: dt.datetime
    drift: Drift | None = None


class Entry(Frozen):
    """One version of an adapter.

    Attributes:
        name: The adapter's name.
        version: From 1; a number is never used twice.
        created: When it was registered.
        method: What was trained (``lora``, …).
        objective: What it was trained for: ``sft`` (to say what the records say), or preference
            tuning with ``dpo`` or ``kto``.
        parent: The version that was tuned, None if it was the base.
        base: Name of the base model.
        base_sha256: Hash of the base's weights.
        model_type: Architecture of the base.
        data_sha256: Hash of its records and their split.
        config: The settings it was trained with.
        training: Figures of the training (steps, loss, seconds, …).
        files: SHA-256 of every file of the adapter, by path.
        evaluation: The last evaluation, if there was one.
        note: A remark of whoever registered it.
    """

    name: str
    version: int
    created: dt.datetime
    method: str
    objective: str = "sft"
    parent: int | None = None
    base: str
    base_sha256: str
    model_type: str
    data_sha256: str
    config: dict[str, Any]
    training: dict[str, Any]
    files: dict[str, str]
    evaluation: Evaluation | None = None
    note: str = ""


class Promotion(Frozen):
    """One change of the active version.

    Attributes:
        version: The version that became active; None if none is since.
        at: When.
        forced: The gate's objection that was overruled, "" if there was none.
    """

    version: int | None
    at: dt.datetime
    forced: str = ""


class Active(Frozen):
    """Which version is active, and every change that led there, oldest first."""

    history: tuple[Promotion, ...] = ()
    last: int = Field(default=0, description="the highest version ever given")

    @property
    def version(self) -> int | None:
        """The active version."""
        return self.history[-1].version if self.history else None
