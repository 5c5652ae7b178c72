"""Directions in which nothing is changed: those in which the base reads what it is to keep.

A low-rank update B A changes what a layer makes of an input x by B A x: nothing, if x lies in the
null space of A. What a layer reads in general text lies mostly in a few directions. With A kept
orthogonal to them, facts are learned from the rest of their inputs, where most of what is
particular to them is (AlphaEdit, Fang et al., arXiv 2410.02355; LoRA-Null, Tang et al.,
2503.02659). Imports torch and transformers.
"""

import contextlib
import functools
from collections.abc import Iterator, Mapping
from typing import Any, Final

import torch
from torch import Tensor
from transformers import TrainerCallback
from transformers.pytorch_utils import Conv1D

from chorei.adapters.training import ranks

# Inputs that are kept of a layer, spread over all it reads: of 12,288 numbers 100 MB in bfloat16.
_MOST: Final = 4096
_ADAPTED: Final = "base_model.model."


class Watch:
    """Keeps what the linear layers of a model read; several processes share the layers out.

    Args:
        model: The base, before it is adapted.
        tokens: About how many tokens it will read.
    """

    def __init__(self, model: Any, tokens: int) -> None:
        self._model = model
        self._every = max(1, -(-tokens // _MOST))
        self._read = 0
        self._positions = 0
        self._places = torch.empty(0, dtype=torch.long)
        self._last: Tensor | None = None
        self._first = ""
        # Of layers that read the same, like those of queries, keys and values, the first keeps it.
        self._firsts: dict[str, str] = {}
        self._rows: dict[str, list[Tensor]] = {}

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """While the block runs, what is read is kept."""
        head = self._model.get_output_embeddings()
        hooks = [self._model.register_forward_pre_hook(self._begin, with_kwargs=True)]
        hooks += [
            layer.register_forward_pre_hook(functools.partial(self._keep, name))
            for name, layer in self._model.named_modules()
            if isinstance(layer, torch.nn.Linear | Conv1D) and layer is not head
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
            self._last = None

    def _begin(self, _: Any, __: Any, inputs: dict[str, Any]) -> None:
        """Choose the tokens of a batch whose inputs are kept, none of them padding."""
        ids, mask = inputs["input_ids"], inputs.get("attention_mask")
        if mask is None or mask.shape != ids.shape:
            mask = torch.ones_like(ids)
        real = mask.flatten().nonzero()[:, 0]
        self._places = real[-self._read % self._every :: self._every]
        self._read += len(real)
        self._positions = ids.numel()

    def _keep(self, name: str, _: Any, given: tuple[Tensor, ...]) -> None:
        inputs = given[0]
        if inputs.shape[:-1].numel() != self._positions:
            return
        if inputs is not self._last:
            self._last, self._first = inputs, name
        self._firsts[name] = self._first
        if self._first == name:
            rows = self._rows.setdefault(name, [])
            if list(self._rows).index(name) % ranks.processes() == ranks.rank():
                rows.append(inputs.detach().flatten(0, -2).index_select(0, self._places))

    def directions(self, share: float) -> dict[str, Tensor]:
        """What of its inputs each layer is to be protected in, by its name.

        Args:
            share: How much of their energy the directions hold, below 1.

        Returns:
            Orthonormal columns, shape (in, directions).
        """
        own = {name: principal(torch.cat(r), share) for name, r in self._rows.items() if r}
        found = ranks.merged(own)
        return {name: found[first] for name, first in self._firsts.items()}


def principal(rows: Tensor, share: float) -> Tensor:
    """The fewest directions that hold a share of the energy of rows, each row counted alike.

    Args:
        rows: Shape (rows, in).
        share: Of the sum of squares, below 1.

    Returns:
        Orthonormal columns, shape (in, directions), of the type of ``rows``.
    """
    unit = torch.nn.functional.normalize(rows.float(), dim=1)
    wide = unit.shape[1] > unit.shape[0]
    energy, vectors = torch.linalg.eigh(unit @ unit.T if wide else unit.T @ unit)
    energy, vectors = energy.flip(0).clamp(min=0), vectors.flip(1)
    enough = int((energy.cumsum(0) < share * energy.sum()).sum()) + 1
    if wide:
        vectors = torch.nn.functional.normalize(unit.T @ vectors[:, :enough], dim=0)
    found: Tensor = vectors[:, :enough].to(rows.dtype).contiguous()
    return found


class Protection(TrainerCallback):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """Keeps the updates of a model out of the directions in which it is protected.

    Gradients are projected before each step, and the updates after it, as Adam turns what it is
    given.

    Args:
        directions: As :meth:`Watch.directions` gives them.
    """

    def __init__(self, directions: Mapping[str, Tensor]) -> None:
        self._directions = directions
        self._kept: list[tuple[torch.nn.Parameter, Tensor]] = []

    def bind(self, model: Any) -> None:
        """Project the updates of an adapted model, and hold them there from now on."""
        for name, module in model.named_modules():
            found = self._directions.get(name.removeprefix(_ADAPTED))
            if found is None:
                continue
            for update in getattr(module, "lora_A", {}).values():
                self._kept.append((update.weight, found.to(update.weight.device)))
        self.on_optimizer_step()

    @torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
    def on_pre_optimizer_step(self, *_: Any, **__: Any) -> None:
        """Take what is protected out of the gradients."""
        for weight, directions in self._kept:
            if weight.grad is not None:
                _clear(weight.grad, directions)

    @torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
    def on_optimizer_step(self, *_: Any, **__: Any) -> None:
        """Take what is protected out of the updates."""
        for weight, directions in self._kept:
            _clear(weight, directions)


def _clear(rows: Tensor, directions: Tensor) -> None:
    basis = directions.to(rows.dtype)
    rows.addmm_(rows @ basis, basis.T, alpha=-1)
