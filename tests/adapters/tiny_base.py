"""A base model of a few thousand parameters with a real chat template, made in a second."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

SMOLLM2_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
    "<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] +"
    " '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# Qwen3's, shortened to what matters for text: thinking is cut from earlier turns, an empty
# thinking block stands before the last answer and in the generation prompt without thinking.
QWEN3_TEMPLATE = (
    "{%- for message in messages %}{%- if message.role == 'assistant' and loop.last %}"
    "{{- '<|im_start|>assistant\n<think>\n\n</think>\n\n' + message.content.lstrip('\n')"
    " + '<|im_end|>\n' }}{%- else %}{{- '<|im_start|>' + message.role + '\n' + message.content"
    " + '<|im_end|>\n' }}{%- endif %}{%- endfor %}{%- if add_generation_prompt %}"
    "{{- '<|im_start|>assistant\n' }}{%- if enable_thinking is defined and enable_thinking is"
    " false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}{%- endif %}"
)


def make_tokenizer(template: str = SMOLLM2_TEMPLATE):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate(alphabet)}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    tokenizer.chat_template = template
    return tokenizer


def make_base(folder: Path, *, seed: int = 0, template: str = SMOLLM2_TEMPLATE) -> Path:
    """Saves a random Llama of two layers, and its byte-level tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    tokenizer = make_tokenizer(template)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_tiny_trainer(
    base: Path, folder: Path, records: Sequence[Any], general: Sequence[int], **settings: Any
) -> Any:
    """A trainer on the processor, ready to run; the settings are those of a training."""
    from chorei.adapters.training import TrainingConfig
    from chorei.adapters.training.base import identify, load_for_training
    from chorei.adapters.training.masking import tokenize_all
    from chorei.adapters.training.monitor import Monitor
    from chorei.adapters.training.trainer import make_trainer

    fixed = {"base": str(base), "rank": 4, "precision": "float32", "threads": 1}
    config = TrainingConfig.model_validate(fixed | settings)
    model, tokenizer = load_for_training(identify(str(base)), device="cpu", bfloat16=False)
    rows = tokenize_all(records, tokenizer, longest=200)
    return make_trainer(
        config, model, tokenizer, rows, (), folder, Monitor(None, patience=0),
        device="cpu", bfloat16=False, general=[*general],
    )  # fmt: skip
