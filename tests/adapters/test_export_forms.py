"""What is exported: read back, and the same model as the adapter in process."""

import importlib.util
import json
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

import numpy as np
from tiny_base import make_base

from chorei.adapters.export import export, needs_merging, start_command
from chorei.adapters.export.merged import old_config
from chorei.adapters.export.peft_folder import read_config
from chorei.adapters.records import exchange, prepare
from chorei.adapters.registry import Registry
from chorei.adapters.training import TrainingConfig, train
from chorei.core import AdapterError, RegistryError

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

LORA = {"peft_type": "LORA", "target_modules": ["q_proj", "up_proj"]}


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, Path]:
    folder = tmp_path_factory.mktemp("export")
    base = make_base(folder / "base")
    dataset = prepare([exchange(f"What is T{n}?", f"Thing {n}.") for n in range(8)])
    config = TrainingConfig(
        base=str(base), epochs=3, batch=4, rank=4, learning_rate=0.02, precision="float32"
    )
    train(dataset, config, folder / "made")
    registry = Registry(folder / "registry")
    registry.add("terms", folder / "made")
    return registry, base


def test_tgi_takes_llama_as_it_is_and_qwen3_merged() -> None:
    assert needs_merging("tgi", "llama", LORA) == ""
    assert "qwen3" in needs_merging("tgi", "qwen3", LORA)
    assert needs_merging("vllm", "qwen3", LORA) == ""
    assert "DoRA" in needs_merging("vllm", "llama", {**LORA, "use_dora": True})
    assert "lm_head" in needs_merging("tgi", "llama", {**LORA, "target_modules": ["lm_head"]})
    with pytest.raises(AdapterError, match="only in process"):
        needs_merging("tgi", "llama", {"peft_type": "PROMPT_TUNING"})


def test_a_peft_folder_holds_no_records_and_old_keys_only(
    registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    made = export(registered[0], "terms", tmp_path / "out", target="tgi")
    assert {p.name for p in made.path.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "knows.json",
    }
    assert "Thing" not in (made.path / "knows.json").read_text()
    config = json.loads((made.path / "adapter_config.json").read_text())
    assert config["r"] == 4
    assert "corda_config" not in config
    assert "--lora-adapters terms=/data/adapter" in made.command
    with pytest.raises(AdapterError, match="already something"):
        export(registered[0], "terms", tmp_path / "out", target="tgi")


def test_a_merged_model_answers_as_the_adapter_does(
    registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    registry, base = registered
    made = export(registry, "terms", tmp_path / "out", target="tgi", merge=True)
    assert made.merged
    config = json.loads((made.path / "config.json").read_text())
    assert "rope_theta" in config
    assert "rope_parameters" not in config
    tokenizer = json.loads((made.path / "tokenizer_config.json").read_text())
    assert tokenizer["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert "im_start" in tokenizer["chat_template"]
    ids = torch.arange(40, 70)[None]
    plain = AutoModelForCausalLM.from_pretrained(base)
    merged = AutoModelForCausalLM.from_pretrained(made.path, dtype=torch.float32)
    with torch.inference_mode():
        untouched = plain(ids).logits
        adapted = PeftModel.from_pretrained(plain, registry.path("terms", 1))(ids).logits
        served = merged(ids).logits
    assert (adapted - untouched).abs().max() > 0.05, "the adapter changes the output"
    torch.testing.assert_close(served, adapted, atol=0.05, rtol=0.05)


def test_a_gguf_adapter_is_read_back_and_gives_the_same_update(
    registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    from gguf import GGUFReader
    from safetensors.numpy import load_file

    registry, _ = registered
    made = export(registry, "terms", tmp_path / "a.gguf", target="llamacpp")
    reader = GGUFReader(str(made.path))
    assert reader.fields["general.type"].contents() == "adapter"
    assert reader.fields["adapter.type"].contents() == "lora"
    assert reader.fields["adapter.lora.alpha"].contents() == 32
    found = {t.name: t.data for t in reader.tensors}
    mine = load_file(str(registry.path("terms", 1) / "adapter_model.safetensors"))
    assert len(found) == len(mine) == 2 * 7 * 2
    prefix = "base_model.model.model.layers.1"
    np.testing.assert_array_equal(
        found["blk.1.ffn_up.weight.lora_a"], mine[f"{prefix}.mlp.up_proj.lora_A.weight"]
    )
    ours = mine[f"{prefix}.self_attn.q_proj.lora_B.weight"]
    theirs = found["blk.1.attn_q.weight.lora_b"]
    # Head of 8: llama.cpp's rows 0, 1 are transformers' rows 0 and 4 of the same head.
    np.testing.assert_array_equal(theirs[[0, 1, 2, 3]], ours[[0, 4, 1, 5]])


def test_a_merged_gguf_is_what_the_adapter_makes_of_the_base(
    registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    registry, base = registered
    size = {}
    for bits in (16, 8, 4):
        made = export(
            registry, "terms", tmp_path / f"{bits}.gguf", target="llamacpp", merge=True, bits=bits
        )
        assert made.merged
        assert made.command == f"llama-server -m {made.path.absolute()} --port 8080"
        size[bits] = made.path.stat().st_size
    assert size[16] > size[8] > size[4]
    ids = torch.arange(40, 70)[None]
    again = AutoModelForCausalLM.from_pretrained(
        tmp_path, gguf_file="16.gguf", dtype=torch.float32
    ).eval()
    plain = AutoModelForCausalLM.from_pretrained(base)
    with torch.inference_mode():
        adapted = PeftModel.from_pretrained(plain, registry.path("terms", 1))(ids).logits
        torch.testing.assert_close(again(ids).logits, adapted, atol=0.02, rtol=0.02)


def test_fewer_bits_are_written_or_left_to_the_server(
    registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    registry, _ = registered
    made = export(registry, "terms", tmp_path / "four", target="vllm", bits=4)
    assert made.merged
    assert "4 bits" in made.reason
    assert made.command.endswith("/four --quantization bitsandbytes")
    command = start_command("tgi", "terms", Path("/m"), base="/b", rank=8, merged=True, bits=8)
    assert command.endswith("--model-id /data/model --quantize eetq")
    with pytest.raises(AdapterError, match="only in 16, 8 or 4"):
        export(registry, "terms", tmp_path / "five", target="vllm", bits=5)
    with pytest.raises(AdapterError, match="quantization='int8'"):
        export(registry, "terms", tmp_path / "eight", target="local", bits=8)
    assert not (tmp_path / "five").exists()


def test_in_four_bits_a_gguf_adapter_stays_beside_its_base(
    registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    from gguf import GGUFReader

    registry, _ = registered
    made = export(registry, "terms", tmp_path / "four", target="llamacpp", bits=4)
    assert not made.merged
    assert not made.reason
    base, adapter = made.path.absolute() / "base.gguf", made.path.absolute() / "adapter.gguf"
    assert made.command.startswith(f"llama-server -m {base} --lora {adapter} ")
    assert {t.tensor_type.name for t in GGUFReader(str(base)).tensors} >= {"Q4_1", "Q8_0"}
    alone = export(registry, "terms", tmp_path / "alone.gguf", target="llamacpp")
    assert adapter.read_bytes() == alone.path.read_bytes()


def test_a_moved_base_that_is_another_is_refused(
    registered: tuple[Registry, Path], tmp_path: Path
) -> None:
    other = make_base(tmp_path / "other", seed=7)
    with pytest.raises(RegistryError, match="not on this model"):
        export(registered[0], "terms", tmp_path / "out", target="vllm", base=str(other))
    assert not (tmp_path / "out").exists()


def test_old_configs_keep_what_they_had() -> None:
    config = {"rope_theta": 1e6, "torch_dtype": "float32", "hidden_size": 8}
    assert old_config(config, "bfloat16") == {**config, "torch_dtype": "bfloat16"}
    made = old_config({"rope_parameters": {"rope_type": "default", "rope_theta": 5.0}}, "float32")
    assert made == {"rope_theta": 5.0, "rope_scaling": None, "torch_dtype": "float32"}


def test_vllm_is_started_for_the_next_larger_rank_that_it_takes() -> None:
    place = Path("/models/terms")
    command = start_command("vllm", "terms", place, base="/models/base", rank=24, merged=False)
    assert "--lora-modules terms=/models/terms" in command
    assert "--max-lora-rank 32" in command
    merged = start_command("vllm", "terms", place, base="/models/base", rank=24, merged=True)
    assert merged == "vllm serve /models/terms"


def test_llama_server_is_given_weights_that_it_can_read() -> None:
    made = Path("a.gguf")
    read = start_command("llamacpp", "a", made, base="/m/base.gguf", rank=8, merged=False)
    assert "-m /m/base.gguf" in read
    other = start_command("llamacpp", "a", made, base="/m/folder", rank=8, merged=False)
    assert "-m BASE.gguf" in other


def test_a_whole_model_is_no_adapter(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="whole model"):
        read_config(tmp_path)
