"""Weights in 8 and 4 bits: as close as rounding allows, smaller, with adapters on top."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("peft") is None:
    pytest.skip("needs the extra local", allow_module_level=True)

import torch
from local_models import make_adapter, make_model
from torch import nn

from chorei.adapters.local import LoadOptions, LocalEngine
from chorei.adapters.local.int8 import Int8Linear, rounded_rows, to_int8
from chorei.adapters.local.quantization import check_quantization
from chorei.core import MissingExtraError, ModelSettingError

needs_bitsandbytes = pytest.mark.skipif(
    importlib.util.find_spec("bitsandbytes") is None, reason="needs the extra quantized"
)
PROMPT = [[72, 101, 108, 108, 111]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("quantised") / "base")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    LocalEngine.close_all()


def test_a_weight_is_off_by_half_a_step_at_most() -> None:
    weights = torch.randn(40, 24) * torch.logspace(-3, 2, 40)[:, None]
    rounded, scale = rounded_rows(weights)
    assert rounded.dtype == torch.int8
    assert ((rounded * scale[:, None] - weights).abs() <= scale[:, None] / 2 + 1e-6).all()
    zero, _ = rounded_rows(torch.zeros(2, 3))
    assert not zero.any(), "a row of zeros stays zero"


@pytest.mark.parametrize("stretch", [1, 24 * 7, 10**6])
def test_the_product_is_that_of_the_rounded_weights(
    stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chorei.adapters.local.int8._STRETCH", stretch)
    layer = nn.Linear(24, 40)
    rounded, scale = rounded_rows(layer.weight)
    given = torch.randn(2, 3, 24)
    expected = nn.functional.linear(given, rounded * scale[:, None], layer.bias)
    torch.testing.assert_close(Int8Linear(layer)(given), expected)
    half = Int8Linear(layer.to(torch.bfloat16))(given.to(torch.bfloat16))
    assert half.dtype == torch.bfloat16


def test_shared_embeddings_stay_and_the_rest_is_a_quarter() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    size = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    for tied in (True, False):
        model = LlamaForCausalLM(LlamaConfig(**size, **heads, tie_word_embeddings=tied))
        to_int8(model)
        assert isinstance(model.model.layers[0].mlp.up_proj, Int8Linear)
        assert isinstance(model.lm_head, Int8Linear) is not tied
        assert (model.lm_head.weight is model.model.embed_tokens.weight) is tied


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_an_engine_in_8_bits_answers_nearly_as_before_with_adapters(
    base: Path, tmp_path: Path, dtype: str
) -> None:
    adapter = make_adapter(base, tmp_path / "one", seed=3)
    plain = LocalEngine.open(str(base), LoadOptions(device="cpu", dtype="float32"))
    eight = LocalEngine.open(str(base), LoadOptions(device="cpu", dtype=dtype, quantization="int8"))
    found = {}
    for engine in (plain, eight):
        engine.load_adapter(adapter, "one")
        found[engine] = engine.logits(PROMPT * 2, [None, "one"])
    spread = found[plain].std()
    assert (found[plain] - found[eight]).abs().mean() < 0.1 * spread
    assert (found[eight][0] - found[eight][1]).abs().max() > 0.1 * spread, "the adapter has effect"


@needs_bitsandbytes
@pytest.mark.filterwarnings("ignore")
def test_an_engine_in_4_bits_answers_with_adapters(base: Path, tmp_path: Path) -> None:
    adapter = make_adapter(base, tmp_path / "one", seed=3)
    four = LocalEngine.open(str(base), LoadOptions(device="cpu", quantization="int4"))
    four.load_adapter(adapter, "one")
    found = four.logits(PROMPT * 2, [None, "one"])
    assert found.isfinite().all()
    assert (found[0] - found[1]).abs().max() > 0.1 * found.std()


def test_what_cannot_be_had_is_refused_before_the_load(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelSettingError, match="4 bits cannot be had on the device 'mps'"):
        check_quantization("int4", "mps")
    check_quantization("int8", "mps")
    stored = tmp_path / "stored"
    stored.mkdir()
    config = json.loads((base / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (stored / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelSettingError, match=r"quantised already \(gptq\)"):
        LocalEngine.open(str(stored), LoadOptions(quantization="int8")).load()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="quantized"):
        check_quantization("int4", "cpu")
