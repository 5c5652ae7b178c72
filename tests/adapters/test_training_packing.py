"""Fused LoRA products and packed rows give what PEFT and padded rows give."""

import itertools
from typing import Any

import pytest

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")

from chorei.adapters.training import packing  # noqa: E402
from chorei.adapters.training.batching import SharedPrefixCollator  # noqa: E402
from chorei.adapters.training.fused import fused  # noqa: E402
from chorei.adapters.training.packing import (  # noqa: E402
    PackingCollator,
    packed_attention,
    packs,
    use_packed_attention,
)

# What PEFT and transformers say of each other.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.lora_bias=True:UserWarning"),
]

SMALL = {"vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}  # fmt: skip


def model(kind: str = "Qwen3", **changes: Any) -> Any:
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**SMALL | changes)
    return getattr(transformers, f"{kind}ForCausalLM")(config)


def adapted(**changes: Any) -> Any:
    settings = {"r": 4, "lora_alpha": 12, "target_modules": "all-linear",
                "init_lora_weights": False, "task_type": "CAUSAL_LM"}  # fmt: skip
    return peft.get_peft_model(
        model("Llama", attention_bias=True), peft.LoraConfig(**settings | changes)
    )


def gradients(made: Any, ids: Any) -> dict[str, Any]:
    made.zero_grad()
    made(input_ids=ids, labels=ids).loss.backward()
    return {n: p.grad.clone() for n, p in made.named_parameters() if p.grad is not None}


def test_a_fused_layer_gives_the_same_output_and_gradients() -> None:
    made, ids = adapted(), torch.randint(0, 97, (2, 7))
    expected, wanted = made(input_ids=ids).logits, gradients(made, ids)
    with fused(made) as count:
        assert count == 14
        torch.testing.assert_close(made(input_ids=ids).logits, expected, rtol=1e-5, atol=1e-6)
        found = gradients(made, ids)
    assert found.keys() == wanted.keys()
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-6)


def test_afterwards_every_layer_is_peft_s_own_again() -> None:
    made = adapted()
    with fused(made):
        pass
    assert not any("forward" in vars(module) for module in made.modules())


def test_a_switched_off_adapter_stays_off() -> None:
    made, ids = adapted(), torch.randint(0, 97, (1, 5))
    with made.disable_adapter():
        expected = made(input_ids=ids).logits
    with fused(made), made.disable_adapter():
        assert torch.equal(made(input_ids=ids).logits, expected)


@pytest.mark.parametrize("other", [{"use_dora": True}, {"lora_dropout": 0.1}, {"lora_bias": True}])
def test_layers_that_compute_something_else_are_left_alone(other: dict[str, Any]) -> None:
    with fused(adapted(**other)) as count:
        assert count == 0


def test_a_packed_row_gives_each_record_what_it_would_have_alone() -> None:
    made = model().eval()
    examples = [
        {"input_ids": (ids := torch.randint(0, 97, (length,)).tolist()),
         "labels": [-100, -100, *ids[2:]]}
        for length in (5, 9, 3)
    ]  # fmt: skip
    alone = [made(input_ids=torch.tensor([e["input_ids"]])).logits[0] for e in examples]
    assert packs(made)
    use_packed_attention(made)
    collator = PackingCollator()
    batch = collator(examples)
    labels = batch.pop("labels")
    torch.testing.assert_close(made(**batch, use_cache=False).logits[0], torch.cat(alone))
    assert labels[0].tolist() == list(itertools.chain(*(e["labels"] for e in examples)))
    assert collator.tokens == collator.computed == 17


def test_the_loss_of_a_packed_row_is_that_of_padded_rows() -> None:
    made = model()
    examples = [{"input_ids": list(range(n)), "labels": [-100, *range(1, n)]} for n in (4, 8)]
    padded = SharedPrefixCollator(0, share=False)(examples)
    expected = made(**padded, use_cache=False).loss
    use_packed_attention(made)
    torch.testing.assert_close(made(**PackingCollator()(examples), use_cache=False).loss, expected)


def test_a_model_with_a_window_is_not_packed() -> None:
    assert not packs(model("Mistral", sliding_window=4))
    assert packs(model("Mistral", sliding_window=None))
    assert not packs(model("Gemma2"))


def test_a_row_without_its_starts_is_refused() -> None:
    states = torch.zeros(1, 1, 2, 4)
    with pytest.raises(ValueError, match="where its records begin"):
        packed_attention(None, states, states, states, None)


def test_flash_attention_is_used_only_where_it_gives_what_it_should(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fits(attend: Any) -> bool:
        packing._flash_fits.cache_clear()
        monkeypatch.setattr(packing, "_varlen", attend)
        return packing._flash_fits(torch.device("cpu"), torch.float32, 4, 2, 8)

    right = packing._one_by_one
    assert fits(right)
    assert not fits(lambda *states: right(*states) * 1.1)
    # This torch has no FlashAttention for a CPU.
    monkeypatch.undo()
    packing._flash_fits.cache_clear()
    assert not packing._flash_fits(torch.device("cpu"), torch.float32, 4, 2, 8)
