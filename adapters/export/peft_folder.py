"""The adapter as a PEFT folder that older versions of PEFT read too."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from chorei.core import AdapterError

# What PEFT 0.15 (pinned by TGI 3.3) knows; newer keys are at their defaults and left out.
_KNOWN: Final = (
    "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias", "fan_in_fan_out",
    "inference_mode", "init_lora_weights", "layers_pattern", "layers_to_transform", "lora_alpha",
    "lora_dropout", "modules_to_save", "peft_type", "r", "rank_pattern", "revision",
    "target_modules", "task_type", "use_dora", "use_rslora",
)  # fmt: skip


def read_config(folder: Path) -> dict[str, Any]:
    """The adapter's ``adapter_config.json``.

    Raises:
        AdapterError: The folder holds no adapter, as after full fine-tuning.
    """
    file = folder / "adapter_config.json"
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AdapterError(
            f"{folder} holds a whole model, not an adapter.",
            hint="Serve that folder as it is; nothing has to be exported.",
        ) from None
    return found


def write_peft(adapter: Path, output: Path, *, base: str) -> None:
    """Copy the weights and the config that servers need; nothing of the records goes along.

    Args:
        adapter: The adapter.
        output: Folder to make.
        base: Where the server has the base model.
    """
    config = {key: value for key, value in read_config(adapter).items() if key in _KNOWN}
    config |= {"base_model_name_or_path": base, "inference_mode": True}
    if isinstance(config.get("target_modules"), list):
        config["target_modules"] = sorted(config["target_modules"])
    output.mkdir(parents=True)
    (output / "adapter_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    shutil.copyfile(adapter / "adapter_model.safetensors", output / "adapter_model.safetensors")
