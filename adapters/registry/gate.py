"""The gate before a version becomes active: it must not be worse than the one that is."""

from chorei.adapters.registry.drift import drift_objections
from chorei.adapters.registry.entry import Entry, Evaluation, Measured
from chorei.core import GateError

# One prompt in twenty may differ by chance; facts may not get worse at all.
_SLACK = {"facts": 0.0, "unknown": 0.05, "general": 0.05}
_SHOWN = {"facts": "held-out facts", "unknown": "unknown terms", "general": "general prompts"}


def objections(evaluation: Evaluation) -> list[str]:
    """What speaks against a version: each a line with figures, none if it may become active."""
    found = []
    for name, slack in _SLACK.items():
        mine = _share(evaluation.adapter, name)
        rival, who = _share(evaluation.active, name), f"active version {evaluation.active_version}"
        if rival is None and name != "unknown":
            rival, who = _share(evaluation.base, name), "base model"
        if mine is not None and rival is not None and mine < rival - slack:
            found.append(f"{_SHOWN[name]}: {mine:.1%}, the {who} {rival:.1%}")
    facts, base = evaluation.adapter.facts, evaluation.base.facts
    if facts is not None and base is not None and facts == base and evaluation.active is None:
        found.append(f"held-out facts: {facts:.1%}, no better than the base model")
    return found + (drift_objections(evaluation.drift) if evaluation.drift else [])


def check(entry: Entry, active: int | None) -> None:
    """Refuse a version that was not measured, or is worse.

    Args:
        entry: The version.
        active: The version that is active now.

    Raises:
        GateError: With the figures.
    """
    evaluation = entry.evaluation
    label = f"{entry.name} version {entry.version}"
    if evaluation is None:
        raise GateError(
            f"{label} was not evaluated.", hint=f"Run: chorei adapters evaluate {entry.name}"
        )
    if active not in (None, entry.version, evaluation.active_version):
        raise GateError(
            f"{label} was not compared with version {active}, which is active now.",
            hint=f"Run: chorei adapters evaluate {entry.name}",
        )
    against = objections(evaluation)
    if against:
        raise GateError(
            f"{label} is worse: {'; '.join(against)}.",
            hint="Train it better, or add --force, which is recorded.",
        )


def _share(measured: Measured | None, name: str) -> float | None:
    value: float | None = getattr(measured, name) if measured else None
    return value
