"""The child process that parses binary formats, under limits of the operating system.

On Windows there are no such limits; there the parent's clock is the only one.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from chorei.retrieval.loading.protocol import REPLY, REQUEST, RefusedError

if sys.platform != "win32":
    import fcntl
    import resource

_PARSERS = {"docx": "word", "html": "webpage", "htm": "webpage", "pdf": "pages", "xlsx": "workbook"}
_IDLE_SECONDS = 60.0
_RECURSION = 3000

Parser = Callable[[bytes, int], dict[str, Any]]


def main() -> None:
    """Answer requests until standard input ends or none has come for a minute."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setrecursionlimit(_RECURSION)
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_FSIZE", 0)
    while _has_work(incoming) and _serve(incoming, outgoing):
        pass


def _has_work(incoming: BinaryIO) -> bool:
    """Wait for a request, but not for ever."""
    if sys.platform == "win32":
        return True
    return bool(select.select([incoming], [], [], _IDLE_SECONDS)[0])


def _serve(incoming: BinaryIO, outgoing: BinaryIO) -> bool:
    """Answer one request; False at the end of the input or when memory has run out."""
    lengths = incoming.read(REQUEST.size)
    if len(lengths) < REQUEST.size:
        return False
    head, body = REQUEST.unpack(lengths)
    request = json.loads(incoming.read(head))
    data = incoming.read(body)
    with _ending_with_the_parent(outgoing):
        reply = _answer(request, data)
    _limit("RLIMIT_AS", None)
    encoded = json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace")
    outgoing.write(REPLY.pack(len(encoded)) + encoded)
    outgoing.flush()
    return reply.get("reason") != "limit"


@contextlib.contextmanager
def _ending_with_the_parent(outgoing: BinaryIO) -> Iterator[None]:
    """Inside, the death of the parent is a signal that ends this process, even in C code.

    The pipe of the replies is empty during an answer and the parent waits at it, so the one
    event that the system can signal is that the parent's end closes. (In the other pipe, the
    signal of the request itself may come when the request has been read already. And
    ``PR_SET_PDEATHSIG`` would follow the thread that started this process, not the parent.)
    Waiting for requests, the end of the input tells.
    """
    if sys.platform == "win32":
        yield
        return
    flags = fcntl.fcntl(outgoing, fcntl.F_GETFL)
    with contextlib.suppress(OSError):
        fcntl.fcntl(outgoing, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(outgoing, fcntl.F_SETFL, flags | os.O_ASYNC)
    yield
    with contextlib.suppress(OSError):
        fcntl.fcntl(outgoing, fcntl.F_SETFL, flags)
    signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    """What the document holds, or why it is refused."""
    try:
        module = importlib.import_module(f"chorei.retrieval.loading.{_PARSERS[request['media']]}")
        parser: Parser = module.parse
        _limit_all(float(request["seconds"]), int(request["memory_mb"]))
        return parser(data, int(request["max_bytes"]))
    except RefusedError as error:
        return {"reason": error.reason, "message": error.message}
    except MemoryError:
        return {"reason": "limit", "message": "parsing it needs more memory than is allowed."}
    except RecursionError:
        return {"reason": "malformed", "message": "its parts are nested too deeply."}
    # Parsers fail in hundreds of ways on broken input, and each is a broken document; the
    # process itself is at risk only from what is handled by limits.
    except Exception as error:
        detail = " ".join(str(error).split())[:200] or type(error).__name__
        return {"reason": "malformed", "message": f"it cannot be read ({detail})."}


def _limit_all(seconds: float, memory_mb: int) -> None:
    """Limits for the next document; the kernel enforces them even inside C code.

    The parent measures the time as well: the timer here is for the case that it is gone.
    """
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)
    _limit("RLIMIT_CPU", int(time.process_time() + seconds) + 1)
    _limit("RLIMIT_AS", _address_space() + memory_mb * 2**20)


def _limit(name: str, soft: int | None) -> None:
    """Set a soft limit, or take it away, where the system has it (macOS refuses some)."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(AttributeError, OSError, ValueError):
        which = getattr(resource, name)
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (hard if soft is None else soft, hard))


def _address_space() -> int:
    """Bytes of address space in use; 1 GiB where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except OSError:
        return 2**30
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
