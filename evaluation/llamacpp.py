"""A GGUF file run by llama.cpp's server, to see how fast it writes."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

_PROMPT: Final = "A company writes its rules down because"
_WAIT: Final = 120.0


@contextlib.contextmanager
def running(program: str, file: Path, *, threads: int = 1) -> Iterator[str]:
    """A llama-server with this file; its address.

    Args:
        program: The server.
        file: The GGUF file.
        threads: Threads it may use.

    Raises:
        TimeoutError: It does not come up within two minutes.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "-m", str(file), "--host", "127.0.0.1", "--port", str(port)]
    command += ["-c", "2048", "-t", str(threads)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + _WAIT
    try:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{address}/health", timeout=2).status_code == 200:
                    break
            if process.poll() is not None or time.monotonic() > until:
                raise TimeoutError(f"{program} does not serve {file.name}")
            time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def speed_of(program: str, file: Path, *, threads: int = 1, tokens: int = 64) -> float:
    """Tokens per second of one answer, as the server itself measures it."""
    with running(program, file, threads=threads) as address:
        body = {"prompt": _PROMPT, "n_predict": tokens, "ignore_eos": True, "temperature": 0}
        answer = httpx.post(f"{address}/completion", json=body, timeout=_WAIT)
        return float(answer.raise_for_status().json()["timings"]["predicted_per_second"])
