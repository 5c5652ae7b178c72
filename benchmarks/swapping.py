"""Adapters side by side on the 135M model: equal to separate runs, switched at once, swapped live.

python benchmarks/swapping.py [--threads 2] [--swaps 100]

Bars: a mixed batch of the base and two adapters gives the logits of separate runs to 1e-5 (of the
largest logit); choosing another adapter costs under 5 ms; 100 adapters are replaced while four
chats run, and no answer is anything but the old or the new one. The exit code is 1 if one is
missed.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from local import adapter

from chorei.adapters.local import LoadOptions, LocalEngine, converted
from chorei.adapters.local.references import packaged
from chorei.core import Generation

PROMPTS = (
    "What is the capital of France?",
    "Nhân viên được nghỉ phép bao nhiêu ngày?",
    "Name a colour.",
    "How do I get my travel expenses back, and by when must I hand in the form?",
)
NEW = 6


def mixed(engine: LocalEngine) -> float:
    """Largest difference of the logits of a mixed batch from those of separate runs, relative."""
    prompts = [engine.encode(text) for text in PROMPTS]
    names = [None, "a", "b", None]
    together = engine.logits(prompts, names)
    apart = 0.0
    for row, (prompt, name) in enumerate(zip(prompts, names, strict=True)):
        alone = engine.logits([prompt], [name])[0]
        apart = max(apart, float((together[row] - alone).abs().max() / alone.abs().max()))
    return apart


def switching(engine: LocalEngine, rounds: int = 30) -> float:
    """Milliseconds that a step takes longer where it follows one of another adapter (median)."""
    prompt = [engine.encode(PROMPTS[0])]

    def step(name: str) -> float:
        begun = time.perf_counter()
        engine.logits(prompt, [name])
        return (time.perf_counter() - begun) * 1000

    step("a")
    # In turn, so that a busy machine slows both alike.
    kept, switched = [], []
    for _ in range(rounds):
        kept.append(step("a"))
        switched.append(step("b"))
        kept.append(step("b"))
        switched.append(step("a"))
    return statistics.median(switched) - statistics.median(kept)


def write(engine: LocalEngine, name: str | None) -> tuple[int, ...]:
    """The tokens of one greedy answer."""
    request = engine.request(
        engine.encode(PROMPTS[0]), Generation(max_new_tokens=NEW, temperature=0), adapter=name
    )
    request.stop_tokens = frozenset()
    for _ in engine.stream(request):
        pass
    return tuple(request.tokens)


def swaps(engine: LocalEngine, folders: list[Path], count: int) -> tuple[int, int, float]:
    """Answers written while an adapter is replaced so often, wrong ones, and median swap in ms."""
    expected = set()
    for folder in folders:
        engine.load_adapter(folder, "live")
        expected.add(write(engine, "live"))
    plain = write(engine, None)
    done = threading.Event()

    def chat(name: str | None) -> list[tuple[int, ...]]:
        answers = []
        while not done.is_set():
            answers.append(write(engine, name))
        return answers

    times = []
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(chat, name) for name in ("live", "live", "live", None)]
        try:
            for number in range(count):
                begun = time.perf_counter()
                engine.load_adapter(folders[number % 2], "live")
                times.append(time.perf_counter() - begun)
        finally:
            done.set()
        *live, base = [run.result() for run in running]
    answers = [answer for one in live for answer in one]
    wrong = sum(answer not in expected for answer in answers)
    wrong += sum(answer != plain for answer in base)
    return len(answers) + len(base), wrong, statistics.median(times) * 1000


def main() -> int:
    """Run the three, and print each with its bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--swaps", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as scratch:
        base = converted(packaged())
        folders = []
        for seed, name in enumerate(("a", "b")):
            torch.manual_seed(seed)
            folders.append(adapter(base, Path(scratch) / name, torch.float32))
        engine = LocalEngine.open(str(base), LoadOptions(threads=options.threads))
        for folder in folders:
            engine.load_adapter(folder, folder.name)
        apart, milliseconds = mixed(engine), switching(engine)
        written, wrong, replaced = swaps(engine, folders, options.swaps)
        LocalEngine.close_all()
    met = {
        f"mixed batch: {apart:.1e} of the largest logit from separate runs": apart <= 1e-5,
        f"switching an adapter: {milliseconds:.2f} ms": milliseconds < 5,
        f"{options.swaps} swaps ({replaced:.0f} ms each, median) under {written} answers:"
        f" {wrong} wrong": wrong == 0,
    }
    for figure, good in met.items():
        print(f"{'met   ' if good else 'MISSED'} {figure}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
