"""The base model of an adapter: found, hashed, loaded for training."""

import hashlib
import json
from pathlib import Path
from typing import Any

from chorei.core import Frozen, MissingExtraError, TrainingError


class Base(Frozen):
    """Which model an adapter belongs to.

    Attributes:
        reference: What the user called it.
        label: Its name for people.
        sha256: Over its weights and config; the same files give the same hash.
        model_type: The architecture in transformers' words (``llama``, ``qwen3``, …).
        folder: Where its safetensors and tokenizer are on this machine.
    """

    reference: str
    label: str
    sha256: str
    model_type: str
    folder: str


def identify(reference: str) -> Base:
    """Find a base model and hash it.

    Raises:
        ModelNameError: There is no such model.
        MissingExtraError: The extra ``local`` is not installed.
    """
    from chorei.adapters.local.conversion import converted
    from chorei.adapters.local.references import find, require_torch

    require_torch()
    source = find(reference)
    if source.kind == "hub":
        folder = _from_hub(source.location)
    elif source.kind == "gguf":
        folder = converted(Path(source.location))
    else:
        folder = Path(source.location)
    files = [Path(source.location)] if source.kind == "gguf" else _weights(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Base(
        reference=reference,
        label=source.label,
        sha256=_hash(files),
        model_type=str(config.get("model_type", "")),
        folder=str(folder),
    )


def device_here() -> str:
    """``cuda`` if torch sees a GPU, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def bfloat16_pays(device: str) -> bool:
    """Whether a device computes in bfloat16 rather than emulating it."""
    import torch

    if device != "cpu":
        return bool(torch.cuda.is_bf16_supported())
    # With AMX or AVX512-BF16; elsewhere bfloat16 on a CPU is slower than float32.
    amx: Any = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    avx: Any = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(amx()) or bool(avx())


def load_for_training(base: Base, *, device: str, bfloat16: bool, four_bits: bool = False) -> Any:
    """Load the model and its tokenizer; only safetensors are read and no code of it is run.

    Returns:
        ``(model, tokenizer)``.

    Raises:
        TrainingError: It cannot be loaded.
        MissingExtraError: Four bits need bitsandbytes.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from chorei.adapters.local.conversion import quietly

    arguments: dict[str, Any] = {
        "dtype": torch.bfloat16 if bfloat16 else torch.float32,
        # Short rows: on a CPU plain matrix products are faster backwards than the fused kernel.
        "attn_implementation": "eager" if device == "cpu" else "sdpa",
        "use_safetensors": True,
        "local_files_only": True,
    }
    if four_bits:
        arguments["quantization_config"] = _four_bits()
    with quietly():
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(base.folder, local_files_only=True)
            model: Any = AutoModelForCausalLM.from_pretrained(base.folder, **arguments)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:300]
            raise TrainingError(f"The base '{base.label}' cannot be loaded: {reason}") from None
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def _four_bits() -> Any:
    import importlib.util

    import torch
    from transformers import BitsAndBytesConfig

    if not torch.cuda.is_available():
        raise TrainingError(
            "QLoRA needs a GPU, and torch sees none.",
            hint="Use --method lora; a small base fits a CPU without four bits.",
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingExtraError("bitsandbytes", "quantized")
    config: Any = BitsAndBytesConfig
    return config(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def _from_hub(identifier: str) -> Path:
    from huggingface_hub import snapshot_download

    wanted = ["*.json", "*.safetensors", "*.model", "*.jinja", "*.txt"]
    try:
        return Path(snapshot_download(identifier, allow_patterns=wanted))
    except Exception as error:
        # The hub's client raises its own, its transport's and the file system's errors alike.
        reason = " ".join(str(error).split())[:200]
        raise TrainingError(f"The base '{identifier}' cannot be fetched: {reason}") from None


def _weights(folder: Path) -> list[Path]:
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise TrainingError(
            f"The folder {folder.name} has no safetensors.",
            hint="Weights in pickle files (.bin) can run code when read and are not loaded.",
        )
    return [folder / "config.json", *weights]


def _hash(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
