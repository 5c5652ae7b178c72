"""A whole model as a GGUF file, in 16, 8 or 4 bits, for llama.cpp (``llama-server -m FILE``).

The names of the tensors and the rounding are the package ``gguf``'s, which llama.cpp keeps.
"""

import re
from pathlib import Path
from typing import Any, Final, Literal

from chorei.adapters.export.gguf_adapter import permuted
from chorei.adapters.export.gguf_tokenizer import copy_tokenizer, write_tokenizer
from chorei.core import AdapterError, MissingExtraError

Kind = Literal["F32", "F16", "Q8_0", "Q4_0", "Q4_1"]
# Q8_0 and Q4_0 keep a scale for 32 weights (8.5 and 4.5 bits each), Q4_1 an offset too (5 bits).
KINDS: Final[dict[int, Kind]] = {16: "F16", 8: "Q8_0", 4: "Q4_1"}
ARCHITECTURES: Final = {"llama": "LLAMA", "mistral": "LLAMA", "qwen2": "QWEN2", "qwen3": "QWEN3"}
_TURNED: Final = re.compile(r"\.(q|k)_proj\.(weight|bias)$")


def write_gguf_model(model: Any, output: Path, *, tokenizer: Path, kind: Kind, name: str) -> None:
    """Write the file.

    Matrices are rounded; vectors stay in float32. In 4 bits the embedding and the output layer
    have 8, since errors there reach every token.

    Args:
        model: A transformers model in memory.
        output: File to make.
        tokenizer: The model's folder, or a GGUF file whose tokenizer is taken over.
        kind: What the matrices are rounded to.
        name: The model's name inside the file.

    Raises:
        AdapterError: The architecture, its positions or its tokenizer are not known here.
        MissingExtraError: The package gguf is not installed.
    """
    try:
        import gguf
    except ImportError:
        raise MissingExtraError("gguf", "local") from None
    config = model.config
    check_architecture(config.model_type)
    architecture = gguf.MODEL_ARCH[ARCHITECTURES[config.model_type]]
    writer: Any = gguf.GGUFWriter(str(output), gguf.MODEL_ARCH_NAMES[architecture])
    writer.add_type("model")
    writer.add_name(name)
    _write_shape(writer, config)
    writer.add_file_type(getattr(gguf.LlamaFileType, _FILE_TYPES[kind]))
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    if tokenizer.is_file():
        copy_tokenizer(writer, tokenizer)
    else:
        write_tokenizer(writer, tokenizer, config.vocab_size)
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    for key, values in model.state_dict().items():
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        place = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if place is None:
            raise AdapterError(f"The layer {key} has no counterpart in llama.cpp.")
        array = values.detach().float().cpu().numpy()
        turned = _TURNED.search(key)
        if turned and ARCHITECTURES[config.model_type] == "LLAMA":
            heads = config.num_attention_heads if turned[1] == "q" else config.num_key_value_heads
            array = permuted(array, heads) if array.ndim == 2 else _permuted_vector(array, heads)
        _add(writer, place, array, kind)
    factors = _frequency_factors(config)
    if factors is not None:
        writer.add_tensor("rope_freqs.weight", factors)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


_FILE_TYPES: Final = {
    "F32": "ALL_F32",
    "F16": "MOSTLY_F16",
    "Q8_0": "MOSTLY_Q8_0",
    "Q4_0": "MOSTLY_Q4_0",
    "Q4_1": "MOSTLY_Q4_1",
}


def check_architecture(model_type: str) -> None:
    """Refuse what cannot be written, before any work is done.

    Raises:
        AdapterError: The architecture is not known here.
    """
    if model_type not in ARCHITECTURES:
        raise AdapterError(
            f"Models of the type {model_type} cannot be written as GGUF here; known are"
            f" {', '.join(ARCHITECTURES)}.",
            hint="Export with --for vllm --merge, and convert that folder with llama.cpp's"
            " convert_hf_to_gguf.py.",
        )


def _write_shape(writer: Any, config: Any) -> None:
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(float(config.rope_parameters["rope_theta"]))
    writer.add_rope_dimension_count(head)
    writer.add_vocab_size(config.vocab_size)


def _add(writer: Any, name: str, array: Any, kind: Kind) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import QuantError, quantize

    rounded = kind
    if array.ndim < 2:
        rounded = "F32"
    elif kind in ("Q4_0", "Q4_1") and name in ("token_embd.weight", "output.weight"):
        rounded = "Q8_0"
    try:
        data = quantize(array, GGMLQuantizationType[rounded])
    except (QuantError, ValueError):
        # Its rows are no multiple of the 32 weights of a block.
        rounded, data = "F16", array.astype("float16")
    writer.add_tensor(name, data, raw_dtype=GGMLQuantizationType[rounded])


def _frequency_factors(config: Any) -> Any:
    """By what llama.cpp divides the frequencies of the positions; None if by nothing.

    Raises:
        AdapterError: The positions are scaled in another way than Llama 3's.
    """
    rope = config.rope_parameters
    kind = rope.get("rope_type", "default")
    if kind == "default":
        return None
    if kind != "llama3":
        raise AdapterError(f"Positions scaled by '{kind}' cannot be written as GGUF here.")
    import torch
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    size = 2 * scaled.shape[0]
    plain = rope["rope_theta"] ** -(torch.arange(0, size, 2, dtype=torch.float64) / size)
    return (plain / scaled.double()).float().numpy()


def _permuted_vector(array: Any, heads: int) -> Any:
    return permuted(array[:, None], heads)[:, 0]
