"""One model in another form, measured: size, speed and quality."""

import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import torch

from chorei.adapters.assessment.answering import answers, load_adapted
from chorei.adapters.assessment.evaluate import probe_prompts
from chorei.adapters.assessment.general import tested
from chorei.adapters.assessment.scoring import holds
from chorei.adapters.export import merged_model, write_gguf_model
from chorei.adapters.local.loading import load
from chorei.adapters.local.references import find
from chorei.adapters.records import Kind
from chorei.adapters.training.base import Base, identify, load_for_training
from chorei.core import Frozen
from chorei.core.loading import Dtype, Quantization
from chorei.evaluation.cases import ROOT
from chorei.evaluation.pruning import PATTERNS, prune

LOADED: Final[dict[str, tuple[Dtype, Quantization | None]]] = {
    "fp32": ("float32", None),
    "bf16": ("bfloat16", None),
    "int8": ("auto", "int8"),
    "int4": ("auto", "int4"),
}
FILES: Final = ("GGUF F16", "GGUF Q8_0", "GGUF Q4_1", "GGUF Q4_0")
NAMES: Final = (*LOADED, *FILES, *PATTERNS)
_TEXTS: Final = ("handbook.md", "so-tay-nhan-vien.md")
_QUESTION: Final = "Explain in a few sentences why a company writes its rules down."


class Measure(Frozen):
    """What one form of the model costs, and what it can still do.

    Attributes:
        name: The form.
        disk: Bytes of the weights as a file; None if this form is none.
        weights: Bytes of the weights in memory; None for a file that llama.cpp runs.
        grown: Bytes by which the process has grown (resident, mapped files included); None if
            others were there before.
        speed: Tokens a second of one answer; None if it is not run here.
        loss: Mean negative log-likelihood (nats a token) of the company's documents.
        general: Share of the general questions answered rightly.
        facts: Share of the adapter's held-out phrasings answered rightly; None without one.
    """

    name: str
    disk: int | None = None
    weights: int | None = None
    grown: int | None = None
    speed: float | None = None
    loss: float
    general: float
    facts: float | None = None


def measure(
    name: str, base: str, *, adapter: Path | None, scratch: Path, tokens: int, alone: bool
) -> Measure:
    """Bring one form of the model into memory and measure it, on the processor.

    Args:
        name: One of :data:`NAMES`.
        base: The model.
        adapter: A PEFT folder of a registry that is put on top, merged for a file.
        scratch: Where files are written.
        tokens: Tokens of each text, and 1/16 as many written for the speed.
        alone: Whether the process has held no model before.
    """
    before = _resident()
    disk, model, tokenizer = None, None, None
    if name in LOADED:
        dtype, quantization = LOADED[name]
        loaded = load(find(base), device="cpu", dtype=dtype, quantization=quantization)
        model, tokenizer = loaded.model, loaded.tokenizer
        if adapter:
            model = load_adapted(model, str(adapter), bfloat16=dtype == "bfloat16")
        disk = _disk(identify(base)) if name == "fp32" else None
    elif name in FILES:
        disk, model, tokenizer = _through_file(name, identify(base), adapter, scratch)
    else:
        model, tokenizer = _whole(identify(base), adapter)
        prune(model, name)
    run_here = name not in FILES
    return Measure(
        name=name,
        disk=disk,
        weights=weight_bytes(model) if run_here else None,
        speed=_speed(model, tokenizer, max(8, tokens // 16)) if run_here else None,
        loss=loss(model, tokenizer, tokens),
        general=_general(model, tokenizer),
        facts=_facts(model, tokenizer, adapter) if adapter else None,
        grown=_resident() - before if alone and run_here else None,
    )


def weight_bytes(model: Any) -> int:
    """Bytes of all tensors of a model, shared ones once, with what bitsandbytes keeps beside."""
    found: dict[int, int] = {}
    for tensor in (*model.parameters(), *model.buffers()):
        for part in (tensor, *_beside(tensor)):
            found[part.data_ptr()] = part.numel() * part.element_size()
    return sum(found.values())


def loss(model: Any, tokenizer: Any, tokens: int) -> float:
    """Mean negative log-likelihood of the beginnings of the example company's handbooks."""
    losses = []
    for name in _TEXTS:
        text = (ROOT / "examples" / "company" / name).read_text(encoding="utf-8")
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            losses.append(float(model(ids[:, :tokens], labels=ids[:, :tokens]).loss))
    return math.fsum(losses) / len(losses)


def _beside(tensor: Any) -> Iterable[torch.Tensor]:
    state = getattr(tensor, "quant_state", None)
    return [v for v in vars(state).values() if isinstance(v, torch.Tensor)] if state else []


def _through_file(
    name: str, base: Base, adapter: Path | None, scratch: Path
) -> tuple[int, Any, Any]:
    from transformers import AutoModelForCausalLM

    from chorei.adapters.local.conversion import quietly

    model, tokenizer = _whole(base, adapter)
    source = find(base.reference)
    origin = Path(source.location if source.kind == "gguf" else base.folder)
    file = scratch / f"{name.replace(' ', '-')}.gguf"
    kind: Any = name.removeprefix("GGUF ")
    write_gguf_model(model, file, tokenizer=origin, kind=kind, name=base.label)
    with quietly():
        again: Any = AutoModelForCausalLM.from_pretrained(
            str(scratch), gguf_file=file.name, dtype=torch.float32
        )
    return file.stat().st_size, again.eval(), tokenizer


def _whole(base: Base, adapter: Path | None) -> tuple[Any, Any]:
    model, tokenizer = load_for_training(base, device="cpu", bfloat16=False)
    return (merged_model(adapter, base) if adapter else model).eval(), tokenizer


def _general(model: Any, tokenizer: Any) -> float:
    asked = tested()
    said = answers(model, tokenizer, asked, max_new_tokens=10)
    right = [holds(answer, record.facts) for record, answer in zip(asked, said, strict=True)]
    return sum(right) / len(right)


def _facts(model: Any, tokenizer: Any, adapter: Path) -> float | None:
    asked = [r for r in probe_prompts(adapter / "records.jsonl") if r.kind is Kind.FACT]
    said = answers(model, tokenizer, asked, max_new_tokens=48)
    right = [
        holds(answer, record.facts or (record.answer,))
        for record, answer in zip(asked, said, strict=True)
    ]
    return sum(right) / len(right) if right else None


def _speed(model: Any, tokenizer: Any, tokens: int) -> float:
    """Tokens per second of processor time, so that other processes do not count."""
    asked = [{"role": "user", "content": _QUESTION}]
    given = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_tensors="pt")
    ids = given["input_ids"]

    def write(count: int) -> float:
        began = time.process_time()
        with torch.inference_mode():
            model.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False,
                min_new_tokens=count, max_new_tokens=count, pad_token_id=tokenizer.pad_token_id,
            )  # fmt: skip
        return time.process_time() - began

    # Without the time to read the prompt.
    first = write(1)
    return tokens / (write(tokens + 1) - first)


def _disk(base: Base) -> int:
    return sum(path.stat().st_size for path in Path(base.folder).glob("*.safetensors"))


def _resident() -> int:
    import psutil

    return int(psutil.Process().memory_info().rss)
