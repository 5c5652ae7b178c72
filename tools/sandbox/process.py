"""One worker process, as its parent sees it."""

import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from chorei.core import SandboxError
from chorei.tools.sandbox.encoding import HEADER

START: Final = 20.0
"""Seconds that a worker may take to start on a busy machine."""
LARGEST_REPLY: Final = 16 * 2**20
_WORKER: Final = Path(__file__).with_name("worker.py")
_LEAVE: Final = 0.5


class GoneError(Exception):
    """The process ended, or wrote something else than a reply."""


class Channel:
    """Messages to and from a child over a socket, each call bounded by a deadline.

    A deadline is a value of ``time.monotonic()``.

    Raises:
        TimeoutError: From both methods, when the deadline passes.
        GoneError: From both methods, when the other side is gone or does not keep to the form.
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def send(self, message: dict[str, Any], deadline: float) -> None:
        """Send one message."""
        data = json.dumps(message).encode()
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            self._socket.sendall(HEADER.pack(len(data)) + data)
        except TimeoutError:
            raise
        except OSError as error:
            raise GoneError(str(error)) from None

    def receive(self, deadline: float) -> dict[str, Any]:
        """Wait for one message."""
        (size,) = HEADER.unpack(self._exactly(HEADER.size, deadline))
        if size > LARGEST_REPLY:
            raise GoneError("the reply is too large")
        try:
            message = json.loads(self._exactly(size, deadline))
        except (ValueError, RecursionError):
            raise GoneError("the reply is not JSON") from None
        if not isinstance(message, dict):
            raise GoneError("the reply is not an object")
        return message

    def _exactly(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            try:
                part = self._socket.recv(min(size - len(data), 262_144))
            except TimeoutError:
                raise
            except OSError as error:
                raise GoneError(str(error)) from None
            if not part:
                raise GoneError("the process ended")
            data += part
        return bytes(data)

    def close(self) -> None:
        """Close this side."""
        self._socket.close()


def spawn(
    command: list[str], *, inherited: tuple[int, ...] = ()
) -> tuple[subprocess.Popen[bytes], Channel]:
    """Start a child in its own session, with an empty environment and one socket.

    Args:
        command: The program and its arguments.
        inherited: Descriptors that the child gets besides the socket.

    Raises:
        SandboxError: It cannot be started.
    """
    ours, theirs = socket.socketpair()
    try:
        process = subprocess.Popen(
            command,
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
            pass_fds=inherited,
        )
    except OSError as error:
        ours.close()
        raise SandboxError(f"The sandbox cannot start a process: {error}.") from error
    finally:
        theirs.close()
    return process, Channel(ours)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and everything in its session's process group, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Worker:
    """A running worker process. Used by one thread at a time.

    Args:
        memory_mb: The most memory that a program may be given, in MiB.

    Raises:
        SandboxError: The worker cannot be started.
    """

    def __init__(self, memory_mb: int) -> None:
        if importlib.util.find_spec("pydantic_monty") is None:
            raise SandboxError(
                "The interpreter for programs, pydantic-monty, is not installed.",
                hint="Install it with: pip install 'pydantic-monty>=1.4,<1.5'",
            )
        command = [sys.executable, "-I", "-X", "utf8", str(_WORKER), str(os.getpid())]
        self._process, self._channel = spawn([*command, str(memory_mb)])
        try:
            self._channel.receive(time.monotonic() + START)
        except (TimeoutError, GoneError) as error:
            self.kill()
            raise SandboxError(f"A worker of the sandbox did not start: {error}.") from error

    @property
    def pid(self) -> int:
        """Process id of the worker, which is also that of its process group."""
        return self._process.pid

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Send a request and wait for the reply.

        Raises:
            TimeoutError: The deadline passed; the worker is of no use any more.
            GoneError: The worker died; likewise.
        """
        self._channel.send(request, deadline)
        return self._channel.receive(deadline)

    def kill(self) -> None:
        """End the worker at once."""
        end(self._process)
        self._channel.close()

    def stop(self) -> None:
        """Let an idle worker leave in order, which also reaps what it started."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LEAVE)
        self.kill()
