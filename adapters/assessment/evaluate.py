"""One version of an adapter against the base and the active version, on the same prompts."""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from chorei.adapters.assessment.answering import answers, base_only, load_adapted
from chorei.adapters.assessment.drift import measure
from chorei.adapters.assessment.general import tested
from chorei.adapters.assessment.scoring import Outcome, Scores, outcomes, scores
from chorei.adapters.records import (
    Kind,
    Record,
    Split,
    read_preferences,
    read_records,
    unknown_terms,
)
from chorei.adapters.records.record import data_hash
from chorei.adapters.registry import Drift, Entry, Evaluation, Measured, Registry
from chorei.adapters.training.base import (
    Base,
    bfloat16_pays,
    device_here,
    identify,
    load_for_training,
)
from chorei.core import Frozen, RegistryError

# Made up for the test; no training set made by chorei uses them.
UNKNOWN_TERMS = (
    "RASTOV", "SIMBEK", "TORVANE", "ULMARI", "VEXON", "WADREN", "XILPO", "ZORMA",
    "BELTURO", "CASDIM", "DRUVEN", "FIRKAS", "GOLMET", "HENVAR", "JASPOR", "LOMIDA",
)  # fmt: skip


class Assessment(Frozen):
    """An evaluation with every answer it rests on."""

    evaluation: Evaluation
    outcomes: tuple[Outcome, ...]


def evaluate(
    registry: Registry,
    name: str,
    version: int | None = None,
    *,
    base: str = "",
    every: int = 1,
    follow: Callable[[int, int], object] | None = None,
) -> Assessment:
    """Evaluate a version, write the result into the registry, and return it with the answers.

    The prompts are the held-out phrasings saved with the adapter, general prompts, and unknown
    terms. The active version answers them too. A GPU is used if there is one.

    Args:
        registry: The registry.
        name: The adapter.
        version: Its version, the newest by default.
        base: The base model, if it is not where the adapter was trained on it.
        every: For a quick look, 3 asks every third general prompt and unknown term only.
        follow: Called from time to time with how many answers there are, and are to come in all.

    Raises:
        RegistryError: The version is damaged, or belongs to another base.
        ModelNameError: The base model is not here.
    """
    entry = registry.entry(name, version)
    found = identify(base or entry.base)
    folder = registry.path(name, entry.version, base_sha256=found.sha256)
    prompts = probe_prompts(folder / "records.jsonl", every=every)
    if entry.method == "full":
        raise RegistryError("A model that was trained whole cannot be measured beside its base.")
    device = device_here()
    bfloat16 = bfloat16_pays(device)
    model, tokenizer = load_for_training(found, device=device, bfloat16=bfloat16)
    adapted = load_adapted(model.to(device), str(folder), bfloat16=bfloat16)
    active = registry.active_version(name)
    beside = None if active == entry.version else active
    done, total = 0, len(prompts) * (2 if beside is None else 3)

    def answered() -> list[str]:
        return answers(adapted, tokenizer, prompts, follow=tell)

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if follow:
            follow(done, total)

    with base_only(adapted):
        before = answered()
    after = answered()
    judged = outcomes(prompts, before, after)
    drift = _drift(registry, entry, found, adapted, tokenizer, prompts, bfloat16=bfloat16)
    rival: Scores | None = None
    if beside is not None:
        other = registry.path(name, beside, base_sha256=found.sha256)
        adapted.load_adapter(str(other), "active", autocast_adapter_dtype=not bfloat16)
        adapted.set_adapter("active")
        rival = scores(outcomes(prompts, before, answered()), after=True)
    evaluation = Evaluation(
        base=_measured(scores(judged, after=False)),
        adapter=_measured(scores(judged, after=True)),
        active=_measured(rival) if rival else None,
        active_version=beside,
        prompts=data_hash(prompts),
        at=dt.datetime.now(dt.UTC).replace(microsecond=0),
        drift=drift,
    )
    registry.record(name, entry.version, evaluation)
    return Assessment(evaluation=evaluation, outcomes=judged)


def _drift(
    registry: Registry,
    entry: Entry,
    base: Base,
    adapted: Any,
    tokenizer: Any,
    prompts: Sequence[Record],
    *,
    bfloat16: bool,
) -> Drift | None:
    """How a version tuned on preferences differs from what it was tuned from, else None."""
    if entry.objective == "sft":
        return None
    folder = registry.path(entry.name, entry.version)
    preferences, _ = read_preferences(folder / "preferences.jsonl")
    if entry.parent is not None:
        parent = _parent(registry, entry, entry.parent, base)
        # In the type of this version, so that they differ by what was learned alone.
        adapted.load_adapter(str(parent), "before", autocast_adapter_dtype=not bfloat16)

    @contextlib.contextmanager
    def before() -> Iterator[None]:
        if entry.parent is None:
            with base_only(adapted):
                yield
            return
        adapted.set_adapter("before")
        try:
            yield
        finally:
            adapted.set_adapter("default")

    facts = [record for record in prompts if record.kind is Kind.FACT]
    return measure(adapted, tokenizer, preferences, facts, before)


def _parent(registry: Registry, entry: Entry, version: int, base: Base) -> Path:
    try:
        return registry.path(entry.name, version, base_sha256=base.sha256)
    except RegistryError as error:
        raise RegistryError(
            f"Version {version}, from which version {entry.version} was tuned, cannot be compared"
            f" with: {error.message}",
            hint="Tune another version, or promote this one with --force.",
        ) from None


def probe_prompts(path: Path, *, every: int = 1) -> tuple[Record, ...]:
    """What an adapter is tested with: its held-out phrasings, general prompts, unknown terms.

    An adapter made of the base by preferences alone has no records, hence no phrasings.

    Args:
        path: Its records.
        every: As :func:`evaluate` takes it.
    """
    records = read_records(path)[0] if path.exists() else ()
    taught = {record.topic for record in records}
    held = [record for record in records if record.split is Split.HELD_OUT]
    facts = [record for record in held if record.kind is Kind.FACT]
    unknown = unknown_terms([term for term in UNKNOWN_TERMS if term not in taught], seed=5)
    return (*facts, *unknown[::every], *_general(records)[::every])


def _general(records: Sequence[Record]) -> tuple[Record, ...]:
    trained = {r.question for r in records if r.split is not Split.HELD_OUT}
    return tuple(record for record in tested() if record.question not in trained)


def _measured(found: Scores) -> Measured:
    return Measured(facts=found.facts, unknown=found.unknown, general=found.general)
