"""Weights in 8 or 4 bits."""

import importlib.util
from typing import Any

from chorei.core.errors import MissingExtraError


def check_quantization(quantization: str | None, device: str) -> None:
    """Check that a quantisation can be had on a device.

    Raises:
        MissingExtraError: The package bitsandbytes is not installed.
    """
    del device
    if quantization is not None and importlib.util.find_spec("bitsandbytes") is None:
        raise MissingExtraError("bitsandbytes", "quantized")


def quantized_arguments(quantization: str | None, device: str) -> dict[str, Any]:
    """What ``from_pretrained`` is given for it."""
    if quantization is None:
        return {}
    import torch
    import transformers

    configure: Any = transformers.BitsAndBytesConfig
    if quantization == "int8":
        config = configure(load_in_8bit=True)
    else:
        config = configure(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=torch.float32 if device == "cpu" else torch.bfloat16,
        )
    return {"quantization_config": config, "device_map": {"": device}}
