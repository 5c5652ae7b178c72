"""In-process generation next to plain ``generate()``: tokens/s by batch, and swapping adapters.

python benchmarks/local.py                    the 135M model on the CPU, batch 1 and 8
python benchmarks/local.py --device cuda      a Qwen3-0.6B shape with random weights, batch 1 and
                                              32; --continuous adds transformers' own batching

Every comparison is made in one run on the same prompts; the ratio is what counts.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from chorei.adapters.local import LoadOptions, LocalEngine, converted
from chorei.adapters.local.references import packaged
from chorei.core import Generation

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
    """A model of Qwen3-0.6B's shape with random weights and a tokenizer of bytes."""
    model = transformers.AutoModelForCausalLM.from_config(transformers.Qwen3Config(**QWEN3))
    model.to(torch.bfloat16).save_pretrained(folder)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE(vocab={letter: n for n, letter in enumerate(letters)}, merges=[]))
    raw.decoder = decoders.ByteLevel()
    transformers.PreTrainedTokenizerFast(tokenizer_object=raw).save_pretrained(folder)
    return folder


def adapter(base: Path, folder: Path) -> Path:
    """A LoRA of rank 16 on all linear layers, with random weights."""
    config = LoraConfig(
        r=16, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = get_peft_model(transformers.AutoModelForCausalLM.from_pretrained(base), config)
    model.save_pretrained(folder)
    return folder


def with_engine(
    engine: LocalEngine, prompts: list[list[int]], new: int, adapters: list[str | None]
) -> int:
    """Tokens that the engine wrote for prompts asked at the same time."""

    def one(prompt: list[int], name: str | None) -> int:
        request = engine.request(prompt, Generation(max_new_tokens=new), adapter=name)
        request.stop_tokens = frozenset()
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
    return int(written[:, tokens.shape[1] :].numel())


def with_continuous_batching(model: Any, prompts: list[list[int]], new: int) -> int:
    """Tokens that transformers' own continuous batching wrote."""
    config = transformers.GenerationConfig(max_new_tokens=new, do_sample=False, eos_token_id=-1)
    outputs = model.generate_batch(inputs=prompts, generation_config=config, progress_bar=False)
    return sum(len(output.generated_tokens) for output in outputs.values())


def rate(work: Callable[[], int], rounds: int) -> float:
    """Median tokens a second, after one round that does not count."""
    work()
    rates = []
    for _ in range(rounds):
        begun = time.perf_counter()
        written = work()
        rates.append(written / (time.perf_counter() - begun))
    return statistics.median(rates)


def compare(engine: LocalEngine, model: Any, batch: int, options: argparse.Namespace) -> None:
    """Print tokens/s of all ways at one batch size."""
    prompts = [[100 + row * 7 + place for place in range(options.prompt)] for row in range(batch)]
    plain = rate(lambda: with_generate(model, prompts, options.new), options.rounds)
    ways: dict[str, Callable[[], int]] = {
        "engine": lambda: with_engine(engine, prompts, options.new, [None] * batch),
        "engine, one adapter": lambda: with_engine(engine, prompts, options.new, ["a"] * batch),
    }
    if batch > 1:
        names = [(None, "a", "b")[row % 3] for row in range(batch)]
        ways["engine, base and 2 adapters"] = lambda: with_engine(
            engine, prompts, options.new, names
        )
    if options.continuous:
        ways["continuous batching"] = lambda: with_continuous_batching(model, prompts, options.new)
    print(f"batch {batch}: generate() {plain:.1f} tokens/s")
    for name, work in ways.items():
        found = rate(work, options.rounds)
        print(f"  {name}: {found:.1f} tokens/s, {found / plain:.2f} of generate()")


def switching(engine: LocalEngine, folder: Path) -> None:
    """Print what it costs to choose another adapter, and to load one while chats run."""
    prompt = [[100, 101, 102]]

    def median(names: list[str | None]) -> float:
        times = []
        for name in names:
            begun = time.perf_counter()
            engine.logits(prompt, [name])
            times.append(time.perf_counter() - begun)
        return statistics.median(times) * 1000

    median(["a", "b"] * 5)
    kept, switched = median(["a"] * 40), median(["a", "b"] * 20)
    print(f"switching an adapter: {switched - kept:.2f} ms ({switched:.1f} against {kept:.1f} ms)")
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        engine.load_adapter(folder, "a")
        times.append(time.perf_counter() - begun)
    print(f"replacing an adapter: {statistics.median(times) * 1000:.0f} ms")


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--new", type=int, default=48, help="tokens to write")
    parser.add_argument("--prompt", type=int, default=32, help="tokens of the prompt")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--continuous", action="store_true", help="also transformers' continuous batching (GPU)"
    )
    options = parser.parse_args()
    gpu = options.device.startswith("cuda")
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as scratch:
        base = qwen3(Path(scratch) / "base") if gpu else converted(packaged())
        engine = LocalEngine.open(
            str(base), LoadOptions(device=options.device, threads=options.threads, batch=32)
        )
        made = adapter(base, Path(scratch) / "adapter")
        for name in ("a", "b"):
            engine.load_adapter(made, name)
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            base, dtype=torch.bfloat16 if gpu else torch.float32
        )
        model.to(options.device).eval()
        for batch in (1, 32 if gpu else 8):
            compare(engine, model, batch, options)
        switching(engine, made)
        LocalEngine.close_all()


if __name__ == "__main__":
    main()
