"""The folder of a LoRA adapter, checked before anything of it touches a model."""

import difflib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from chorei.core import Frozen
from chorei.core.errors import AdapterError, AdapterNotFoundError

_WEIGHTS = "adapter_model.safetensors"
_PICKLES = ("adapter_model.bin", "adapter_model.pt", "pytorch_model.bin")
_PREFIX = "base_model.model."


class AdapterFolder(Frozen):
    """An adapter on disk.

    Attributes:
        path: Its folder, as PEFT writes it.
        rank: Its rank.
        base: The model that it says it was trained on.
        mixable: Whether it can share a batch with other adapters and the bare model; DoRA and
            adapters with whole trained layers cannot.
        shapes: Name of each tensor and its shape.
    """

    path: Path
    rank: int
    base: str
    mixable: bool
    shapes: Mapping[str, tuple[int, ...]]

    def check_fit(self, linear: Mapping[str, tuple[int, int]]) -> None:
        """Check that it was made for a model with these layers.

        Args:
            linear: For each layer that an adapter can change, its inputs and outputs.

        Raises:
            AdapterError: A layer is missing or has another size.
        """
        for name, shape in self.shapes.items():
            layer, _, kind = name.removeprefix(_PREFIX).rpartition(".lora_")
            if not layer or kind[:1] not in "AB" or kind.startswith("embedding"):
                continue
            if layer not in linear:
                raise self._misfit(f"the model has no layer '{layer}'")
            inputs, outputs = linear[layer]
            size, expected = (shape[-1], inputs) if kind[0] == "A" else (shape[0], outputs)
            if size != expected:
                raise self._misfit(f"its layer '{layer}' has {size} where the model has {expected}")

    def _misfit(self, reason: str) -> AdapterError:
        return AdapterError(
            f"The adapter {self.path.name} does not fit this model: {reason}.",
            hint=f"It was trained on '{self.base}'." if self.base else "It has another base model.",
        )


def read_folder(path: Path) -> AdapterFolder:
    """Read what the folder of an adapter says about it; no pickle is ever opened.

    Raises:
        AdapterNotFoundError: The folder is not there or holds no adapter.
        AdapterError: It is no LoRA, is stored as pickle, or is damaged.
    """
    file = path / "adapter_config.json"
    if not file.is_file():
        raise AdapterNotFoundError(
            f"The folder {path} holds no adapter.", hint="It must contain adapter_config.json."
        )
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        kind, rank = str(config["peft_type"]), int(config.get("r", 0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AdapterError(f"The file {file} cannot be read: {error!r}.") from None
    if kind != "LORA":
        raise AdapterError(
            f"The adapter {path.name} is of the kind {kind}; only LoRA is served here.",
            hint="Merge it into its base model and name the merged folder.",
        )
    return AdapterFolder(
        path=path,
        rank=rank,
        base=str(config.get("base_model_name_or_path") or ""),
        mixable=_mixable(config),
        shapes=_shapes(path),
    )


def _mixable(config: Mapping[str, Any]) -> bool:
    special = ("use_dora", "modules_to_save", "trainable_token_indices", "alora_invocation_tokens")
    return not any(config.get(name) for name in special)


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    from safetensors import SafetensorError, safe_open

    weights = path / _WEIGHTS
    if not weights.is_file():
        if any((path / name).exists() for name in _PICKLES):
            raise AdapterError(
                f"The adapter {path.name} is stored as pickle, which can run any code.",
                hint="Save it again with save_pretrained(..., safe_serialization=True).",
            )
        raise AdapterError(f"The adapter {path.name} lacks {_WEIGHTS}.")
    try:
        with safe_open(weights, framework="np") as tensors:
            names = tensors.keys()
            return {name: tuple(tensors.get_slice(name).get_shape()) for name in names}
    except (SafetensorError, OSError, ValueError) as error:
        raise AdapterError(
            f"The file {weights} is damaged: {error}.", hint="Copy or train the adapter again."
        ) from None


def no_adapter(name: str, known: Collection[str]) -> AdapterNotFoundError:
    """The error that names the nearest adapter that there is."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        hint = f"Did you mean '{near[0]}'?"
    elif known:
        hint = f"There are: {', '.join(sorted(known))}."
    else:
        hint = "The model has no adapters; name the folder of one."
    return AdapterNotFoundError(f"The model has no adapter '{name}'.", hint=hint)
