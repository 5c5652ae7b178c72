"""How long a program takes in the sandbox, next to other ways of running one.

    python benchmarks/sandbox.py

Nothing but chorei is needed; bubblewrap is measured where it works. Times are wall time of one
call of a PAL program, in milliseconds.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pydantic_monty

from chorei.tools.sandbox import Limits, Sandbox
from chorei.tools.sandbox.bubblewrap import Bubblewrap

PROGRAM = """
def solution():
    price = 4_933_828
    quantity = 16 - 3
    discount = 0.15
    total = round(price * quantity * (1 - discount), 2)
    return total
"""
ENTRY = "solution()"


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each call, sorted."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1e3)
    return sorted(taken)


def show(name: str, taken: list[float]) -> None:
    """Print one row."""
    high = taken[int(len(taken) * 0.95)]
    print(f"{name:44} p50 {statistics.median(taken):8.2f}  p95 {high:8.2f}  max {taken[-1]:8.2f}")


def descriptors() -> int:
    """Open descriptors of this process."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def children(pid: int) -> int:
    """Processes below a process."""
    below = [
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text().split()
    ]
    return len(below) + sum(map(children, below))


def chorei(times: int) -> None:
    """The first call, warm calls, the call after a stopped program, many threads."""
    files, processes = descriptors(), children(os.getpid())
    with Sandbox() as sandbox:
        run = lambda: sandbox.run(PROGRAM, entry=ENTRY)  # noqa: E731
        show("chorei, first call (starts a worker)", timed(run, 1))
        show("chorei, warm", timed(run, times))
        after = []
        for _ in range(5):
            sandbox.run("while True: pass", limits=Limits(seconds=0.1))
            after += timed(run, 1)
        show("chorei, after a stopped program", sorted(after))
        started = time.perf_counter()
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: run(), range(1000)))
        seconds = time.perf_counter() - started
        print(f"chorei, 1,000 calls from 8 threads: {seconds:.2f} s, {1000 / seconds:.0f} a second")
    left = descriptors() - files, children(os.getpid()) - processes
    print(f"left over afterwards: {left[0]} descriptors, {left[1]} processes")


def peers(times: int) -> None:
    """Monty without our worker, CPython in bubblewrap, and CPython without protection."""
    with pydantic_monty.Monty(min_processes=1, max_processes=1) as pool:

        def bare() -> object:
            with pool.checkout() as session:
                return session.feed_run(f"{PROGRAM}\n{ENTRY}")

        show("pydantic-monty alone, no limits", timed(bare, times))
    jail = Bubblewrap.find()
    if jail is not None:
        run = lambda: jail.execute(PROGRAM, entry=ENTRY, limits=Limits())  # noqa: E731
        show("CPython in bubblewrap (the fallback)", timed(run, 20))
    command = [sys.executable, "-I", "-c", f"{PROGRAM}\nprint({ENTRY})"]
    run_unprotected = lambda: subprocess.run(command, capture_output=True, check=True)  # noqa: E731
    show("CPython in a new process, unprotected", timed(run_unprotected, 20))


def main() -> None:
    """Print all rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1000, help="warm calls to measure")
    arguments = parser.parse_args()
    chorei(arguments.calls)
    peers(arguments.calls)


if __name__ == "__main__":
    main()
