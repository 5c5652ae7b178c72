"""LoRA adapters side by side: each row of a batch takes its own without being sorted out."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from peft.tuners.lora import LoraLayer


class Stack:
    """The weights of several adapters, put together along the rank.

    A layer computes ``B (gate * (A x))``, where A and B hold all adapters and the gate, the same
    for all layers, is one where a row's own adapter is and zero elsewhere. That is three kernels
    whatever is mixed (Punica, arXiv 2310.18547, gathers weights instead, which takes kernels of
    its own), and the gate is the only thing that changes from step to step.

    Args:
        layers: The layers that PEFT has changed.
        slots: The adapters, by their names in PEFT; each :func:`stackable`.
        rows: Most rows.
        dtype: The type that is computed in.
    """

    def __init__(
        self, layers: Iterable[Any], slots: Sequence[str], rows: int, dtype: torch.dtype
    ) -> None:
        found: list[Any] = [layer for layer in layers if isinstance(layer, LoraLayer)]
        self.slots = tuple(slots)
        self._places: dict[str, slice] = {}
        width = 0
        for slot in slots:
            rank = max(
                layer.lora_A[slot].weight.shape[0] for layer in found if slot in layer.lora_A
            )
            self._places[slot] = slice(width, width + rank)
            width += rank
        self._parts = {}
        for layer in found:
            if any(slot in layer.lora_A for slot in slots):
                self._parts[layer] = self._part(layer, width, dtype)
        device = next(iter(self._parts.values()))[0].device if self._parts else None
        self.gate = torch.zeros((rows, 1, width), dtype=dtype, device=device)
        self._seated: list[str | None] = []

    def _part(
        self, layer: Any, width: int, dtype: torch.dtype
    ) -> tuple[torch.Tensor, torch.Tensor]:
        some = next(layer.lora_A[slot].weight for slot in self.slots if slot in layer.lora_A)
        down = some.new_zeros((width, some.shape[1]), dtype=dtype)
        some = next(layer.lora_B[slot].weight for slot in self.slots if slot in layer.lora_B)
        up = some.new_zeros((some.shape[0], width), dtype=dtype)
        for slot, place in self._places.items():
            if slot in layer.lora_A:
                a, b = layer.lora_A[slot].weight, layer.lora_B[slot].weight
                down[place.start : place.start + a.shape[0]] = a
                up[:, place.start : place.start + a.shape[0]] = b * layer.scaling[slot]
        return down, up

    def seat(self, slots: Sequence[str | None]) -> None:
        """Set the gate for the rows of the table, in place."""
        if list(slots) != self._seated:
            self._seated = list(slots)
            self.gate[: len(slots)] = self.gate_of(slots)

    def gate_of(self, slots: Sequence[str | None]) -> torch.Tensor:
        """The gate of some rows, shape (rows, 1, width)."""
        gate = torch.zeros((len(slots), 1, self.gate.shape[2]), dtype=self.gate.dtype)
        for row, slot in enumerate(slots):
            if slot is not None:
                gate[row, 0, self._places[slot]] = 1.0
        return gate.to(self.gate.device)

    def add(self, layer: Any, x: torch.Tensor, gate: torch.Tensor | str, result: Any) -> Any:
        """The result of a layer with what the adapters add to it.

        Args:
            layer: The layer.
            x: What it was given, shape (rows, length, inputs).
            gate: The gate of each row, or the one adapter of all rows.
            result: What its own weights made of it.
        """
        part = self._parts.get(layer)
        if part is None:
            return result
        down, up = part
        x = x.to(down.dtype)
        if isinstance(gate, str):
            place = self._places[gate]
            hidden = torch.nn.functional.linear(x, down[place])
            up = up[:, place]
        else:
            hidden = torch.nn.functional.linear(x, down) * gate[: x.shape[0]]
        flat = torch.addmm(result.flatten(0, -2).to(up.dtype), hidden.flatten(0, -2), up.T)
        return flat.view(result.shape).to(result.dtype)


def stackable(layers: Iterable[Any], slot: str) -> bool:
    """Whether an adapter is plain LoRA on linear layers alone."""
    for layer in layers:
        if not isinstance(layer, LoraLayer):
            continue
        if slot in layer.lora_embedding_A or slot in getattr(layer, "lora_variant", {}):
            return False
        if slot in layer.lora_A and not (
            type(layer.lora_A[slot]) is torch.nn.Linear and layer.lora_B[slot].bias is None
        ):
            return False
    return True
