"""The killable child process that parses binary formats, seen from the parent."""

import atexit
import contextlib
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from pydantic import ValidationError

from chorei.core import (
    DocumentError,
    DocumentTooLargeError,
    EmptyDocumentError,
    EncryptedDocumentError,
    Frozen,
    MalformedDocumentError,
    ParserLimitError,
)
from chorei.retrieval.loading.parsed import Limits
from chorei.retrieval.loading.protocol import REPLY, REQUEST, Reason

# What a dynamic linker needs where libraries are not in the usual places.
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# A reply may be larger than the document: text is stored packed in most formats.
_REPLY_SLACK = 2**20

# The package is entered past its `__init__`, and found without site-packages' hooks, so that
# the child imports only what it parses with.
_BOOTSTRAP = """
import json, sys, types
sys.path[:] = json.loads(sys.argv[2])
for name in "chorei", "chorei.retrieval", "chorei.retrieval.loading":
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = sys.argv[1:2] if name.endswith("loading") else []
from chorei.retrieval.loading.worker import main
main()
"""


class Sheet(Frozen):
    """One sheet of a workbook, its cells as text."""

    name: str
    rows: tuple[tuple[str, ...], ...]


class Converted(Frozen):
    """What the child made of a document, or why it refused it.

    Attributes:
        reason: Why it was refused, else None.
        message: The refusal in one sentence.
        title: The title in the document's properties.
        date: The date in them.
        pages: Text as Markdown, by page where there are pages.
        sheets: Tables of a workbook.
    """

    reason: Reason | None = None
    message: str = ""
    title: str = ""
    date: dt.date | None = None
    pages: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()


_ERRORS: dict[Reason, tuple[type[DocumentError], str]] = {
    "encrypted": (EncryptedDocumentError, "Save a copy without a password and add that."),
    "empty": (EmptyDocumentError, ""),
    "limit": (ParserLimitError, "Raise parse_seconds or parse_memory_mb, or split it."),
    "malformed": (MalformedDocumentError, "Open it in its own program and save it again."),
    "too large": (DocumentTooLargeError, "Split it, or raise max_file_bytes in the settings."),
}


class Converter:
    """Runs the child: starts it when it is first needed, and again after it was killed.

    One document at a time; threads wait for each other. The child ends with this process, and
    by itself after a minute without work.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child, if one runs; the next document starts another."""
        with self._lock:
            self._stop()

    def convert(self, data: bytes, *, media: str, name: str, limits: Limits) -> Converted:
        """The contents of a document of a binary format.

        Raises:
            DocumentError: It is refused; which subclass says why.
        """
        request = limits.model_dump() | {"media": media}
        with self._lock:
            reply = self._exchange(json.dumps(request).encode(), data, name, limits)
        try:
            converted = Converted.model_validate_json(reply)
        except ValidationError:
            raise _refusal(name, "malformed", "it makes the parser answer nonsense.") from None
        if converted.reason:
            raise _refusal(name, converted.reason, converted.message)
        return converted

    def _exchange(self, head: bytes, data: bytes, name: str, limits: Limits) -> bytes:
        """Send a request and wait for the reply; a child that failed is gone afterwards."""
        fresh = self._process is None
        expired = threading.Event()
        try:
            with _killing_after(limits.seconds, self._started(), expired):
                reply = self._ask(head, data, 4 * limits.max_bytes + _REPLY_SLACK)
        except (EOFError, BrokenPipeError):
            code = self._stop(patience=5.0)
            if fresh or code != 0 or expired.is_set():
                raise _failure(name, code, expired.is_set(), limits) from None
            # It had ended for want of work; that is not this document's fault.
            return self._exchange(head, data, name, limits)
        except BaseException:
            self._stop()
            raise
        if expired.is_set():
            self._stop()
        if reply is None:
            self._stop()
            raise _refusal(name, "too large", "its text is above the limit.")
        return reply

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            folder = Path(__file__).parent
            paths = [str(Path(path).absolute()) for path in sys.path if path]
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "-B",
                    "-c",
                    _BOOTSTRAP,
                    str(folder),
                    json.dumps(paths),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={"LC_ALL": "C.UTF-8"} | {k: os.environ[k] for k in _KEPT if k in os.environ},
            )
        return self._process

    def _ask(self, head: bytes, data: bytes, longest: int) -> bytes | None:
        """One request and its reply, None if that is longer than ``longest``."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(REQUEST.pack(len(head), len(data)) + head)
        process.stdin.write(data)
        process.stdin.flush()
        (length,) = REPLY.unpack(_exactly(process.stdout, REPLY.size))
        return _exactly(process.stdout, length) if length <= longest else None

    def _stop(self, *, patience: float = 0.0) -> int:
        """End the child, and say with which code it ended.

        Args:
            patience: Seconds to wait for a child that is ending by itself.
        """
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        process.kill()
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return code

    def _forget(self) -> None:
        """In a forked process: the child is the parent's, so use another one."""
        self.__init__()  # type: ignore[misc]


@contextlib.contextmanager
def _killing_after(
    seconds: float, process: subprocess.Popen[bytes], expired: threading.Event
) -> Iterator[None]:
    """Kill the process when the time is over; ``expired`` tells that this has happened."""

    def kill() -> None:
        expired.set()
        process.kill()

    watch = threading.Timer(seconds, kill)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _refusal(name: str, reason: Reason, message: str) -> DocumentError:
    error, hint = _ERRORS[reason]
    return error(name, message, hint=hint)


def _failure(name: str, code: int, expired: bool, limits: Limits) -> DocumentError:
    """Why the child ended without a reply."""
    if expired or -code in (signal.SIGXCPU, signal.SIGALRM):
        return _refusal(name, "limit", f"parsing it takes longer than {limits.seconds:g} s.")
    if -code == signal.SIGKILL:
        return _refusal(name, "limit", "the parser was killed, for lack of memory most likely.")
    return _refusal(name, "malformed", f"it crashes the parser (exit code {code}).")


shared = Converter()
atexit.register(shared.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared._forget)
