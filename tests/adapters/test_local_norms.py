"""Normalisation by torch's own kernel: only where it gives the same."""

from pathlib import Path

import local_models
import pytest

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("kind", ["llama", "qwen3"])
def test_norms_give_the_same_as_before(kind: str, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    from chorei.adapters.local.norms import fuse_norms

    model = AutoModelForCausalLM.from_pretrained(local_models.make_model(tmp_path, kind=kind))
    tokens = torch.arange(40).view(2, 20)
    with torch.no_grad():
        before = model(tokens).logits
        # Two a layer, two more in the attention of Qwen3, and the last one.
        layers = model.config.num_hidden_layers
        assert fuse_norms(model) == (4 if kind == "qwen3" else 2) * layers + 1
        torch.testing.assert_close(model(tokens).logits, before, rtol=1e-5, atol=1e-5)


def test_a_norm_that_computes_something_else_stays() -> None:
    from transformers.models.gemma.modeling_gemma import GemmaRMSNorm

    from chorei.adapters.local.norms import fuse_norms

    norm = GemmaRMSNorm(8)
    norm.weight.data.fill_(0.5)
    model = torch.nn.Sequential(norm, torch.nn.Linear(8, 8))
    before = model(torch.ones(1, 8))
    assert fuse_norms(model) == 0
    assert torch.equal(model(torch.ones(1, 8)), before)
