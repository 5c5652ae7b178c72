"""Advice: sizes against published figures, and the way that fits."""

import pytest

from chorei.adapters.advice import advise, from_config, full_bytes, inference_bytes
from chorei.adapters.records import exchange, prepare
from chorei.core import ModelNameError

QWEN3 = {
    "hidden_size": 1024, "num_hidden_layers": 28, "num_attention_heads": 16,
    "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 3072,
    "vocab_size": 151_936, "tie_word_embeddings": True,
}  # fmt: skip


def test_qwen3_has_its_published_number_of_parameters() -> None:
    shape = from_config(QWEN3, "Qwen3-0.6B")
    assert shape.parameters == pytest.approx(596_049_920, rel=1e-4)
    untied = from_config(QWEN3 | {"tie_word_embeddings": False}, "Qwen3-0.6B")
    assert untied.parameters == pytest.approx(751_632_384, rel=1e-4)
    assert shape.lora_parameters(16) == pytest.approx(10.09e6, rel=1e-3)
    assert shape.cache_bytes() == 114_688


def test_memory_follows_the_precision() -> None:
    shape = from_config(QWEN3, "Qwen3-0.6B")
    found = inference_bytes(shape, context=0)
    assert found["fp32"] == 4 * shape.parameters
    assert found["bf16"] * 2 == found["fp32"]
    # Embeddings, a quarter of this model, are not rounded in process.
    embeddings = 151_936 * 1024
    linear = shape.parameters - embeddings
    assert found["int8"] == pytest.approx(linear + 4 * embeddings, rel=0.01)
    assert found["int4"] == pytest.approx(0.5625 * linear + 4 * embeddings, rel=0.001)
    assert found["Q4_1"] == pytest.approx(0.625 * linear + 1.0625 * embeddings, rel=0.001)
    with_cache = inference_bytes(shape, context=1000)
    assert with_cache["fp32"] - found["fp32"] == 2 * 114_688_000
    assert with_cache["bf16"] - found["bf16"] == 114_688_000
    assert full_bytes(shape, batch=1, tokens=1).trained == 16 * shape.parameters


def test_few_short_facts_fit_a_system_message_and_many_suit_lora() -> None:
    shape = from_config(QWEN3, "Qwen3-0.6B")
    few = prepare([exchange(f"What is T{n}?", f"Thing {n}.") for n in range(10)])
    many = prepare(
        [exchange(f"Question {n} about T{n % 90}, form {n}?", f"Answer of {n} " + "x" * 99)
         for n in range(400)]
    )  # fmt: skip
    ways = {way.name: way.fits for way in advise(shape, few, flops=1e11).ways}
    assert (ways["system message"], ways["lora"]) == ("yes", "no")
    advice = advise(shape, many, documents=3, flops=1e11)
    ways = {way.name: way.fits for way in advice.ways}
    assert (ways["system message"], ways["lora"], ways["documents"]) == ("no", "yes", "yes")
    assert advice.seconds is not None
    assert advice.seconds > 0
    assert any("100 to 1,000" in rule for rule in advice.rules)


def test_what_is_no_decoder_is_refused() -> None:
    with pytest.raises(ModelNameError):
        from_config({"hidden_size": 4}, "x")
