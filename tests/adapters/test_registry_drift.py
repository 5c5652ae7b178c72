"""The gate against reward hacking: what drifts is refused, however much is preferred."""

import datetime as dt
import json
from pathlib import Path

import pytest

from chorei.adapters.assessment import report
from chorei.adapters.registry import Behaviour, Drift, Evaluation, Measured, Registry, objections
from chorei.core import GateError

NOW = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
BEFORE = Behaviour(
    length=20, unfinished=0.1, refusals=0.0, repeated=0.05, general=0.8, facts=0.9, preferred=0.4
)


def drift(*, longer: float = 0.0, divergence: float = 0.1, learned: float = 0.9, **after) -> Drift:
    return Drift(
        before=BEFORE,
        after=BEFORE.model_copy(update={"preferred": 0.95} | after),
        longer=longer,
        divergence=divergence,
        learned=learned,
        preferences=10,
        unseen=True,
        prompts=40,
    )


def evaluation(found: Drift | None) -> Evaluation:
    share = Measured(facts=0.9, unknown=1.0, general=0.8)
    base = Measured(facts=0.0, unknown=1.0, general=0.8)
    return Evaluation(base=base, adapter=share, at=NOW, drift=found)


def test_what_stays_within_the_limits_passes() -> None:
    assert objections(evaluation(None)) == []
    assert objections(evaluation(drift())) == []
    at_the_limit = drift(longer=0.2, unfinished=0.3, divergence=1.0, length=30, refusals=0.05,
                         repeated=0.15, general=0.75, facts=0.85)  # fmt: skip
    assert objections(evaluation(at_the_limit)) == []


@pytest.mark.parametrize(
    ("found", "figures"),
    [
        (drift(length=61), "median answer has 61 tokens, before 20 (at most 1.5 times)"),
        (drift(longer=0.3), "30.0% of the answers are more than twice as long"),
        (drift(unfinished=0.6), "answers without an end: 60.0%, before 10.0%"),
        (drift(refusals=0.5), "refusals of answerable prompts: 50.0%, before 0.0%"),
        (drift(repeated=0.4), "one answer to many prompts: 40.0%, before 5.0%"),
        (drift(general=0.7), "general prompts wrong: 30.0%, before 20.0%"),
        (drift(facts=0.5), "held-out facts wrong: 50.0%, before 10.0%"),
        (drift(divergence=3.25), "3.25 nats per token away from before"),
    ],
)
def test_each_drift_is_refused_with_its_figures_although_preferences_rose(
    found: Drift, figures: str
) -> None:
    (said,) = objections(evaluation(found))
    assert figures in said
    assert "although 90.0% of 10 unseen preferences moved the right way" in said
    assert "better answer likelier: 40.0% before, 95.0% after" in said


def test_what_learned_nothing_is_refused() -> None:
    (said,) = objections(evaluation(drift(learned=0.5)))
    assert "50.0% moved the right way (must be above 50%)" in said


def test_a_tuned_version_is_told_apart_and_gated(tmp_path: Path) -> None:
    from test_registry_store import adapter

    made = adapter(tmp_path / "made")
    trained = json.loads((made / "training.json").read_text())
    registry = Registry(tmp_path / "adapters")
    registry.add("terms", made)
    trained["config"] |= {"objective": "kto", "start": 1}
    (made / "training.json").write_text(json.dumps(trained | {"margin": 0.5, "accuracy": None}))
    entry = registry.add("terms", made)
    assert (entry.method, entry.objective, entry.parent) == ("lora", "kto", 1)
    assert entry.training["margin"] == 0.5
    assert "accuracy" not in entry.training
    registry.record("terms", 2, evaluation(drift(length=61)))
    card = (registry.path("terms", 2) / "card.md").read_text()
    assert "| method | lora, kto from version 1 |" in card
    assert "| median answer, tokens | 20 | 61 | ≤ 1.5 times |" in card
    with pytest.raises(GateError, match="61 tokens, before 20"):
        registry.promote("terms", 2)
    assert registry.active_version("terms") is None
    registry.promote("terms", 2, force=True)
    assert "61 tokens" in registry.history("terms")[-1].forced
    assert registry.diff("terms", 1, 2)["objective"] == ("sft", "kto")


def test_the_report_holds_the_figures() -> None:
    text = report("terms", evaluation(drift(length=61)), ())
    assert "| answerable prompts refused | 0.0% | 0.0% | ≤ +5% |" in text
    assert "61 tokens" in text.split("**Gate:**")[1]


def test_an_entry_written_before_is_read(tmp_path: Path) -> None:
    from test_registry_store import adapter

    registry = Registry(tmp_path / "adapters")
    registry.add("terms", adapter(tmp_path / "made"))
    path = tmp_path / "adapters" / "terms" / "1" / "entry.json"
    fields = json.loads(path.read_text())
    del fields["objective"], fields["parent"]
    path.write_text(json.dumps(fields))
    assert registry.entry("terms").objective == "sft"
