"""In-process generation next to plain ``generate()``: tokens/s by batch, and swapping adapters.

python benchmarks/local.py                    the 135M model on the CPU, batch 1 and 8
python benchmarks/local.py --device cuda      a Qwen3-0.6B shape with random weights, batch 1 and
                                              32; --continuous adds transformers' own batching

Every comparison is made in one run on the same prompts, the ways taking turns; the ratio is what
counts. On a CPU that others use too, the ratio per second of processor time is the fair one.
"""

import argparse
import json
import logging
import statistics
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models

from chorei.adapters.local import LoadOptions, LocalEngine, converted
from chorei.adapters.local.references import packaged
from chorei.core import Generation

Way = Callable[[int], int]

PROMPT = 32  # tokens

# Qwen3-0.6B's published config.json.
QWEN3: dict[str, Any] = {
    "vocab_size": 151936,
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": True,
    "eos_token_id": None,
    "pad_token_id": 0,
    "bos_token_id": None,
}


def qwen3(folder: Path) -> Path:
    """A model of Qwen3-0.6B's shape with random weights and a made-up tokenizer."""
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = transformers.AutoModelForCausalLM.from_config(transformers.Qwen3Config(**QWEN3))
    model.to(torch.bfloat16).save_pretrained(folder)
    # Every token writes something, as in a real vocabulary, so that writing costs what it does.
    words = {f"t{number}": number for number in range(QWEN3["vocab_size"])}
    raw = Tokenizer(models.BPE(vocab=words, merges=[]))
    raw.decoder = decoders.ByteLevel()
    transformers.PreTrainedTokenizerFast(tokenizer_object=raw).save_pretrained(folder)
    return folder


def adapter(base: Path, folder: Path, dtype: torch.dtype) -> Path:
    """A LoRA of rank 16 on all linear layers, with random weights."""
    config = LoraConfig(
        r=16, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = get_peft_model(
            transformers.AutoModelForCausalLM.from_pretrained(base, dtype=dtype), config
        )
    model.save_pretrained(folder)
    return folder


def with_engine(
    engine: LocalEngine, prompts: list[list[int]], new: int, adapters: list[str | None]
) -> int:
    """Tokens that the engine wrote for prompts asked at the same time."""

    def one(prompt: list[int], name: str | None) -> int:
        settings = Generation(max_new_tokens=new, temperature=0.0)
        request = replace(
            engine.request(prompt, settings, adapter=name), stop_tokens=frozenset[int]()
        )
        for _ in engine.stream(request):
            pass
        return len(request.tokens)

    with ThreadPoolExecutor(len(prompts)) as pool:
        return sum(pool.map(one, prompts, adapters))


def with_generate(model: Any, prompts: list[list[int]], new: int) -> int:
    """Tokens that plain ``generate()`` wrote."""
    tokens = torch.tensor(prompts, device=model.device)
    written = model.generate(
        tokens,
        attention_mask=torch.ones_like(tokens),
        max_new_tokens=new,
        min_new_tokens=new,
        do_sample=False,
    )
    return sum(map(len, written[:, tokens.shape[1] :].tolist()))


def with_continuous_batching(model: Any, prompts: list[list[int]], new: int) -> int:
    """Tokens that transformers' own continuous batching wrote."""
    config = transformers.GenerationConfig(max_new_tokens=new, do_sample=False, eos_token_id=-1)
    outputs = model.generate_batch(
        inputs=prompts,
        generation_config=config,
        progress_bar=False,
        # Its cache and captures are made at the first call, and kept, as the engine keeps its own.
        persistent_manager=True,
    )
    return sum(len(output.generated_tokens) for output in outputs.values())


class Comparison:
    """Ways to generate, measured in turns, with what came of it.

    Args:
        options: The command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.found: dict[str, Any] = {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
            "device": options.device,
            "threads": options.threads,
            "new": options.new,
            "prompt": PROMPT,
        }
        if options.device.startswith("cuda"):
            self.found["device"] = torch.cuda.get_device_name()
        self.new: int = options.new
        self._options = options
        self._end = time.monotonic() + options.seconds

    def run(self, name: str, ways: dict[str, Way]) -> None:
        """Measure ways in turns and print tokens/s of each next to the first."""
        rates: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        # The first round sets things up and does not count.
        for new in (min(8, self._options.new), *[self._options.new] * self._options.rounds):
            for way in list(rates):
                rate = self._rate(f"{name}, {way}", ways[way], new)
                if rate is None:
                    del rates[way]
                else:
                    rates[way].append(rate)
        print(name, flush=True)
        base: tuple[float, float] | None = None
        for way, measured in rates.items():
            clock, processor = (statistics.median(rate) for rate in zip(*measured[1:], strict=True))
            base = base or (clock, processor)
            print(
                f"  {way}: {clock:.1f} tokens/s ({clock / base[0]:.2f}),"
                f" {processor:.1f} per processor second ({processor / base[1]:.2f})",
                flush=True,
            )
            self.found[f"{name}, {way}"] = {"tokens/s": clock, "tokens/processor s": processor}
        self.save()

    def save(self) -> None:
        """Write what was found so far."""
        if self._options.json:
            self._options.json.write_text(json.dumps(self.found, indent=1) + "\n")

    def _rate(self, name: str, way: Way, new: int) -> tuple[float, float] | None:
        """Tokens per second and per second of processor time; None if it failed."""
        if time.monotonic() > self._end:
            self.found[name] = "no time left"
            return None
        begun, used = time.perf_counter(), time.process_time()
        try:
            written = way(new)
        except Exception as error:
            traceback.print_exc()
            self.found[name] = f"failed: {error!r}"
            return None
        return written / (time.perf_counter() - begun), written / (time.process_time() - used)


def compare(comparison: Comparison, engine: LocalEngine, model: Any, batch: int) -> None:
    """Measure all ways at one batch size."""
    prompts = [[100 + row * 7 + place for place in range(PROMPT)] for row in range(batch)]
    mixed = [(None, "a", "b")[row % 3] for row in range(batch)]

    def through_engine(names: list[str | None]) -> Way:
        return lambda new: with_engine(engine, prompts, new, names)

    ways: dict[str, Way] = {
        "generate()": lambda new: with_generate(model, prompts, new),
        "engine": through_engine([None] * batch),
        "engine, one adapter": through_engine(["a"] * batch),
    }
    if batch > 1:
        ways["engine, base and 2 adapters"] = through_engine(mixed)
    comparison.run(f"batch {batch}", ways)


def continuous(comparison: Comparison, model: Any, batch: int) -> None:
    """Measure transformers' own continuous batching at one batch size."""
    prompts = [[100 + row * 7 + place for place in range(PROMPT)] for row in range(batch)]
    # Sized by its first call, which is therefore as long as the others.
    way: Way = lambda _: with_continuous_batching(model, prompts, comparison.new)  # noqa: E731
    try:
        comparison.run(f"batch {batch}, continuous batching", {"generate_batch()": way})
    finally:
        model.destroy_cached_continuous_batching_manager()


def switching(comparison: Comparison, engine: LocalEngine, folder: Path) -> None:
    """Measure what it costs to choose another adapter, and to load one while chats run."""
    prompt = [[100, 101, 102]]

    def median(names: list[str | None]) -> float:
        times = []
        for name in names:
            begun = time.perf_counter()
            engine.logits(prompt, [name])
            times.append(time.perf_counter() - begun)
        return statistics.median(times) * 1000

    median(["a", "b"] * 3)
    kept, switched = median(["a"] * 20), median(["a", "b"] * 10)
    print(f"switching an adapter: {switched - kept:.2f} ms ({switched:.1f} against {kept:.1f} ms)")
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        engine.load_adapter(folder, "a")
        times.append(time.perf_counter() - begun)
    replaced = statistics.median(times) * 1000
    print(f"replacing an adapter: {replaced:.0f} ms")
    comparison.found |= {"switching ms": switched - kept, "replacing ms": replaced}
    comparison.save()


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--new", type=int, help="tokens to write; 32 on a CPU, 128 on a GPU")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=300, help="begin nothing after this time")
    parser.add_argument("--json", type=Path, help="file for the results")
    parser.add_argument(
        "--continuous", action="store_true", help="also transformers' continuous batching (GPU)"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    gpu = options.device.startswith("cuda")
    options.new = options.new or (128 if gpu else 32)
    torch.set_num_threads(options.threads)
    comparison = Comparison(options)
    with tempfile.TemporaryDirectory() as scratch:
        base = qwen3(Path(scratch) / "base") if gpu else converted(packaged())
        dtype = torch.bfloat16 if gpu else torch.float32
        made = adapter(base, Path(scratch) / "adapter", dtype)
        engine = LocalEngine.open(
            str(base), LoadOptions(device=options.device, threads=options.threads, batch=32)
        )
        for name in ("a", "b"):
            engine.load_adapter(made, name)
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=dtype)
        model.to(options.device).eval()
        batches = (1, 32 if gpu else 8)
        for batch in batches:
            compare(comparison, engine, model, batch)
        switching(comparison, engine, made)
        LocalEngine.close_all()
        for batch in reversed(batches) if options.continuous else ():
            continuous(comparison, model, batch)


if __name__ == "__main__":
    main()
