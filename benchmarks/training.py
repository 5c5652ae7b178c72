"""Training throughput next to plain SFTTrainer on the same records, in one run.

Both sides train LoRA of rank 16 on all linear layers, on the same records with loss on the answers,
for the same number of epochs with the same batch and learning rate. The plain side is what TRL
does by default with the model's name and a conversational data set (on a CPU it wants
``use_cpu=True``), but for two things: the order of the records is ours on both sides, so that
their losses compare step by step, and where the processor only emulates bfloat16, TRL's default
on every device, it computes in float32, which favours it many times over. Ours chooses the same
precision by itself, keeps no activations to recompute, and computes what all records begin with
once per batch.

The losses are compared at equal tokens: after the same records, epoch by epoch.

    python benchmarks/training.py [--terms 8] [--epochs 2] [--threads 2]
"""

import argparse
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

from chorei.adapters.records import Dataset, from_glossary, glossary, prepare
from chorei.adapters.training import TrainingConfig, identify, tokenize, train
from chorei.adapters.training.base import bfloat16_pays

TERMS = Path(__file__).resolve().parents[1] / "examples" / "records" / "chorei-terms.csv"
BAR = 1.5


# A rounding error grows with each step, as each goes on from the one before.
SAME = 0.02


def plain(
    dataset: Dataset, config: TrainingConfig, folder: Path
) -> tuple[float, float, list[float]]:
    """Wall-clock seconds, processor seconds and the loss of each step of plain SFTTrainer."""
    from datasets import Dataset as Table
    from peft import LoraConfig
    from transformers import AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    # Labels as ours, so that the losses compare: TRL's own would also learn the template's line
    # break behind each answer.
    found = identify(config.base).folder
    tokenizer = AutoTokenizer.from_pretrained(found)
    rows = [tokenize(record, tokenizer) for record in dataset.train]
    table = Table.from_list(
        [{"input_ids": list(row.input_ids), "labels": list(row.labels)} for row in rows]
    )
    trainer = SFTTrainer(
        model=found,
        args=SFTConfig(
            output_dir=str(folder),
            use_cpu=True,
            bf16=bfloat16_pays("cpu"),
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
            logging_steps=1,
            num_train_epochs=config.epochs,
            per_device_train_batch_size=config.batch,
            learning_rate=config.learning_rate,
            seed=config.seed,
            data_seed=config.seed,
        ),
        train_dataset=table,
        peft_config=LoraConfig(r=config.rank, lora_alpha=config.alpha, target_modules="all-linear"),
    )
    began, busy = time.monotonic(), time.process_time()
    trainer.train()
    spent, used = time.monotonic() - began, time.process_time() - busy
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return spent, used, losses


def epochs(losses: list[float], count: int) -> list[float]:
    """The mean loss of each epoch."""
    size = len(losses) // count
    return [sum(losses[n * size : (n + 1) * size]) / size for n in range(count)]


def main() -> int:
    """Print both sides; exit code 1 below the bar, or where the losses part."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--terms", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--base", default="smollm2")
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    warnings.simplefilter("ignore")
    entries = glossary(TERMS.read_text(encoding="utf-8"))[: 2 * arguments.terms]
    dataset = prepare(from_glossary(entries))
    config = TrainingConfig(
        base=arguments.base,
        epochs=arguments.epochs,
        schedule="linear",
        warmup=0.0,
        threads=arguments.threads,
    )
    with tempfile.TemporaryDirectory() as scratch:
        ours = train(dataset, config, Path(scratch) / "ours")
        history = json.loads((Path(scratch) / "ours" / "history.json").read_text(encoding="utf-8"))
        wall, used, losses = plain(dataset, config, Path(scratch) / "plain")
    ratio, cpu_ratio = wall / ours.seconds, used / ours.cpu_seconds
    print(f"{len(dataset.train)} records, {ours.tokens} tokens, {arguments.threads} threads")
    print(f"{'':8}{'wall s':>9}{'cpu s':>9}{'tokens/s':>10}")
    for name, seconds, cpu in (("plain", wall, used), ("chorei", ours.seconds, ours.cpu_seconds)):
        print(f"{name:8}{seconds:9.1f}{cpu:9.1f}{ours.tokens / seconds:10.0f}")
    print(f"{'tokens':>8}{'plain loss':>12}{'chorei loss':>13}{'difference':>12}")
    means = [epochs(side, config.epochs) for side in (losses, [e["loss"] for e in history])]
    worst = 0.0
    for number, (theirs, mine) in enumerate(zip(*means, strict=True), start=1):
        apart = mine / theirs - 1
        worst = max(worst, abs(apart))
        seen = ours.tokens * number // config.epochs
        print(f"{seen:8}{theirs:12.4f}{mine:13.4f}{apart:12.2%}")
    print(f"{ratio:.2f} times as fast by the clock, {cpu_ratio:.2f} times per processor second")
    return 0 if ratio >= BAR and worst <= SAME else 1


if __name__ == "__main__":
    sys.exit(main())
