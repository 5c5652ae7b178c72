"""The LoRA adapters in a model: loaded, chosen row by row, replaced and let go."""

import itertools
import warnings
import weakref
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from peft import PeftModel
from peft.tuners.lora import LoraLayer
from peft.utils import AuxiliaryTrainingWrapper

from chorei.adapters.local.folder import AdapterFolder, no_adapter
from chorei.core.errors import AdapterError

_BASE = "__base__"


class Loras:
    """The adapters of one model. Only the thread that runs the model may use it.

    An adapter that people call ``name`` lives in PEFT under a *slot*, a name that is never used
    twice. Replacing an adapter loads the new one into a slot of its own: what is being written
    with the old one ends with the old one, which is deleted when nobody uses it any more.

    Args:
        model: The transformers model. PEFT wraps it when the first adapter is loaded.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._peft: Any = None
        self._slots: dict[str, str] = {}
        self._unmixable: set[str] = set()
        self._retired: set[str] = set()
        self._numbers = itertools.count(1)
        # What the hooks below read: an adapter for each row, or None for the active one.
        self._rows: list[str] | None = None
        self._hooked: weakref.WeakSet[Any] = weakref.WeakSet()

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

    def unload(self, name: str) -> None:
        """Let an adapter go; what is being written with it is finished first.

        Raises:
            AdapterNotFoundError: There is none of this name.
        """
        self.slot(name)
        self._retired.add(self._slots.pop(name))

    def sweep(self, used: Collection[str | None]) -> None:
        """Delete the replaced and unloaded adapters that no row uses."""
        for slot in sorted(self._retired - set(used)):
            self._delete(slot)
            self._retired.discard(slot)
            self._unmixable.discard(slot)

    def forward(self, *, slots: Sequence[str | None], **arguments: Any) -> Any:
        """Run the model, each row with its adapter."""
        if self._peft is None:
            return self._model(**arguments)
        distinct = set(slots)
        if len(distinct) == 1 and (slot := slots[0]) is not None:
            # One adapter for all rows: no gathering of rows in every layer.
            if self._peft.active_adapter != slot:
                self._peft.set_adapter(slot)
            self._rows = None
        else:
            self._rows = [slot or _BASE for slot in slots]
        return self._model(**arguments)

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
        self._hook()

    def _hook(self) -> None:
        """Tell every adapted layer the adapter of each row.

        PEFT does the same in its own ``forward``, but puts the hooks on and takes them off at
        every call, which costs milliseconds a token.
        """
        for module in self._model.modules():
            adapted = isinstance(module, LoraLayer | AuxiliaryTrainingWrapper)
            if adapted and module not in self._hooked:
                module.register_forward_pre_hook(self._tell, with_kwargs=True)
                self._hooked.add(module)

    def _tell(self, _: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        if self._rows is not None:
            kwargs["adapter_names"] = self._rows
        return args, kwargs

    def _delete(self, slot: str) -> None:
        if self._peft is None or slot not in self._peft.peft_config:
            return
        others = [name for name in self._peft.peft_config if name != slot]
        if self._peft.active_adapter == slot and others:
            self._peft.set_adapter(others[0])
        self._peft.delete_adapter(slot)
