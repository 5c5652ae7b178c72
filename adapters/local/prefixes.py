"""What was read before: keys and values of prompts, for those that begin in the same way."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import torch

from chorei.adapters.local.shelf import Layers

# Fewer tokens than this are read again faster than they are looked after.
LEAST: Final = 64
# More prompts than this would take longer to look through than it is worth.
_MOST: Final = 64


class Prefix(NamedTuple):
    """The beginning of a prompt that need not be read.

    Attributes:
        layers: Keys and values of each layer, shape (1, heads, length or more, size).
        length: How many of the prompt's tokens they are.
    """

    layers: Layers
    length: int


class _Kept(NamedTuple):
    slot: str | None
    tokens: list[int]
    layers: Layers


class Prefixes:
    """Prompts that were read, the least recently used of which are forgotten first.

    The turns of a conversation and the calls of an agent begin with what was read a moment ago:
    system message, tools, the turns before (as the automatic prefix caching of vLLM and the
    prompt cache of llama.cpp). A prompt counts with the adapter that it was read with.

    Args:
        room: Most bytes that are kept; 0 keeps nothing.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: list[_Kept] = []

    def find(self, slot: str | None, prompt: Sequence[int]) -> Prefix | None:
        """The longest beginning of a prompt that was read; one token at least is always left."""
        best, length = None, 0
        for kept in self._kept:
            if kept.slot == slot and (same := _common(kept.tokens, prompt)) >= max(length, 1):
                best, length = kept, same
        length = min(length, len(prompt) - 1)
        if best is None or length < LEAST:
            return None
        self._use(best)
        return Prefix(best.layers, length)

    def keep(self, slot: str | None, prompt: list[int], layers: Layers) -> None:
        """Remember a prompt that was read.

        Args:
            slot: The adapter that it was read with.
            prompt: Its tokens.
            layers: Keys and values of each layer, shape (1, heads, length, size); they are copied.
        """
        size = sum(_bytes(part) for layer in layers for part in layer)
        if len(prompt) < LEAST or size > self._room:
            return
        for kept in self._kept:
            if kept.slot == slot and _common(kept.tokens, prompt) == len(prompt):
                self._use(kept)
                return
        # What only begins this prompt is in it.
        self._kept = [
            kept
            for kept in self._kept
            if kept.slot != slot or _common(kept.tokens, prompt) < len(kept.tokens)
        ]
        copies = [(keys.clone(), values.clone()) for keys, values in layers]
        self._kept.append(_Kept(slot, list(prompt), copies))
        while self._bytes() > self._room or len(self._kept) > _MOST:
            del self._kept[0]

    def forget(self, slots: Collection[str]) -> None:
        """Forget what was read with these adapters."""
        if slots:
            self._kept = [kept for kept in self._kept if kept.slot not in slots]

    def _use(self, used: _Kept) -> None:
        self._kept = [kept for kept in self._kept if kept is not used] + [used]

    def _bytes(self) -> int:
        return sum(_bytes(part) for kept in self._kept for layer in kept.layers for part in layer)


def placed(prefixes: Sequence[Prefix], padding: Sequence[int], width: int) -> Layers:
    """The beginnings of prompts as rows of a cache that is padded on the left.

    Args:
        prefixes: One for each row.
        padding: Empty places on the left of each row.
        width: Places to fill in each row, the empty ones included.
    """
    rows = list(zip(prefixes, padding, strict=True))

    def stacked(layer: int, part: int) -> torch.Tensor:
        return torch.cat(
            [
                torch.nn.functional.pad(
                    prefix.layers[layer][part][:, :, : width - empty], (0, 0, empty, 0)
                )
                for prefix, empty in rows
            ]
        )

    return [(stacked(layer, 0), stacked(layer, 1)) for layer in range(len(prefixes[0].layers))]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens at the beginning are the same."""
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other))


def _bytes(tensor: torch.Tensor) -> int:
    return int(tensor.numel() * tensor.element_size())
