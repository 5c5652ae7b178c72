"""How each server is started with an exported adapter."""

import shlex
from pathlib import Path

from chorei.adapters.export.targets import Target

TGI_IMAGE = "ghcr.io/huggingface/text-generation-inference:3.3.5"


def start_command(
    target: Target, name: str, output: Path, *, base: str, rank: int, merged: bool
) -> str:
    """The exact command.

    Args:
        target: The server.
        name: Name of the adapter for requests.
        output: What was exported: a PEFT folder, a model folder or a GGUF file.
        base: Folder (llama.cpp: GGUF file) of the base model.
        rank: Rank of the adapter.
        merged: Whether the adapter is merged into the model.
    """
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
            f" --model-id /data/model{adapters}"
        )
    if target == "vllm":
        if merged:
            return f"vllm serve {served}"
        return (
            f"VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 vllm serve {served} --enable-lora"
            f" --max-lora-rank {_rank(rank)} --lora-modules {name}={place}"
        )
    if target == "sglang":
        adapters = (
            "" if merged else (f" --enable-lora --max-lora-rank {rank} --lora-paths {name}={place}")
        )
        return f"python -m sglang.launch_server --model-path {served}{adapters}"
    if target == "llamacpp":
        # llama-server reads the base as GGUF alone. Its store of prompts is turned off: it does not
        # tell adapters apart, and continues with one what another has read.
        weights = model if base.endswith(".gguf") else "BASE.gguf"
        return f"llama-server -m {weights} --lora {place} --cache-ram 0 --port 8080"
    return f"chorei chat --model local:{place if merged else f'{model}#{place}'}"


def _rank(rank: int) -> int:
    # vLLM takes these values only.
    return next((size for size in (8, 16, 32, 64, 128, 256, 320, 512) if size >= rank), rank)
