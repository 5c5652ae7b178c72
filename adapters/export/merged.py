"""The adapter merged into its base: one model folder for servers that adapt nothing.

The folder must load in the transformers that a server pins (TGI 3.3: 4.51.3). transformers 5 writes
``rope_parameters``, ``dtype`` and ``chat_template.jinja``, which version 4 does not read, so the
base's own config and tokenizer files are kept, or written in version 4's form.
"""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from chorei.adapters.training.base import Base, load_for_training

_TOKENIZER_FILES: Final = (
    "tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "added_tokens.json",
    "special_tokens_map.json", "generation_config.json",
)  # fmt: skip
_NEW_TOKENIZER_KEYS: Final = ("backend", "is_local", "local_files_only")


def write_merged(adapter: Path, base: Base, output: Path, *, bfloat16: bool = True) -> None:
    """Merge an adapter into its base and write a model folder.

    Args:
        adapter: The adapter.
        base: Its base.
        output: Folder to make.
        bfloat16: Save in bfloat16 rather than float32.
    """
    import torch

    merged = merged_model(adapter, base)
    if bfloat16:
        merged = merged.to(torch.bfloat16)
    output.mkdir(parents=True)
    merged.save_pretrained(output, safe_serialization=True)
    folder = Path(base.folder)
    for name in _TOKENIZER_FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, output / name)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    _write(output / "config.json", old_config(config, "bfloat16" if bfloat16 else "float32"))
    _write(output / "tokenizer_config.json", old_tokenizer_config(folder))


def merged_model(adapter: Path, base: Base) -> Any:
    """The base with an adapter merged into it, in float32, so that it is rounded once.

    Args:
        adapter: The adapter.
        base: Its base.
    """
    import warnings

    from peft import PeftModel

    model, _ = load_for_training(base, device="cpu", bfloat16=False)
    with warnings.catch_warnings():
        # PEFT 0.21 asks transformers 5.23 for an attribute that is about to be renamed.
        warnings.simplefilter("ignore", FutureWarning)
        adapted = PeftModel.from_pretrained(model, str(adapter))
    return adapted.merge_and_unload()


def old_config(config: dict[str, Any], dtype: str) -> dict[str, Any]:
    """A model's config as transformers 4 reads it; one that it wrote is changed in no other way.

    Args:
        config: The base's ``config.json``.
        dtype: What the weights are saved in.
    """
    made = {key: value for key, value in config.items() if key not in ("dtype", "rope_parameters")}
    rope = config.get("rope_parameters")
    if isinstance(rope, dict):
        made["rope_theta"] = rope.get("rope_theta", 10_000.0)
        scaling = {k: v for k, v in rope.items() if k != "rope_theta"}
        made["rope_scaling"] = None if scaling.get("rope_type") == "default" else scaling
    made["torch_dtype"] = dtype
    return made


def old_tokenizer_config(folder: Path) -> dict[str, Any]:
    """A tokenizer's config as transformers 4 reads it, its chat template inside."""
    path = folder / "tokenizer_config.json"
    config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    made = {key: value for key, value in config.items() if key not in _NEW_TOKENIZER_KEYS}
    if made.get("tokenizer_class") == "TokenizersBackend":
        made["tokenizer_class"] = "PreTrainedTokenizerFast"
    # transformers 5 calls additional special tokens "extra".
    if "extra_special_tokens" in made and isinstance(made["extra_special_tokens"], list):
        made["additional_special_tokens"] = made.pop("extra_special_tokens")
    template = folder / "chat_template.jinja"
    if template.is_file() and "chat_template" not in made:
        made["chat_template"] = template.read_text(encoding="utf-8")
    return made


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")
