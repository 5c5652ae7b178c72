"""Attention in a row of several records behind a prefix that they share; imports torch.

Each record sees the prefix and itself. Computed as one square, most of it would be masked: it grows
with the square of the row. So the row is cut into its records, which are attended to side by side,
each with the prefix before its keys, and put together again.
"""

import itertools
from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME: Final = "chorei_shared"


def layout(prefix: int, lengths: Sequence[int]) -> dict[str, Tensor]:
    """What the attention of a row needs to know of it.

    Args:
        prefix: Tokens that the records share, at the row's beginning.
        lengths: Further tokens of each record, in order.

    Returns:
        ``queries``, the places of the row that each part asks from, shape (parts, longest), the
        prefix being the first part; ``keys``, those it may look at, shape (parts, prefix +
        longest); ``attention_mask``, which of them it sees, shape (parts, 1, longest, prefix +
        longest); and ``parts``, where each place of the row is found again, shape (length). What
        is too short repeats the row's first place, and nothing asks for it.
    """
    sizes = [prefix, *lengths] if prefix else [*lengths]
    longest, own = max(sizes), torch.arange(max(sizes))
    starts = torch.tensor([0, *itertools.accumulate(sizes)][:-1])[:, None]
    filled = own < torch.tensor(sizes)[:, None]
    queries = torch.where(filled, starts + own, 0)
    shared = torch.arange(prefix).expand(len(sizes), prefix)
    causal = own[None, :] <= own[:, None]
    before = torch.ones(len(sizes), longest, prefix, dtype=torch.bool)
    inside = causal & filled[:, None, :]
    if prefix:
        before[0], inside[0] = causal[:, :prefix], False
    return {
        "queries": queries,
        "keys": torch.cat([shared, queries], dim=1),
        "attention_mask": torch.cat([before, inside], dim=2)[:, None],
        "parts": filled.flatten().nonzero()[:, 0],
    }


def use_shared_attention(model: Any) -> None:
    """Let a model attend in such rows; padded rows are computed as they were."""
    AttentionInterface.register(NAME, shared_attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)


def shared_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    queries: Tensor | None = None,
    keys: Tensor | None = None,
    parts: Tensor | None = None,
    scaling: float | None = None,
    **more: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attention of each record to the prefix and to itself.

    Args:
        module: The attention layer.
        query: Shape (1, heads, tokens, size).
        key: Shape (1, heads of keys, tokens, size).
        value: As ``key``.
        attention_mask: As :func:`layout` gives it, and so are the next three.
        queries: None for a padded batch.
        keys: See there.
        parts: See there.
        scaling: Of the scores.
        more: What other attentions take.

    Returns:
        Shape (1, tokens, heads, size), and no weights.
    """
    if queries is None or keys is None or parts is None:
        plain: Any = sdpa_attention_forward
        found: tuple[Tensor, Tensor | None] = plain(
            module, query, key, value, attention_mask, scaling=scaling, **more
        )
        return found
    groups = query.shape[1] // key.shape[1]
    output = torch.nn.functional.scaled_dot_product_attention(
        _cut(query, queries),
        _cut(key.repeat_interleave(groups, dim=1), keys),
        _cut(value.repeat_interleave(groups, dim=1), keys),
        attn_mask=attention_mask,
        scale=scaling,
    )
    rows = output.transpose(1, 2).flatten(0, 1)
    return rows.index_select(0, parts)[None], None


def _cut(states: Tensor, places: Tensor) -> Tensor:
    """(1, heads, tokens, size) to (parts, heads, places, size)."""
    cut = states[0].index_select(1, places.flatten())
    return cut.view(len(cut), *places.shape, -1).transpose(0, 1)
