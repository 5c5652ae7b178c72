"""Weights in 8 or 4 bits: what can be had, and how the model is loaded for it."""

import importlib.util
from typing import Any, Final

from chorei.core.errors import MissingExtraError, ModelSettingError

# Where bitsandbytes has kernels for 4 bits.
_FOUR_BITS: Final = ("cpu", "cuda", "xpu")


def check_quantization(quantization: str | None, device: str) -> None:
    """Check that a quantisation can be had on a device, before anything is loaded.

    Raises:
        MissingExtraError: 4 bits need the package bitsandbytes, which is not installed.
        ModelSettingError: There are no 4 bits on this device.
    """
    if quantization != "int4":
        return
    if device.split(":")[0] not in _FOUR_BITS:
        raise ModelSettingError(
            f"Weights in 4 bits cannot be had on the device '{device}'.",
            hint="Use quantization='int8', or device='cpu'.",
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingExtraError("bitsandbytes", "quantized")


def check_weights(config: Any, quantization: str | None, label: str) -> None:
    """Check that a model's files are not quantised already.

    Args:
        config: The model's config.
        quantization: What is asked for.
        label: The model's name.

    Raises:
        ModelSettingError: They are.
    """
    stored = getattr(config, "quantization_config", None)
    if quantization is None or not stored:
        return
    method = stored.get("quant_method") if isinstance(stored, dict) else stored.quant_method
    raise ModelSettingError(
        f"The files of '{label}' are quantised already ({getattr(method, 'value', method)}).",
        hint="Leave out quantization.",
    )


def quantized_arguments(quantization: str | None, device: str, dtype: Any) -> dict[str, Any]:
    """What ``from_pretrained`` is given for it.

    Args:
        quantization: ``int8``, ``int4`` or None.
        device: Where the model is to run.
        dtype: What it computes in.
    """
    if quantization == "int8":
        # As stored: the weights are rounded from that, layer by layer.
        return {"dtype": "auto"}
    if quantization is None:
        return {"dtype": dtype}
    import transformers

    configure: Any = transformers.BitsAndBytesConfig
    # NormalFloat in blocks of 64 (QLoRA, arXiv 2305.14314).
    config = configure(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
    return {"dtype": dtype, "quantization_config": config, "device_map": {"": device}}


def finished(model: Any, quantization: str | None, dtype: Any) -> Any:
    """The model as it came from ``from_pretrained``, rounded if that is still to be done.

    Args:
        model: A transformers model.
        quantization: ``int8``, ``int4`` or None.
        dtype: What it is to compute in.
    """
    if quantization != "int8":
        return model
    from chorei.adapters.local.int8 import to_int8

    to_int8(model)
    for weight in model.parameters():
        # Not the whole model: that would round the scales of the rows, too. A copy, since a view
        # of the mapped file would keep all of it in memory.
        if weight.is_floating_point():
            weight.data = weight.data.to(dtype, copy=True)
    return model
