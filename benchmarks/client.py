"""What our client of model servers costs next to a bare HTTP call, and 200 streams at once.

    python benchmarks/client.py

A server that answers at once runs in a process of its own; calls alternate between the clients, so
that all see the same machine. Bars: at most 5 ms more than bare httpx for an answer and for the
first token (p50), and 200 streams at once without an error.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from langchain_core.language_models import BaseChatModel

from chorei.adapters import chat_model

# The tests' own server.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "adapters"))

QUESTION = "How many days of leave do employees get?"
BODY = {"model": "m", "messages": [{"role": "user", "content": QUESTION}]}
USAGE = {"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29}
TOKENS = 20
BAR_MS = 5.0


def serve(pause: float) -> None:
    """Answer until standard input is closed."""
    from tgi_fake_http import Exchange, FakeServer

    async def answer(exchange: Exchange) -> None:
        head = {"id": "x", "created": 1, "model": "m", "system_fingerprint": "x"}
        if exchange.method == "GET":
            await exchange.send_json(200, {"data": [{"id": "m"}]})
        elif not exchange.body.get("stream"):
            message = {"role": "assistant", "content": "Twelve days."}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            await exchange.send_json(200, {**head, "choices": [choice], "usage": USAGE})
        else:
            await exchange.start()
            for number in range(TOKENS):
                choice = {"index": 0, "delta": {"role": "assistant", "content": f"{number} "}}
                await exchange.event({**head, "choices": [choice]})
                await asyncio.sleep(pause)
            await exchange.event({**head, "choices": [], "usage": USAGE})
            await exchange.event("[DONE]")
            await exchange.end()

    with FakeServer(answer) as server:
        print(server.address, flush=True)
        sys.stdin.read()


@contextmanager
def server(pause: float) -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    command = [sys.executable, __file__, "--serve", str(pause)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


def milliseconds(call: Callable[[], object]) -> float:
    """Wall time of one call, or until the moment that it returns."""
    started = time.perf_counter()
    returned = call()
    ended = returned if isinstance(returned, float) else time.perf_counter()
    return (ended - started) * 1e3


def compare(what: str, calls: dict[str, Callable[[], object]], times: int) -> bool:
    """Run the calls in turn and print each one's times; whether ours keeps to the bar."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for round_ in range(times + 10):
        for name, call in calls.items():
            spent = milliseconds(call)
            # The first rounds open connections and warm caches.
            if round_ >= 10:
                taken[name].append(spent)
    bare = statistics.median(taken["bare httpx"])
    print(f"\n{what}, {times} calls each")
    for name, values in taken.items():
        middle, high = statistics.median(values), sorted(values)[int(len(values) * 0.95)]
        print(
            f"  {name:24} p50 {middle:7.2f} ms  p95 {high:7.2f} ms  over bare {middle - bare:+.2f}"
        )
    return statistics.median(taken["chorei"]) - bare <= BAR_MS


def first(model: BaseChatModel) -> float:
    """The moment of the first token of a stream, which is then left."""
    stream = model.stream(QUESTION)
    next(chunk for chunk in stream if chunk.text)
    came = time.perf_counter()
    stream.close()  # type: ignore[attr-defined]
    return came


def bare_first(client: httpx.Client, url: str) -> float:
    """The same with nothing but httpx."""
    with client.stream("POST", url, json={**BODY, "stream": True}) as response:
        next(json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: {"))
        return time.perf_counter()


def openai_model(address: str) -> BaseChatModel:
    """LangChain's own client of OpenAI, for comparison."""
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(base_url=f"{address}/v1", api_key="x", model="m", stream_usage=True)  # type: ignore[arg-type]


def streams(model: BaseChatModel, count: int) -> bool:
    """Read many streams at once, from one event loop and from as many threads."""

    async def one() -> str:
        return "".join([str(chunk.text) async for chunk in model.astream(QUESTION)])

    async def many() -> list[str | BaseException]:
        return await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)

    def blocking(_: int) -> str:
        try:
            return "".join(str(chunk.text) for chunk in model.stream(QUESTION))
        except Exception as error:  # counted, whatever it is
            return repr(error)

    whole = "".join(f"{number} " for number in range(TOKENS))
    good = True
    for way in ("one event loop", f"{count} threads"):
        started = time.perf_counter()
        if way == "one event loop":
            texts: list[str | BaseException] = asyncio.run(many())
        else:
            with ThreadPoolExecutor(count) as pool:
                texts = list(pool.map(blocking, range(count)))
        failed = [text for text in texts if text != whole]
        spent = time.perf_counter() - started
        print(f"  {count} streams, {way}: {len(failed)} failed, {spent:.2f} s", *failed[:1])
        good = good and not failed
    return good


def main() -> int:
    """Run everything; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        serve(arguments.serve)
        return 0
    with server(0.0) as address, httpx.Client(trust_env=False) as client:
        url = f"{address}/v1/chat/completions"
        ours, theirs = chat_model(f"openai:{address}/v1/m"), openai_model(address)
        answered = compare(
            "Answer in one piece",
            {
                "bare httpx": lambda: client.post(url, json=BODY).json(),
                "chorei": lambda: ours.invoke(QUESTION),
                "langchain_openai": lambda: theirs.invoke(QUESTION),
            },
            arguments.times,
        )
        begun = compare(
            "First token of a stream",
            {
                "bare httpx": lambda: bare_first(client, url),
                "chorei": lambda: first(ours),
                "langchain_openai": lambda: first(theirs),
            },
            arguments.times,
        )
    print("\nMany at once")
    with server(0.05) as address:
        together = streams(chat_model(f"openai:{address}/v1/m"), arguments.streams)
    return 0 if answered and begun and together else 1


if __name__ == "__main__":
    sys.exit(main())
