"""Records of a batch end to end in one row, for a GPU: nothing is padded.

Each record attends to itself only. FlashAttention does that from the places where records begin
(Dao, arXiv 2307.08691); torch has it built in for CUDA, and it is tried on a small row before it is
used. Everywhere else the same row is computed record by record.
"""

import functools
import inspect
import itertools
import logging
from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor
from transformers import AttentionInterface

from chorei.adapters.training.batching import rows_mix

_LOG = logging.getLogger(__name__)
NAME: Final = "chorei_packed"


class PackingCollator:
    """Makes one row of a batch of tokenised records.

    Attributes:
        tokens: Tokens of the records laid out so far.
        computed: Positions that were computed for them: the same.
    """

    def __init__(self) -> None:
        self.tokens = 0
        self.computed = 0

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Lay out one batch: shape (1, tokens), and where each record begins.

        No record's first token carries loss, as it is part of a prompt; so the last position of
        the record before it predicts nothing.
        """
        lengths = [len(example["input_ids"]) for example in examples]
        starts = torch.tensor([0, *itertools.accumulate(lengths)], dtype=torch.int32)
        self.tokens += sum(lengths)
        self.computed += sum(lengths)
        columns = [name for name in ("input_ids", "labels", "teacher") if name in examples[0]]
        return {
            **{name: _row(example[name] for example in examples) for name in columns},
            "position_ids": _row(range(length) for length in lengths),
            "cu_seq_lens_q": starts,
            "cu_seq_lens_k": starts,
            "max_length_q": max(lengths),
            "max_length_k": max(lengths),
        }


def packs(model: Any) -> bool:
    """Whether a model hands the starts of the records to its attention in every layer."""
    windowed = getattr(model.config.get_text_config(), "sliding_window", None)
    return rows_mix(model) and not windowed


def use_packed_attention(model: Any) -> None:
    """Let a model attend within each record of a row."""
    AttentionInterface.register(NAME, packed_attention)
    model.set_attn_implementation(NAME)


def packed_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    cu_seq_lens_q: Tensor | None = None,
    max_length_q: int = 0,
    **_: Any,
) -> tuple[Tensor, None]:
    """Causal attention within each record.

    Args:
        module: The attention layer.
        query: Shape (1, heads, tokens, size).
        key: Shape (1, heads of keys, tokens, size).
        value: As ``key``.
        attention_mask: None; nothing is padded.
        scaling: Of the scores.
        cu_seq_lens_q: Where records begin and the last one ends, shape (records + 1).
        max_length_q: The longest record.

    Returns:
        Shape (1, tokens, heads, size), and no weights.
    """
    del module, attention_mask
    if cu_seq_lens_q is None:
        raise ValueError("A packed row needs to know where its records begin.")
    heads, keys, size = query.shape[1], key.shape[1], query.shape[3]
    flash = query.is_cuda and _flash_fits(query.device, query.dtype, heads, keys, size)
    attend = _varlen if flash else _one_by_one
    return attend(query, key, value, cu_seq_lens_q, max_length_q, scaling), None


@functools.cache
def _flash_fits(device: torch.device, dtype: torch.dtype, heads: int, keys: int, size: int) -> bool:
    """Whether FlashAttention runs here, and gives the output and gradients that it should."""
    query, key, value = (
        torch.randn(1, count, 48, size, device=device, dtype=dtype, requires_grad=True)
        for count in (heads, keys, keys)
    )
    starts = torch.tensor([0, 17, 48], dtype=torch.int32, device=device)
    found: list[Tensor] = []
    with torch.enable_grad():
        for attend in (_one_by_one, _varlen):
            try:
                output = attend(query, key, value, starts, 31, None)
                slopes = torch.autograd.grad(output.float().square().sum(), (query, key, value))
            # Whatever a build of torch or a card lacks, there is the other way.
            except Exception as error:
                _LOG.info("Attention over packed rows is not to be had here: %s", error)
                return False
            found.append(torch.cat([part.float().flatten() for part in (output, *slopes)]))
    wanted, got = found
    return bool((got - wanted).norm() < 0.02 * wanted.norm())


def _one_by_one(
    query: Tensor, key: Tensor, value: Tensor, starts: Tensor, longest: int, scaling: float | None
) -> Tensor:
    del longest
    outputs = [
        torch.nn.functional.scaled_dot_product_attention(
            query[:, :, start:end],
            key[:, :, start:end],
            value[:, :, start:end],
            is_causal=True,
            scale=scaling,
            enable_gqa=True,
        )
        for start, end in itertools.pairwise(starts.tolist())
    ]
    return torch.cat(outputs, dim=2).transpose(1, 2)


def _varlen(
    query: Tensor, key: Tensor, value: Tensor, starts: Tensor, longest: int, scaling: float | None
) -> Tensor:
    from torch.nn.attention.varlen import varlen_attn

    # How to ask for a causal mask has changed between torch 2.10 and 2.13.
    known = inspect.signature(varlen_attn).parameters
    given: dict[str, Any] = {"scale": scaling}
    given |= {"is_causal": True} if "is_causal" in known else {"window_size": (-1, 0)}
    if "enable_gqa" in known:
        given["enable_gqa"] = True
    attend: Any = varlen_attn
    rows = (states[0].transpose(0, 1) for states in (query, key, value))
    output: Tensor = attend(*rows, starts, starts, longest, longest, **given)
    return output[None]


def _row(parts: Any) -> Tensor:
    return torch.tensor([list(itertools.chain.from_iterable(parts))])
