"""The process inside bubblewrap: runs one program in CPython and answers.

Everything here happens behind the namespaces that :mod:`chorei.tools.sandbox.bubblewrap` sets up;
the program may do with this process what it likes. Standard library only.
"""

import ast
import linecache
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from chorei.tools.sandbox.encoding import Output, UnfitResultError, clean, encode, receive, send
else:
    sys.path.append(str(Path(__file__).parent))
    from encoding import Output, UnfitResultError, clean, encode, receive, send

_NAME: Final = "<program>"
_LARGEST_FILE: Final = 2**20
_SPARE_MEMORY: Final = 512 * 2**20
_PROCESSES: Final = 8


def main() -> None:
    """Answer the one request on standard input."""
    channel = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.path.append("/packages")
    request = receive(channel)
    if request is None:
        return
    confine(request)
    output = Output(request["output_bytes"])
    sys.stdout = sys.stderr = output
    reply = answer(request)
    send(channel, {**reply, "output": output.text(), "truncated": output.truncated})
    # Neither exit handlers nor threads of the program get another turn.
    os._exit(0)


def confine(request: dict[str, Any]) -> None:
    """Take hard limits, which a process without capabilities cannot raise again."""
    seconds = int(request["seconds"]) + 1
    for limit, value in (
        (resource.RLIMIT_AS, request["memory_mb"] * 2**20 + _SPARE_MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_NPROC, _PROCESSES),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    sys.setrecursionlimit(request["recursion"])
    # A polite stop, which keeps what was printed; the parent kills what ignores it.
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, request["seconds"])


def _stop(number: int, frame: object) -> None:
    del number, frame
    raise TimeoutError("the time limit was reached")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Run the program and describe what it gave, whatever it raises."""
    source = clean(request["program"])
    linecache.cache[_NAME] = (len(source), None, source.splitlines(keepends=True), _NAME)
    try:
        value = run(source, request["entry"])
        return {
            "value": encode(value, request["output_bytes"]),
            "shown": clean(str(value)),
            "type": type(value).__name__,
        }
    except UnfitResultError as error:
        return {"error": f"ValueError: {error}"}
    except BaseException as error:
        return {"error": clean(_traceback(error))}


def run(source: str, entry: str | None) -> Any:
    """The value of the entry, or of the last statement if that is an expression."""
    tree = ast.parse(source, _NAME)
    last: ast.expr | None = None
    if entry is not None:
        last = ast.parse(entry, "<entry>", mode="eval").body
    elif tree.body and isinstance(tree.body[-1], ast.Expr):
        last = tree.body.pop().value  # type: ignore[attr-defined]
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(compile(tree, _NAME, "exec"), names)  # noqa: S102 - behind the namespaces
    if last is None:
        return None
    return eval(compile(ast.Expression(last), _NAME, "eval"), names)  # noqa: S307 - likewise


def _traceback(error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == _NAME]
    lines = traceback.format_exception_only(error)
    if frames:
        lines = [
            "Traceback (most recent call last):\n",
            *traceback.format_list(frames[-20:]),
            *lines,
        ]
    return "".join(lines).rstrip()


if __name__ == "__main__":
    main()
