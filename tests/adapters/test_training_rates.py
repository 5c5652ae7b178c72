"""The two rates of a low-rank update (LoRA+)."""

import importlib.util
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

from safetensors.torch import load_file
from tiny_base import make_base

from chorei.adapters.records import exchange, prepare
from chorei.adapters.training import TrainingConfig, train
from chorei.core import TrainingError


def one_step(base: Path, output: Path, loraplus: float) -> dict[str, float]:
    """How far the first step goes at most, by kind of matrix."""
    config = TrainingConfig(
        base=str(base),
        epochs=1,
        batch=4,
        warmup=0.0,
        schedule="constant",
        threads=1,
        learning_rate=1e-3,
        loraplus=loraplus,
    )
    train(prepare([exchange(f"What is T{n}?", f"Thing {n}.") for n in range(4)]), config, output)
    weights = load_file(output / "adapter_model.safetensors")
    return {
        kind: max(float(w.abs().max()) for name, w in weights.items() if kind in name)
        for kind in ("lora_A", "lora_B")
    }


def test_the_second_matrix_learns_faster_and_the_first_as_before(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    plain = one_step(base, tmp_path / "plain", 1.0)
    fast = one_step(base, tmp_path / "fast", 8.0)
    # Adam's first step is as long as the rate.
    assert plain["lora_B"] == pytest.approx(1e-3, rel=0.02)
    assert fast["lora_B"] == pytest.approx(8e-3, rel=0.02)
    assert fast["lora_A"] == pytest.approx(plain["lora_A"], rel=0.02)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_preferences_are_tuned_with_two_rates_too(tmp_path: Path) -> None:
    from chorei.adapters.records import Preference, Turn, prepare_preferences
    from chorei.adapters.tuning import TuningConfig, tune

    base = make_base(tmp_path / "base")
    preferences = prepare_preferences(
        [
            Preference(
                prompt=(Turn(role="user", content=f"What is T{n}?"),),
                chosen=f"Thing {n}, sir.",
                rejected=f"Stuff {n}",
            )
            for n in range(4)
        ],
        held_out=0.0,
    )
    far = []
    for loraplus in (1.0, 8.0):
        config = TuningConfig(
            base=str(base), epochs=1, batch=4, warmup=0.0, schedule="constant", threads=1,
            learning_rate=1e-3, loraplus=loraplus,
        )  # fmt: skip
        tune(preferences, config, tmp_path / f"of{loraplus}")
        weights = load_file(tmp_path / f"of{loraplus}" / "adapter_model.safetensors")
        far.append(max(float(w.abs().max()) for name, w in weights.items() if "lora_B" in name))
    assert far[1] == pytest.approx(8 * far[0], rel=0.05)


@pytest.mark.parametrize("method", ["full", "prompt"])
def test_what_has_no_updates_has_no_second_rate(method: str) -> None:
    with pytest.raises(TrainingError, match="no low-rank updates"):
        TrainingConfig.from_json(f'{{"base": "x", "method": "{method}", "loraplus": 8}}')
    assert TrainingConfig.from_json(f'{{"base": "x", "method": "{method}"}}').loraplus == 1.0
