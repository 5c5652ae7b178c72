"""The LoRA adapters in a model: loaded, chosen row by row, replaced and let go."""

import functools
import itertools
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from peft.utils import AuxiliaryTrainingWrapper

from chorei.adapters.local.folder import AdapterFolder, no_adapter
from chorei.adapters.local.stack import Stack, stackable
from chorei.core.errors import AdapterError

_BASE: Final = "__base__"
# Adapters that lie side by side although nobody uses them now.
_SPARE: Final = 8


class Loras:
    """The adapters of one model. Only the thread that runs the model may use it.

    An adapter that people call ``name`` lives in PEFT under a *slot*, a name that is never used
    twice. Replacing an adapter loads the new one into a slot of its own: what is being written
    with the old one ends with the old one, which is deleted when nobody uses it any more.

    Args:
        model: The transformers model. PEFT wraps it when the first adapter is loaded.
        rows: Most rows of a batch.

    Attributes:
        version: Another number whenever a step that was captured before is out of date.
    """

    def __init__(self, model: Any, rows: int = 1) -> None:
        self.version = 0
        self._model = model
        self._most = rows
        self._peft: Any = None
        self._slots: dict[str, str] = {}
        self._unmixable: set[str] = set()
        self._stackable: set[str] = set()
        self._retired: set[str] = set()
        self._numbers = itertools.count(1)
        self._layers: list[Any] = []
        self._stack: Stack | None = None
        self._seated: list[str | None] = []
        # How the adapted layers are run now: not at all, an adapter for each row by PEFT's own
        # means, one adapter or a gate on the stack, or PEFT's active adapter.
        self._now: _Bare | _Rows | _Stacked | _Active = _Bare()

    @property
    def names(self) -> list[str]:
        """The adapters that can be asked for."""
        return sorted(self._slots)

    def slot(self, name: str | None) -> str | None:
        """Where the adapter of this name lives now.

        Raises:
            AdapterNotFoundError: There is none of this name.
        """
        if name is None:
            return None
        if name not in self._slots:
            raise no_adapter(name, self.names)
        return self._slots[name]

    def mixable(self, slot: str | None) -> bool:
        """Whether rows with this adapter can share a batch with others."""
        return slot not in self._unmixable

    def load(self, name: str, folder: AdapterFolder) -> None:
        """Bring an adapter in under a name; one that had the name is replaced.

        Raises:
            AdapterError: It does not fit the model, which is then as it was before.
        """
        folder.check_fit(self._linear())
        slot = f"slot{next(self._numbers)}"
        try:
            self._load(slot, folder)
        except (RuntimeError, ValueError, KeyError, OSError, TypeError) as error:
            self._delete(slot)
            reason = " ".join(str(error).split())[:300]
            raise AdapterError(
                f"The adapter {folder.path.name} cannot be loaded into this model: {reason}"
            ) from None
        if name in self._slots:
            self._retired.add(self._slots[name])
        self._slots[name] = slot
        if not folder.mixable:
            self._unmixable.add(slot)
        elif stackable(self._layers, slot):
            self._stackable.add(slot)

    def unload(self, name: str) -> None:
        """Let an adapter go; what is being written with it is finished first.

        Raises:
            AdapterNotFoundError: There is none of this name.
        """
        self.slot(name)
        self._retired.add(self._slots.pop(name))

    def sweep(self, used: Collection[str | None]) -> set[str]:
        """Delete the replaced and unloaded adapters that no row uses; they are returned."""
        gone = self._retired - set(used)
        for slot in sorted(gone):
            self._delete(slot)
            self._unmixable.discard(slot)
            self._stackable.discard(slot)
        self._retired -= gone
        return gone

    def seatable(self, slot: str | None) -> bool:
        """Whether rows with this adapter can write at the table, next to any others."""
        return slot is None or slot in self._stackable

    def seat(self, slots: Sequence[str | None]) -> None:
        """Say which adapters the rows of the table have; all are :meth:`seatable`."""
        self._seated = list(slots)
        used = {slot for slot in slots if slot is not None}
        if used:
            self._stacked(used).seat(slots)

    def forward_seated(self, **arguments: Any) -> Any:
        """Run the model on the rows of the table.

        What depends on the rows lies at fixed addresses, so that it can be captured.
        """
        stack = self._stack
        gated = stack is not None and any(slot is not None for slot in self._seated)
        self._now = _Stacked(stack, stack.gate) if stack and gated else _Bare()
        return self._model(**arguments)

    @property
    def seated_bare(self) -> bool:
        """Whether no row of the table has an adapter."""
        return all(slot is None for slot in self._seated)

    def forward(self, *, slots: Sequence[str | None], **arguments: Any) -> Any:
        """Run the model, each row with its adapter."""
        self._now = self._way(slots)
        return self._model(**arguments)

    def _way(self, slots: Sequence[str | None]) -> "_Bare | _Rows | _Stacked | _Active":
        used = {slot for slot in slots if slot is not None}
        alike = len(set(slots)) == 1
        if not used:
            return _Bare()
        if used <= self._stackable:
            stack = self._stacked(used)
            return _Stacked(stack, used.pop() if alike else stack.gate_of(slots))
        if alike:
            slot = used.pop()
            if self._peft.active_adapter != slot:
                self._peft.set_adapter(slot)
            return _Active()
        return _Rows([slot or _BASE for slot in slots])

    def _stacked(self, used: set[str]) -> Stack:
        """The stack with these adapters and those of the table on it."""
        loaded = self._peft.peft_config
        needed = used | {slot for slot in self._seated if slot and slot in loaded}
        before = self._stack.slots if self._stack else ()
        if self._stack is None or not needed <= set(before):
            spare = [s for s in before if s not in needed and s in loaded]
            chosen = [*spare[max(0, len(spare) + len(needed) - _SPARE) :], *sorted(needed)]
            self._stack = Stack(self._layers, chosen, self._most, self._model.dtype)
            self.version += 1
        return self._stack

    def _linear(self) -> Mapping[str, tuple[int, int]]:
        found = {}
        for name, module in self._model.named_modules():
            inputs = getattr(module, "in_features", None)
            outputs = getattr(module, "out_features", None)
            if isinstance(inputs, int) and isinstance(outputs, int):
                found[name.removesuffix(".base_layer")] = (inputs, outputs)
        return found

    def _load(self, slot: str, folder: AdapterFolder) -> None:
        options: dict[str, Any] = {
            "adapter_name": slot,
            "is_trainable": False,
            "low_cpu_mem_usage": True,
            "autocast_adapter_dtype": False,
            "torch_device": str(self._model.device),
        }
        if self._peft is None:
            with warnings.catch_warnings():
                # PEFT 0.21 asks transformers 5.23 for an attribute that is about to be renamed.
                warnings.simplefilter("ignore", FutureWarning)
                self._peft = PeftModel.from_pretrained(self._model, str(folder.path), **options)
        else:
            self._peft.load_adapter(str(folder.path), **options)
        self._model.eval()
        self._take_over()

    def _take_over(self) -> None:
        """Run every adapted layer the way that is chosen for the batch.

        PEFT chooses in its own ``forward``, but by hooks that it puts on and takes off at every
        call, which costs milliseconds a token.
        """
        for module in self._model.modules():
            adapted = isinstance(module, LoraLayer | AuxiliaryTrainingWrapper)
            if adapted and module not in self._layers:
                self._layers.append(module)
                module.forward = functools.partial(self._run, module, module.forward)

    def _run(self, layer: Any, own: Any, x: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        now = self._now
        if isinstance(now, _Rows):
            return own(x, *args, adapter_names=now.names, **kwargs)
        if isinstance(now, _Active):
            return own(x, *args, **kwargs)
        if not isinstance(layer, LoraLayer):
            # A whole trained layer, which none of these rows has.
            return own(x, *args, adapter_names=[_BASE] * x.shape[0], **kwargs)
        result = layer.base_layer(x, *args, **kwargs)
        if isinstance(now, _Stacked):
            return now.stack.add(layer, x, now.gate, result)
        return result

    def _delete(self, slot: str) -> None:
        if self._peft is None or slot not in self._peft.peft_config:
            return
        others = [name for name in self._peft.peft_config if name != slot]
        if self._peft.active_adapter == slot and others:
            self._peft.set_adapter(others[0])
        self._peft.delete_adapter(slot)


class _Bare(NamedTuple):
    """No adapter at all."""


class _Active(NamedTuple):
    """The adapter that is active in PEFT."""


class _Rows(NamedTuple):
    """An adapter for each row, by PEFT."""

    names: list[str]


class _Stacked(NamedTuple):
    """One adapter on the stack, or a gate for each row."""

    stack: Stack
    gate: torch.Tensor | str
