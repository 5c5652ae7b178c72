"""Twelve ways in which a model server fails, twenty times each, whole answers and streams.

    python benchmarks/faults.py

Bars: every call ends by its deadline, with at most three tries, and with the right error. A fault
that the client survives by trying again does not occur here: the server stays broken.
"""

import argparse
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chorei.adapters.servers import (
    CircuitBreaker,
    Patience,
    ServerChatModel,
    ServerClient,
    dialect_for,
)
from chorei.core import (
    ModelOverloadedError,
    ModelRequestError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
)

# The tests' own server.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "adapters"))

from tgi_fake import FakeTGI

DEADLINE = 3.0
# What a deadline may be missed by on a busy machine: threads that wait for a core.
GRACE = 0.5
TRIES = 3
AT_ONCE = 4

FAULTS = {
    "refused": ModelUnavailableError,
    "reset": ModelUnavailableError,
    "slow_first_byte": ModelTimeoutError,
    "stalled": ModelTimeoutError,
    "overloaded": ModelOverloadedError,
    "validation": ModelRequestError,
    "generation": ModelUnavailableError,
    "incomplete": ModelUnavailableError,
    "malformed": ModelResponseError,
    "wrong_type": ModelResponseError,
    "empty": ModelResponseError,
    "error_in_stream": ModelUnavailableError,
}


def call(address: str, *, stream: bool) -> tuple[str, float]:
    """One call of a model of its own; the name of its error and the seconds it took."""
    patience = Patience(total=DEADLINE, first_byte=1.0, between_bytes=1.0)
    server = ServerClient(address, patience=patience, breaker=CircuitBreaker("the benchmark"))
    model = ServerChatModel(dialect=dialect_for("openai", address), server=server, model="m")
    started = time.perf_counter()
    try:
        if stream:
            list(model.stream("Hello"))
        else:
            model.invoke("Hello")
        outcome = "an answer"
    except Exception as error:  # its type is what is looked at
        outcome = type(error).__name__
    return outcome, time.perf_counter() - started


def run(fault: str, times: int, *, stream: bool) -> bool:
    """One fault many times; prints a line, and whether all bars were kept."""
    with FakeTGI() as server, socket.socket() as closed:
        # Bound and not listening: connections are refused.
        closed.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}"
        address = refused if fault == "refused" else server.address
        server.faults.extend([fault] * times * TRIES * 2)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            calls = list(pool.map(lambda _: call(address, stream=stream), range(times)))
        tries = len(server.posts) / times
    outcomes = Counter(outcome for outcome, _ in calls)
    slowest = max(seconds for _, seconds in calls)
    right = outcomes == {FAULTS[fault].__name__: times}
    kept = right and slowest <= DEADLINE + GRACE and tries <= TRIES
    way = "stream" if stream else "whole"
    named = ", ".join(f"{name} {count}" for name, count in outcomes.items())
    mark = "ok  " if kept else "FAIL"
    print(f"{mark} {fault:16} {way:6} tries {tries:.1f}  slowest {slowest:5.2f} s  {named}")
    return kept


def main() -> int:
    """Run everything; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    print(f"deadline {DEADLINE} s, {times} calls of each, {AT_ONCE} at once")
    kept = [run(fault, times, stream=stream) for fault in FAULTS for stream in (False, True)]
    print(f"{sum(kept)} of {len(kept)} kept every bar")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
