"""Which server can take an adapter as it is, and which needs the merged model."""

from typing import Any, Final, Literal

from chorei.core import AdapterError

Target = Literal["tgi", "vllm", "sglang", "llamacpp", "local"]

# Classes of TGI 3.3 that take LoRA on CUDA; Qwen3's does not and crashes at startup.
TGI_ADAPTS: Final = frozenset(
    {"llama", "mistral", "qwen2", "gemma2", "gemma3", "gemma3_text", "starcoder2"}
)
SERVABLE_LAYERS: Final = frozenset(
    {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
)


def needs_merging(target: Target, model_type: str, adapter: dict[str, Any]) -> str:
    """Why a server cannot take an adapter as it is; "" if it can.

    Args:
        target: The server.
        model_type: Architecture of the base.
        adapter: Its ``adapter_config.json``.

    Raises:
        AdapterError: It is no LoRA, so it can be neither exported nor merged.
    """
    if adapter.get("peft_type") != "LORA":
        raise AdapterError(
            f"Adapters of the kind {adapter.get('peft_type')} run only in process.",
            hint="Train with --method lora to serve it.",
        )
    if target == "local":
        return ""
    if target == "tgi" and model_type not in TGI_ADAPTS:
        return f"TGI cannot put adapters on models of the type {model_type}"
    if adapter.get("use_dora"):
        return "DoRA is served merged only"
    wanted = adapter.get("target_modules") or []
    layers = {str(name).rsplit(".", 1)[-1] for name in wanted}
    if not isinstance(wanted, list) or not layers <= SERVABLE_LAYERS:
        return (
            f"it adapts layers that servers do not: {', '.join(sorted(layers - SERVABLE_LAYERS))}"
        )
    if adapter.get("modules_to_save"):
        return "it replaces whole layers"
    return ""
