"""LoRA training on a GPU: tokens/s and model-FLOPs utilisation (MFU) next to TRL's defaults.

Models have the shapes of Qwen3-0.6B, 4B and 8B with random weights; records have 128 to 1,024
random tokens, of which the last half carries loss. Both sides train LoRA of rank 16 on all linear
layers in bfloat16. The plain side is ``SFTTrainer`` as it comes: batches of 8, padded, with
gradient checkpointing. Tokens are those of the records; padding counts for nobody.

FLOPs are those that the mathematics needs (PaLM, arXiv 2204.02311, appendix B), with a frozen base:
4 for each weight and token (forwards, and the gradient of the input), 6 for each of LoRA's, 4 for
each weight of the output layer and position with loss, and causal attention. Recomputation counts
for nothing. MFU is their rate over the card's dense bfloat16 rate, stated with ``--peak``.

    python benchmarks/training_gpu.py [--shapes 0.6B,4B,8B] [--steps 12] [--peak 989.4]
"""

import argparse
import gc
import json
import random
import statistics
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from peft import LoraConfig
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import TrainerCallback

from chorei.adapters.training import TrainingConfig, kernels
from chorei.adapters.training.masking import IGNORED, Tokenized
from chorei.adapters.training.monitor import Monitor
from chorei.adapters.training.trainer import make_trainer, quick

RANK = 16
WARM = 4  # steps that do not count
BAR = 0.45  # for the 8B shape


class Shape(NamedTuple):
    """What Qwen3's published config.json says of one size, and our batch for it."""

    hidden: int
    inner: int
    layers: int
    heads: int
    tied: bool
    batch: int


SHAPES = {
    "0.6B": Shape(1024, 3072, 28, 16, tied=True, batch=32),
    "4B": Shape(2560, 9728, 36, 32, tied=True, batch=16),
    "8B": Shape(4096, 12288, 36, 32, tied=False, batch=12),
}
# To try the script without a GPU.
TINY = Shape(32, 64, 1, 2, tied=True, batch=2)
KEYS, SIZE, VOCABULARY = 8, 128, 151_936


def config_of(shape: Shape) -> Any:
    """The configuration of a shape."""
    return transformers.Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=shape.hidden,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=min(KEYS, shape.heads),
        head_dim=SIZE,
        tie_word_embeddings=shape.tied,
        max_position_embeddings=4096,
    )


def flops(shape: Shape, record: Tokenized) -> float:
    """What training on one record needs."""
    wide, keys = shape.heads * SIZE, min(KEYS, shape.heads) * SIZE
    sides = [
        *[(shape.hidden, wide), (shape.hidden, keys), (shape.hidden, keys), (wide, shape.hidden)],
        *[(shape.hidden, shape.inner)] * 2,
        (shape.inner, shape.hidden),
    ]
    base = shape.layers * sum(a * b for a, b in sides)
    lora = shape.layers * RANK * sum(a + b for a, b in sides)
    length = len(record.input_ids)
    places = sum(label != IGNORED for label in record.labels)
    attention = shape.layers * 6 * wide * length**2
    return length * (4 * base + 6 * lora) + 4 * places * shape.hidden * VOCABULARY + attention


def records(count: int, seed: int, longest: int = 1024) -> list[Tokenized]:
    """Random records of at least an eighth of the longest."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        ids = [draw.randrange(1000, VOCABULARY) for _ in range(draw.randint(longest // 8, longest))]
        half = len(ids) // 2
        labels = (*[IGNORED] * half, *ids[half:])
        made.append(Tokenized(input_ids=tuple(ids), labels=labels))
    return made


def fresh(shape: Shape, device: str) -> Any:
    """A model with random weights in bfloat16."""
    with torch.device(device), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return transformers.AutoModelForCausalLM.from_config(
            config_of(shape), dtype=torch.bfloat16, attn_implementation="sdpa"
        )


def tokenizer() -> Any:
    """One that is only asked for its padding."""
    raw = Tokenizer(models.WordLevel({"<pad>": 0, "<eos>": 1}, unk_token="<pad>"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token="<eos>",
    )


class Clock(TrainerCallback):  # type: ignore[misc, unused-ignore]
    """When each step ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Wait for the GPU and look at the time."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())


Side = tuple[Clock, list[Tokenized], int]


def ours(shape: Shape, steps: int, folder: Path, device: str) -> Side:
    """Train as ``chorei adapters train`` does."""
    made = records(shape.batch * steps, seed=0, longest=32 if device == "cpu" else 1024)
    config = TrainingConfig(
        base="random", rank=RANK, batch=shape.batch, epochs=1, learning_rate=1e-5, save_every=10**6
    )
    clock = Clock()
    trainer = make_trainer(
        config, fresh(shape, device), tokenizer(), made, (), folder, Monitor(None, patience=0),
        device=device, bfloat16=device == "cuda",
    )  # fmt: skip
    trainer.add_callback(clock)
    with quick(trainer, bfloat16=device == "cuda"):
        trainer.train()
    return clock, made, shape.batch


def plain(shape: Shape, steps: int, folder: Path, device: str) -> Side:
    """Train as TRL does by default."""
    from datasets import Dataset as Table
    from trl import SFTConfig, SFTTrainer

    made = records(8 * steps, seed=0, longest=32 if device == "cpu" else 1024)
    rows = [{"input_ids": list(r.input_ids), "labels": list(r.labels)} for r in made]
    clock = Clock()
    trainer = SFTTrainer(
        model=fresh(shape, device),
        args=SFTConfig(
            output_dir=str(folder),
            use_cpu=device == "cpu",
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
            logging_steps=10,
            num_train_epochs=1,
            learning_rate=1e-5,
            dataset_kwargs={"skip_prepare_dataset": True},
        ),
        train_dataset=Table.from_list(rows),
        processing_class=tokenizer(),
        peft_config=LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear"),
        callbacks=[clock],
    )
    trainer.train()
    return clock, made, 8


def measure(name: str, side: str, steps: int, peak: float, device: str) -> dict[str, Any]:
    """Train one side, and say how fast it was."""
    shape = SHAPES.get(name, TINY)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    with tempfile.TemporaryDirectory() as scratch:
        way = {"chorei": ours, "TRL": plain}[side]
        clock, made, batch = way(shape, steps, Path(scratch), device)
    gc.collect()
    spans = [b - a for a, b in zip(clock.ends[WARM - 1 :], clock.ends[WARM:], strict=False)]
    # Records are drawn in another order for each side, so what they hold is averaged.
    seconds = statistics.mean(spans) / batch
    tokens = statistics.mean(len(record.input_ids) for record in made)
    need = statistics.mean(flops(shape, record) for record in made)
    found: dict[str, Any] = {
        "shape": name,
        "side": side,
        "batch": batch,
        "tokens_per_second": tokens / seconds,
        "tflops": need / seconds / 1e12,
        "mfu": need / seconds / 1e12 / peak,
        "step_ms": [round(1000 * span) for span in spans],
    }
    if device == "cuda":
        found["gib"] = torch.cuda.max_memory_allocated() / 2**30
        torch.cuda.empty_cache()
    return found


def agreement(device: str) -> str:
    """Loss and gradients of one batch, packed with fused operations against PEFT on padded rows."""
    from peft import get_peft_model

    from chorei.adapters.training.batching import SharedPrefixCollator
    from chorei.adapters.training.fused import fused
    from chorei.adapters.training.packing import PackingCollator, use_packed_attention

    torch.manual_seed(0)
    shape = Shape(1024, 3072, 2, 16, tied=True, batch=4)
    lora = LoraConfig(r=RANK, target_modules="all-linear", init_lora_weights=False)
    model = get_peft_model(fresh(shape, device), lora)
    batch = [{"input_ids": list(r.input_ids), "labels": list(r.labels)} for r in records(4, seed=7)]

    def run(inputs: dict[str, Any]) -> tuple[float, torch.Tensor]:
        model.zero_grad()
        given = {k: v.to(device) if torch.is_tensor(v) else v for k, v in inputs.items()}
        labels = given.pop("labels")
        with torch.autocast(device, torch.bfloat16):
            logits = model(**given, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=IGNORED
        )
        loss.backward()
        grads = [p.grad.float().flatten() for p in model.parameters() if p.grad is not None]
        return loss.item(), torch.cat(grads)

    before, reference = run(SharedPrefixCollator(0, share=False)(batch))
    use_packed_attention(model.get_base_model())
    with fused(model), kernels.liger(model):
        after, ours_ = run(PackingCollator()(batch))
    error = ((ours_ - reference).norm() / reference.norm()).item()
    return f"loss {after:.4f} against {before:.4f}; gradients differ by {error:.4f} of their norm"


def main() -> int:
    """Print both sides for each shape; exit code 1 below the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", default="0.6B,4B,8B")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--peak", type=float, default=989.4, help="TFLOP/s of the card, bfloat16")
    parser.add_argument("--sides", default="TRL,chorei")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(torch.cuda.get_device_name() if device == "cuda" else "no GPU", torch.__version__)
    if device == "cuda":
        try:
            print("agreement:", agreement(device), flush=True)
        except Exception:
            traceback.print_exc()
    rows = []
    for name in options.shapes.split(","):
        for side in options.sides.split(","):
            try:
                row = measure(name, side, options.steps, options.peak, device)
            # A shape that does not fit must not hide the others.
            except Exception:
                traceback.print_exc()
                continue
            rows.append(row)
            print(
                f"{name:>5} {side:7} batch {row['batch']:3} {row['tokens_per_second']:9.0f} tok/s"
                f" {row['tflops']:6.1f} TFLOP/s MFU {row['mfu']:6.1%}, {row.get('gib', 0):.1f} GiB,"
                f" ms {row['step_ms']}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    best = [row["mfu"] for row in rows if row["shape"] == "8B" and row["side"] == "chorei"]
    return 0 if not best or best[0] >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
