"""The adapter as a GGUF file for llama.cpp (``llama-server --lora FILE``)."""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np

from chorei.adapters.export.peft_folder import read_config
from chorei.core import AdapterError, MissingExtraError

_LAYER: Final = re.compile(r"layers\.(\d+)\.(?:self_attn|mlp)\.(\w+)\.lora_([AB])\.weight$")
_NAMES: Final = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
# llama.cpp stores the rows of these models' query and key in another order than transformers.
_PERMUTED: Final = frozenset({"llama", "mistral"})
_ARCHITECTURES: Final = {
    "llama": "llama",
    "mistral": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma2": "gemma2",
}


def write_gguf(adapter: Path, output: Path, *, model_type: str, heads: int, kv_heads: int) -> None:
    """Write the file, in the form of llama.cpp's ``convert_lora_to_gguf.py``.

    Args:
        adapter: The adapter, a LoRA.
        output: File to make.
        model_type: Architecture of the base.
        heads: Its query heads.
        kv_heads: Its key and value heads.

    Raises:
        AdapterError: The architecture, or a layer of the adapter, is not known here.
    """
    try:
        from gguf import GGUFWriter
        from safetensors.numpy import load_file
    except ImportError as error:
        raise MissingExtraError(error.name or "gguf", "local") from None
    if model_type not in _ARCHITECTURES:
        raise AdapterError(f"Adapters for {model_type} cannot be written as GGUF here.")
    config = read_config(adapter)
    writer: Any = GGUFWriter(str(output), _ARCHITECTURES[model_type])
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", _alpha(config))
    for name, values in load_file(str(adapter / "adapter_model.safetensors")).items():
        match = _LAYER.search(name)
        if match is None or match[2] not in _NAMES:
            raise AdapterError(f"The layer {name} has no counterpart in llama.cpp.")
        array = np.ascontiguousarray(values.astype(np.float32))
        if model_type in _PERMUTED and match[3] == "B" and match[2] in ("q_proj", "k_proj"):
            array = permuted(array, heads if match[2] == "q_proj" else kv_heads)
        tensor = f"blk.{match[1]}.{_NAMES[match[2]]}.weight.lora_{match[3].lower()}"
        writer.add_tensor(tensor, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def permuted(weights: "np.ndarray[Any, Any]", heads: int) -> "np.ndarray[Any, Any]":
    """Rows of a query or key matrix in llama.cpp's order.

    Its rotary embedding pairs neighbours where transformers' pairs the halves of a head.
    """
    rows, columns = weights.shape
    halves = weights.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def _alpha(config: dict[str, Any]) -> float:
    # llama.cpp scales by alpha / rank; rsLoRA's alpha / sqrt(rank) is folded into alpha.
    alpha, rank = float(config["lora_alpha"]), float(config["r"])
    return alpha * rank**0.5 if config.get("use_rslora") else alpha
