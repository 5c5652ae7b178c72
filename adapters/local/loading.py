"""A model and its tokenizer, brought into memory."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from chorei.adapters.local.conversion import converted, quietly
from chorei.adapters.local.norms import fuse_norms
from chorei.adapters.local.quantization import (
    check_quantization,
    check_weights,
    finished,
    quantized_arguments,
)
from chorei.adapters.local.references import Source
from chorei.core.errors import ModelNameError, ModelSettingError, ModelUnavailableError
from chorei.core.loading import Dtype, Quantization


@dataclass(frozen=True)
class Loaded:
    """A model in memory.

    Attributes:
        model: The transformers model, in evaluation mode.
        tokenizer: Its tokenizer.
        context_length: Most tokens that it takes, or None if its config does not say.
        stop_tokens: Tokens that end an answer.
        defaults: The sampling that its authors recommend (``generation_config.json``).
    """

    model: Any
    tokenizer: Any
    context_length: int | None
    stop_tokens: frozenset[int]
    defaults: dict[str, Any]


def resolve_device(device: str) -> str:
    """``auto`` as what is there: the GPU, else the CPU.

    Raises:
        ModelSettingError: The device is not there.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ModelSettingError(
            f"The device '{device}' cannot be used: {reason}", hint="Try device='cpu'."
        ) from None
    return device


def load(source: Source, *, device: str, dtype: Dtype, quantization: Quantization | None) -> Loaded:
    """Bring a model into memory. Only safetensors are read, and no code of the model is run.

    Args:
        source: Where it is.
        device: A torch device.
        dtype: ``auto`` is float32 on the CPU and bfloat16 on a GPU.
        quantization: Weights in 8 or 4 bits.

    Raises:
        ModelNameError: The files are missing or no causal language model.
        ModelSettingError: The quantisation cannot be had on this device or of these files.
        ModelUnavailableError: The memory does not suffice.
        MissingExtraError: The quantisation needs a package that is not installed.
    """
    check_quantization(quantization, device)
    here = {"local_files_only": source.kind != "hub"}
    arguments: dict[str, Any] = {"use_safetensors": True, **here}
    place = str(converted(Path(source.location))) if source.kind == "gguf" else source.location
    with quietly(), _translated(source):
        config: Any = AutoConfig.from_pretrained(place, **here)
        check_weights(config, quantization, source.label)
        tokenizer: Any = AutoTokenizer.from_pretrained(place, **here)
        chosen = _dtype(dtype, device)
        arguments |= quantized_arguments(quantization, device, chosen)
        model: Any = AutoModelForCausalLM.from_pretrained(place, **arguments)
        model = finished(model, quantization, chosen)
        if "device_map" not in arguments:
            model = model.to(device)
        model.eval()
        if device.startswith("cuda"):
            fuse_norms(model)
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        context_length=_context_length(model),
        stop_tokens=_stop_tokens(model, tokenizer),
        defaults=_defaults(model),
    )


def _dtype(dtype: Dtype, device: str) -> Any:
    if dtype == "auto":
        return torch.float32 if device.startswith("cpu") else torch.bfloat16
    return getattr(torch, dtype)


def _context_length(model: Any) -> int | None:
    value = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return value if isinstance(value, int) else None


def _stop_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    ends = model.generation_config.eos_token_id
    listed = ends if isinstance(ends, list) else [ends]
    return frozenset(t for t in (*listed, tokenizer.eos_token_id) if t is not None)


def _defaults(model: Any) -> dict[str, Any]:
    config = model.generation_config
    found = {"repetition_penalty": config.repetition_penalty}
    if config.do_sample:
        found |= {name: getattr(config, name) for name in ("top_p", "top_k", "min_p")}
        found["temperature"] = 1.0 if config.temperature is None else config.temperature
    return {name: value for name, value in found.items() if value is not None}


@contextlib.contextmanager
def _translated(source: Source) -> Iterator[None]:
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError):
        raise out_of_memory(source.label) from None
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelNameError(
            f"The model '{source.label}' cannot be loaded: {reason}",
            hint="It needs config.json, tokenizer files and weights as safetensors; a hub id needs"
            " a network or a filled cache.",
        ) from None
    except RuntimeError as error:
        if "alloc" in str(error):
            raise out_of_memory(source.label) from None
        raise


def out_of_memory(label: str) -> ModelUnavailableError:
    """The error that says so, with what helps."""
    return ModelUnavailableError(
        f"The memory does not suffice for the model '{label}'.",
        hint="Use a smaller model, dtype='bfloat16', quantization='int8', a smaller batch, or a"
        " shorter context.",
    )
