"""Greedy answers of a model in memory, with and without its adapter."""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chorei.adapters.assessment.writing import written
from chorei.adapters.records import Record


def answers(
    model: Any,
    tokenizer: Any,
    records: Sequence[Record],
    *,
    max_new_tokens: int = 64,
    follow: Callable[[int], object] | None = None,
) -> list[str]:
    """What the model answers to the prompt of each record, in order.

    Args:
        model: A transformers or PEFT model.
        tokenizer: Its tokenizer, with a chat template.
        records: Only their prompts are used.
        max_new_tokens: Longest answer.
        follow: Called from time to time with how many more are answered.
    """
    made = written(
        model,
        tokenizer,
        [rendered_prompt(tokenizer, record) for record in records],
        max_new_tokens=max_new_tokens,
        alike=[(record.kind, record.language) for record in records],
        follow=follow,
    )
    return [tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in made]


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
