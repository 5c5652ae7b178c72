"""The process that runs programs in Monty, one after another.

Started by :mod:`chorei.tools.sandbox.process` with an empty environment, in a session of its own,
with one socket as standard input and nothing else open. It imports the standard library and
pydantic_monty only, hence the imports of its neighbours by file.
"""

import builtins
import ctypes
import os
import resource
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pydantic_monty as monty

if TYPE_CHECKING:
    from chorei.tools.sandbox.encoding import Output, UnfitResultError, encode, receive, send
    from chorei.tools.sandbox.preparation import only_computes, parsed, prepared
else:
    sys.path.append(str(Path(__file__).parent))
    from encoding import Output, UnfitResultError, encode, receive, send
    from preparation import only_computes, parsed, prepared

_PR_SET_PDEATHSIG: Final = 1
_GRACE: Final = 0.1
_SPARE_MEMORY: Final = 768 * 2**20
_UNSUPPORTED: Final = ("does not yet support", "are not supported", "is not supported")
_LACKING: Final = (
    ModuleNotFoundError,
    ImportError,
    NotImplementedError,
    AttributeError,
    TypeError,
    SyntaxError,
)
_ROUND: Final = """
_builtin_round = round
def round(number, ndigits=None):
    if type(number) is float and type(ndigits) is int and 0 <= ndigits < 300:
        return float(f'{number:.{ndigits}f}')
    return _builtin_round(number, ndigits)
"""
"""Monty 1.4 rounds round(2.675, 2) to 2.68; CPython, and Monty's own format, to 2.67."""


def main() -> None:
    """Answer requests from standard input until it ends."""
    confine(parent=int(sys.argv[1]), memory=int(sys.argv[2]))
    channel = own_channel()
    with monty.Monty(
        min_processes=1, max_processes=1, feed_duration_limit_grace=_GRACE, checkout_timeout=5
    ) as pool:
        with pool.checkout() as session:
            session.feed_run(_ROUND)
        send(channel, {"ready": monty.__version__})
        while (request := receive(channel)) is not None:
            send(channel, answer(pool, request))


def confine(*, parent: int, memory: int) -> None:
    """Take limits on this process and on what it starts, and die with the parent."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (value, value))
    if sys.platform != "linux":
        return
    space = memory * 2**20 + _SPARE_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    # Not SIGKILL: Monty's own process would outlive this one if it is busy. The whole group goes.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _end_with_parent() -> None:
    signal.sigwait({signal.SIGTERM})
    os.killpg(os.getpgrp(), signal.SIGKILL)


def own_channel() -> int:
    """Move the socket away from standard input and leave nothing on descriptors 0, 1 and 2."""
    channel = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    return channel


def answer(pool: monty.Monty, request: dict[str, Any]) -> dict[str, Any]:
    """Run one program in a fresh session and describe what it gave."""
    output = Output(request["output_bytes"])
    program = request["program"]
    tree = parsed(program)
    source = program if tree is None else prepared(program, tree)
    entry = request["entry"]
    reply: dict[str, Any] = {}
    try:
        value = _run(pool, source if entry is None else f"{source}\n{entry}", request, output)
        reply = _described(value, request["output_bytes"])
    except (monty.MontyRuntimeError, monty.MontySyntaxError) as error:
        reply = {"error": error.display("traceback")}
        if tree is not None and _lacks(error):
            reply["lacking"] = "computing" if only_computes(tree) else "reaching"
    except monty.MontyCrashedError as error:
        reason = "TimeoutError: stopped at its time limit" if error.timed_out else "MemoryError"
        reply = {"error": f"{reason} (the interpreter was stopped)"}
    except MemoryError:
        reply = {"error": "MemoryError: the result is too large"}
    return {**reply, "output": output.text(), "truncated": output.truncated}


def _run(pool: monty.Monty, source: str, request: dict[str, Any], output: Output) -> Any:
    limits = monty.ResourceLimits(
        max_feed_duration_secs=request["seconds"],
        max_memory=request["memory_mb"] * 2**20,
        max_recursion_depth=request["recursion"],
        max_total_sleep_secs=0,
        max_suspensions=1000,
    )
    with pool.checkout(limits=limits, assert_message_annotations=False) as session:
        if "round" in source:
            session.feed_run(_ROUND)
        return session.feed_run(source, print_callback=lambda _, text: _discard(output.write(text)))


def _discard(_: int) -> None:
    """Monty wants None back from the function that takes the output."""


def _described(value: Any, limit: int) -> dict[str, Any]:
    if isinstance(value, monty.MontyClassProxy | monty.MontyClassTypeProxy):
        return {"error": f"TypeError: the result is an object of {value.name}, not a plain value"}
    try:
        return {
            "value": encode(value, limit),
            "shown": str(value),
            "type": type(value).__name__,
        }
    except UnfitResultError as error:
        return {"error": f"ValueError: {error}"}


def _lacks(error: monty.MontyError) -> bool:
    """Whether CPython may have what the program missed here."""
    inner = error.exception()
    if isinstance(inner, NameError):
        return any(f"'{name}'" in str(inner) for name in dir(builtins))
    return isinstance(inner, _LACKING) or any(part in str(inner) for part in _UNSUPPORTED)


if __name__ == "__main__":
    main()
