"""Keys and values at fixed places: a row for each answer that is being written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from transformers import Cache
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

Layers = Sequence[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values of each layer, shape (rows, heads, length, size)."""

_ATTENTION: Final = "chorei_decode"


class Shelf(Cache):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """A key-value cache in which every row has a length of its own.

    Nothing is moved when a token is added, and addresses stay the same, so a step can be
    captured as a CUDA graph. :meth:`point` says where the next token of each row goes.

    Args:
        rows: How many rows there is room for.
        length: How many tokens of each.
        like: Keys and values of each layer, shape (any, heads, any, size), for the shapes.

    Raises:
        torch.OutOfMemoryError: The memory does not suffice.
    """

    def __init__(self, rows: int, length: int, like: Layers) -> None:
        super().__init__(layers=[])
        self.rows = rows
        self.length = length
        # Zeros: what is masked is multiplied by zero, and must not be infinite.
        self._stored = [tuple(_zeros(rows, length, part) for part in layer) for layer in like]
        heads, device = like[0][0].shape[1], like[0][0].device
        self._first = torch.arange(rows * heads, device=device).view(rows, heads) * length
        self._places = torch.zeros(0, dtype=torch.long, device=device)
        self._shown = (0, 0)

    def point(self, positions: torch.Tensor, visible: int) -> None:
        """Say where the next token of each row goes, and how much of the rows is looked at.

        Args:
            positions: The place in each row, shape (rows in use).
            visible: Tokens from the left that attention sees.
        """
        rows = positions.shape[0]
        self._places = (self._first[:rows] + positions.unsqueeze(-1)).flatten()
        self._shown = (rows, visible)

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        layer_idx: int,
        *_: Any,
        **__: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put one token of each row in its place; what attention sees is returned."""
        keys, values = self._stored[layer_idx]
        rows, visible = self._shown
        for stored, states in ((keys, key_states), (values, value_states)):
            size = stored.shape[-1]
            stored.view(-1, size).index_copy_(0, self._places, states.reshape(-1, size))
        return keys[:rows, :, :visible], values[:rows, :, :visible]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Tokens before the one that is read; masks and positions are given, so nobody needs it."""
        del layer_idx
        return self._shown[1]

    def take(self, row: int, layers: Layers, padding: list[int]) -> None:
        """Copy rows from a cache that is padded on the left.

        Args:
            row: The first row to fill.
            layers: Keys and values of each layer, shape (rows, heads, length, size).
            padding: How many places on the left of each row are empty.
        """
        width = layers[0][0].shape[2]
        moved: torch.Tensor | None = None
        if any(padding):
            left = torch.tensor(padding, device=self._first.device)
            places = torch.arange(width, device=left.device)
            moved = (places + left.unsqueeze(-1)).clamp(max=width - 1)[:, None, :, None]
        for stored, given in zip(self._stored, layers, strict=True):
            for mine, theirs in zip(stored, given, strict=True):
                if moved is not None:
                    theirs = theirs.gather(2, moved.expand(theirs.shape))
                mine[row : row + len(padding), :, :width] = theirs

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first ``length`` tokens of one row to another."""
        for keys, values in self._stored:
            keys[target, :, :length] = keys[source, :, :length]
            values[target, :, :length] = values[source, :, :length]

    def resized(self, rows: int, length: int, used: int) -> "Shelf":
        """A larger shelf with the same contents in its first ``used`` rows."""
        other = Shelf(rows, length, self._stored)  # type: ignore[arg-type, unused-ignore]
        for mine, theirs in zip(self._stored, other._stored, strict=True):
            for old, new in zip(mine, theirs, strict=True):
                new[:used, :, : self.length] = old[:used]
        return other


def seats(model: Any, layers: Layers) -> bool:
    """Whether rows of a model can be kept on a shelf.

    Its attention must be the kind that transformers lets others replace, which takes the mask as
    it is, and all its layers must have the same number of heads.
    """
    replaceable = getattr(model, "_supports_attention_backend", False)
    heads = {part.shape[1] for layer in layers for part in layer}
    return replaceable and model.config._attn_implementation == "sdpa" and len(heads) == 1


def _zeros(rows: int, length: int, like: torch.Tensor) -> torch.Tensor:
    return like.new_zeros((rows, like.shape[1], length, like.shape[3]))


def mask(positions: torch.Tensor, visible: int, dtype: torch.dtype) -> torch.Tensor:
    """What is added to the scores: nothing up to a row's position, minus infinity after it.

    Returns:
        A tensor of shape (rows, 1, 1, visible).
    """
    seen = torch.arange(visible, device=positions.device) <= positions.unsqueeze(-1)
    added = torch.zeros(seen.shape, dtype=dtype, device=positions.device)
    return added.masked_fill(~seen, -torch.inf)[:, None, None, :]


@contextmanager
def decoding(config: Any) -> Iterator[None]:
    """Let attention read one token a row without repeating keys for every head."""
    before = config._attn_implementation
    config._attn_implementation = _ATTENTION
    try:
        yield
    finally:
        config._attn_implementation = before


def _attend(
    module: torch.nn.Module,  # noqa: ARG001
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Grouped-query attention (arXiv 2305.13245) of one token: the heads of a group are its rows.

    Shapes are as in transformers: (rows, heads, 1, size) and (rows, key heads, length, size).
    """
    unusual = [
        name for name in ("position_bias", "s_aux", "softcap") if others.get(name) is not None
    ]
    if unusual or query.shape[2] != 1:
        raise NotImplementedError(f"attention with {unusual or 'several tokens'}")
    rows, heads, _, size = query.shape
    grouped = query.reshape(rows, key.shape[1], heads // key.shape[1], size)
    output = torch.nn.functional.scaled_dot_product_attention(
        grouped, key, value, attn_mask=attention_mask, scale=scaling
    )
    return output.reshape(rows, 1, heads, value.shape[-1]), None


ALL_ATTENTION_FUNCTIONS.register(_ATTENTION, _attend)
