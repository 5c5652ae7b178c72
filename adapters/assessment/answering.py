"""Greedy answers of a model in memory, with and without its adapter."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from chorei.adapters.records import Kind, Record

_BATCH = 32


def answers(
    model: Any, tokenizer: Any, records: Sequence[Record], *, max_new_tokens: int = 64
) -> list[str]:
    """What the model answers to the prompt of each record, in order.

    Args:
        model: A transformers or PEFT model.
        tokenizer: Its tokenizer, with a chat template.
        records: Only their prompts are used.
        max_new_tokens: Longest answer.
    """
    found = [""] * len(records)
    # A batch is as long as its longest answer, and answers of one kind are of like length.
    for kind in Kind:
        chosen = [i for i, record in enumerate(records) if record.kind is kind]
        prompts = [rendered_prompt(tokenizer, records[i]) for i in chosen]
        made = written(model, tokenizer, prompts, max_new_tokens=max_new_tokens)
        for i, ids in zip(chosen, made, strict=True):
            found[i] = tokenizer.decode(ids, skip_special_tokens=True).strip()
    return found


def written(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[str],
    *,
    max_new_tokens: int,
    **generation: Any,
) -> list[list[int]]:
    """The tokens that the model writes after each prompt, greedily, up to its end mark.

    Args:
        model: A transformers or PEFT model.
        tokenizer: Its tokenizer.
        prompts: Rendered prompts.
        max_new_tokens: Longest answer.
        generation: Further settings of ``generate``.
    """
    import torch

    from chorei.adapters.training.fused import fused

    # Like lengths together, so that little is padded.
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    found: list[list[int]] = [[] for _ in prompts]
    configured = model.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id, tokenizer.pad_token_id}
    ends |= set(configured) if isinstance(configured, list) else {configured}
    model.eval()
    side, tokenizer.padding_side = tokenizer.padding_side, "left"
    try:
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            batch = tokenizer(
                [prompts[i] for i in chosen],
                return_tensors="pt",
                padding=True,
                add_special_tokens=False,
            )
            batch.pop("token_type_ids", None)
            with torch.inference_mode(), fused(model):
                made = model.generate(
                    **batch.to(model.device),
                    do_sample=False,
                    max_new_tokens=max_new_tokens,
                    pad_token_id=tokenizer.pad_token_id,
                    **generation,
                )
            width = batch["input_ids"].shape[1]
            for i, ids in zip(chosen, made[:, width:].tolist(), strict=True):
                end = next((n for n, token in enumerate(ids) if token in ends), len(ids))
                found[i] = ids[:end]
    finally:
        tokenizer.padding_side = side
    return found


@contextlib.contextmanager
def base_only(model: Any) -> Iterator[None]:
    """The model without its adapter, if it has one."""
    if hasattr(model, "disable_adapter"):
        with model.disable_adapter():
            yield
    else:
        yield


def load_adapted(base: Any, folder: str, *, bfloat16: bool = False) -> Any:
    """A base model with the adapter of a folder, ready to answer.

    Args:
        base: The base model in memory.
        folder: A PEFT folder with safetensors.
        bfloat16: Whether the base is in bfloat16; the adapter is then too.
    """
    from peft import PeftModel

    with warnings.catch_warnings():
        # PEFT asks for what transformers has renamed since.
        warnings.simplefilter("ignore", FutureWarning)
        model = PeftModel.from_pretrained(base, folder, autocast_adapter_dtype=not bfloat16)
    model.eval()
    return model


def rendered_prompt(tokenizer: Any, record: Record) -> str:
    """The prompt of a record by the chat template, thinking turned off."""
    return str(
        tokenizer.apply_chat_template(
            [turn.model_dump() for turn in record.prompt],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
    )
