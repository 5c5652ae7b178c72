"""How each server is started with an exported adapter."""

import shlex
from pathlib import Path
from typing import Final

from chorei.adapters.export.targets import Target

TGI_IMAGE = "ghcr.io/huggingface/text-generation-inference:3.3.5"
# How a server is told to round the weights while it loads them. vLLM's and SGLang's 8 bits are
# fp8, TGI's int8; fp8 needs a GPU of the generations Ada or Hopper, or newer.
ROUNDING: Final = {
    ("tgi", 8): " --quantize eetq",
    ("tgi", 4): " --quantize bitsandbytes-nf4",
    ("vllm", 8): " --quantization fp8",
    ("vllm", 4): " --quantization bitsandbytes",
    ("sglang", 8): " --quantization fp8",
    ("sglang", 4): " --torchao-config int4wo-128",
}


def start_command(
    target: Target, name: str, output: Path, *, base: str, rank: int, merged: bool, bits: int = 16
) -> str:
    """The exact command.

    Args:
        target: The server.
        name: Name of the adapter for requests.
        output: What was exported: a PEFT folder, a model folder or a GGUF file.
        base: Folder (llama.cpp: GGUF file) of the base model.
        rank: Rank of the adapter.
        merged: Whether the adapter is merged into the model.
        bits: Bits of a weight when it is served; the server rounds a merged model to 8 or 4.
    """
    rounding = ROUNDING.get((target, bits), "")
    place, model = shlex.quote(str(output)), shlex.quote(base)
    served = place if merged else model
    if target == "tgi":
        mounts = (
            f"-v {place}:/data/model:ro"
            if merged
            else (f"-v {model}:/data/model:ro -v {place}:/data/adapter:ro")
        )
        adapters = "" if merged else f" --lora-adapters {name}=/data/adapter"
        return (
            f"docker run --gpus all --shm-size 1g -p 8080:80 {mounts} {TGI_IMAGE}"
            f" --model-id /data/model{adapters}{rounding}"
        )
    if target == "vllm":
        if merged:
            return f"vllm serve {served}{rounding}"
        return (
            f"VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 vllm serve {served} --enable-lora"
            f" --max-lora-rank {_rank(rank)} --lora-modules {name}={place}"
        )
    if target == "sglang":
        adapters = (
            "" if merged else (f" --enable-lora --max-lora-rank {rank} --lora-paths {name}={place}")
        )
        return f"python -m sglang.launch_server --model-path {served}{adapters}{rounding}"
    if target == "llamacpp":
        if merged:
            return f"llama-server -m {place} --port 8080"
        # llama-server reads the base as GGUF alone. Its store of prompts is turned off: it does not
        # tell adapters apart, and continues with one what another has read.
        weights = model if base.endswith(".gguf") else "BASE.gguf"
        return f"llama-server -m {weights} --lora {place} --cache-ram 0 --port 8080"
    return f"chorei chat --model local:{place if merged else f'{model}#{place}'}"


def _rank(rank: int) -> int:
    # vLLM takes these values only.
    return next((size for size in (8, 16, 32, 64, 128, 256, 320, 512) if size >= rank), rank)
