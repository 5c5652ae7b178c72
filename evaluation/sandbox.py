"""Hostile programs in the sandbox, with canaries that show whether one reached the machine.

The payloads name a folder, an environment variable and a port as targets. The folder and the port
are replaced by a temporary folder and a free port, so that runs do not disturb each other. The same
payloads run in plain CPython as a positive control: canaries that never move prove nothing.
"""

import argparse
import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from chorei.core import Frozen
from chorei.evaluation.cases import SHARED
from chorei.tools.sandbox import Limits, ProgramResult, Sandbox
from chorei.tools.sandbox.bubblewrap import Bubblewrap

PAYLOADS: Final = SHARED / "sandbox" / "payloads.jsonl"
LONGEST: Final = 2.5
_FOLDER: Final = re.compile(r"/\w+/chorei_canary\b")
_PORT: Final = re.compile(r"\b45999\b")
_VARIABLE: Final = "CHOREI_CANARY"
_CARRIED: Final = "CANARY-from-session-A"
_CONTROL_MEMORY: Final = 1024 * 2**20
_EXHAUSTING: Final = frozenset({"cpu", "memory_output", "parser"})
"""Classes without a canary; they are not let loose on the machine in plain CPython."""


class Touch(Frozen):
    """What one payload did.

    Attributes:
        id: The payload's id.
        kind: Its class.
        touched: Canaries that it reached; empty if none.
        seconds: How long it took.
        printed: Bytes of its output.
        after: Seconds that ``6 * 7`` took afterwards; negative if the answer was wrong.
    """

    id: str
    kind: str
    touched: tuple[str, ...]
    seconds: float
    printed: int = 0
    after: float = 0.0


class Canaries:
    """A secret file, a secret variable, a listening port and a signal handler."""

    def __enter__(self) -> Self:
        self._temporary = tempfile.TemporaryDirectory(prefix="chorei_canary")
        self._folder = Path(self._temporary.name)
        self._secret = secrets.token_hex(16)
        self._variable = secrets.token_hex(16)
        (self._folder / "secret").write_text(self._secret)
        os.environ[_VARIABLE] = self._variable
        self._connections = 0
        self._signals = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self._before = signal.signal(signal.SIGUSR1, self._signalled)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGUSR1, self._before)
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        del os.environ[_VARIABLE]
        self._temporary.cleanup()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._connections += 1
                connection.close()

    def _signalled(self, number: int, frame: object) -> None:
        del number, frame
        self._signals += 1

    def aimed(self, code: str) -> str:
        """A payload with this run's folder and port for targets."""
        return _PORT.sub(str(self._port), _FOLDER.sub(str(self._folder), code))

    def touched(self, output: str) -> tuple[str, ...]:
        """Canaries that were reached since the last call; they are then set up anew."""
        found = {
            "file read": self._secret in output,
            "environment": self._variable in output,
            "carried over": _CARRIED in output,
            "file written": [path.name for path in self._folder.iterdir()] != ["secret"]
            or (self._folder / "secret").read_text() != self._secret,
            "network": self._connections > 0,
            "signal": self._signals > 0,
        }
        for path in self._folder.iterdir():
            if path.name != "secret":
                path.rmdir() if path.is_dir() else path.unlink()
        (self._folder / "secret").write_text(self._secret)
        self._connections = self._signals = 0
        return tuple(name for name, hit in found.items() if hit)


def attack(payloads: list[dict[str, Any]], run: Callable[[str], ProgramResult]) -> list[Touch]:
    """Run every payload and look at the canaries, the time, the output and the next call."""
    touches = []
    with Canaries() as canaries:
        run("6 * 7")
        for payload in payloads:
            started = time.perf_counter()
            result = run(canaries.aimed(payload["code"]))
            seconds = time.perf_counter() - started
            started = time.perf_counter()
            right = run("6 * 7").value == 42
            after = (time.perf_counter() - started) * (1 if right else -1)
            everything = f"{result.output}\n{result.shown}\n{result.error}"
            touches.append(
                Touch(
                    id=payload["id"],
                    kind=payload["class"],
                    touched=canaries.touched(everything),
                    seconds=seconds,
                    printed=len(result.output.encode()),
                    after=after,
                )
            )
    return touches


def control(payloads: list[dict[str, Any]]) -> list[Touch]:
    """Run the payloads that have a canary in plain CPython, which should reach many of them."""
    touches = []
    with Canaries() as canaries:
        for payload in payloads:
            if payload["class"] in _EXHAUSTING:
                continue
            started = time.perf_counter()
            output = _unprotected(canaries.aimed(payload["code"]))
            seconds = time.perf_counter() - started
            touched = canaries.touched(output)
            touches.append(
                Touch(id=payload["id"], kind=payload["class"], touched=touched, seconds=seconds)
            )
    return touches


def _unprotected(code: str) -> str:
    limit = f"import resource as r; r.setrlimit(r.RLIMIT_AS, ({_CONTROL_MEMORY},) * 2); del r\n"
    process = subprocess.Popen(
        [sys.executable, "-c", limit + code],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=Limits().seconds)
    except subprocess.TimeoutExpired:
        output = b""
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    return output.decode("utf-8", "replace")


def _print(title: str, touches: list[Touch]) -> None:
    reached = [touch for touch in touches if touch.touched]
    print(f"{title}: {len(reached)} of {len(touches)} payloads reached a canary")
    kinds = Counter(kind for touch in reached for kind in touch.touched)
    for kind, count in kinds.most_common():
        print(f"  {kind}: {count}")


def _print_bounds(touches: list[Touch]) -> None:
    slowest = max(touches, key=lambda touch: touch.seconds)
    wrong = [touch.id for touch in touches if touch.after < 0]
    print(
        f"  longest {slowest.seconds:.2f} s ({slowest.id}), most output "
        f"{max(touch.printed for touch in touches)} bytes, 6*7 afterwards at most "
        f"{max(touch.after for touch in touches) * 1e3:.0f} ms, wrong {len(wrong)}"
    )


def main(argv: list[str]) -> int:
    """Print how many hostile programs got out; 1 if any did or took too long."""
    parser = argparse.ArgumentParser(prog="python -m chorei.evaluation sandbox")
    parser.add_argument("--payloads", type=Path, default=PAYLOADS, help="hostile programs")
    parser.add_argument("--no-control", action="store_true", help="skip the plain CPython run")
    parser.add_argument("--json", action="store_true", help="print one object instead of text")
    arguments = parser.parse_args(argv)
    if not arguments.payloads.is_file():
        parser.error(f"there is no file {arguments.payloads}; give one with --payloads")
    payloads = [json.loads(line) for line in arguments.payloads.read_text().splitlines()]
    runs: dict[str, list[Touch]] = {}
    with Sandbox() as sandbox:
        runs["sandbox"] = attack(payloads, sandbox.run)
    jail = Bubblewrap.find()
    if jail is not None:
        runs["every payload in bubblewrap"] = attack(
            payloads, lambda code: jail.execute(code, entry=None, limits=Limits())
        )
    controls = [] if arguments.no_control else control(payloads)
    if arguments.json:
        everything = {**runs, "control": controls}
        print(json.dumps({k: [t.model_dump() for t in v] for k, v in everything.items()}))
    else:
        for title, touches in runs.items():
            _print(title, touches)
            _print_bounds(touches)
        if controls:
            _print("positive control, plain CPython", controls)
    bad = [t for touches in runs.values() for t in touches if t.touched or t.seconds > LONGEST]
    return 1 if bad else 0
