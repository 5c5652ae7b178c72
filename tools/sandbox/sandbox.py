"""The sandbox: runs a program that a language model wrote and returns its typed value."""

import re
import time
import weakref
from types import TracebackType
from typing import Any, Final, Self

from chorei.tools.sandbox.bubblewrap import GRACE, Bubblewrap
from chorei.tools.sandbox.limits import Limits
from chorei.tools.sandbox.pool import Pool
from chorei.tools.sandbox.process import GoneError
from chorei.tools.sandbox.result import MalformedReplyError, ProgramResult, result_from

LONGEST: Final = 100_000
"""Characters of the longest program that is run."""
_ENTRY: Final = re.compile(r"[^\W\d]\w*(?:\(\))?")
_ADVICE: Final = (
    "The sandbox runs a part of Python. Rewrite the program with plain functions, arithmetic, "
    "lists and dicts; of the modules math, decimal, datetime, itertools, functools, collections, "
    "re and json are there."
)


class Sandbox:
    """Runs programs in separate processes that hold nothing worth stealing. Thread-safe.

    A program runs in Monty, a Python interpreter in Rust that has no files, network, processes or
    environment, inside a worker process that the parent can kill. What Monty lacks runs in CPython
    inside bubblewrap, if ``bwrap`` is installed and works, and the program imports nothing but
    computing modules; else the result says what is missing. docs/sandbox.md lists what this
    protects against and what not. Nothing is carried from one call to the next.

    Args:
        limits: The most that any program may use.
        workers: Programs that may run at the same moment; further calls wait.
        bubblewrap: Whether CPython in bubblewrap may run what Monty cannot.

    Raises:
        SandboxError: From :meth:`run`, if the sandbox itself cannot work. A program that fails
            is a result with an ``error``.
    """

    def __init__(
        self, *, limits: Limits | None = None, workers: int = 2, bubblewrap: bool = True
    ) -> None:
        self.limits = limits or Limits()
        self._pool = Pool(workers, self.limits.memory_mb)
        self._fallback = bubblewrap
        self._finalizer = weakref.finalize(self, self._pool.close)

    def run(
        self, program: str, *, entry: str | None = None, limits: Limits | None = None
    ) -> ProgramResult:
        """Run a program and return its value.

        Args:
            program: Python source text.
            entry: ``"solution()"`` to call a function without arguments after the program,
                ``"ans"`` to read a variable (any names), or None for the value of the last
                statement if that is an expression.
            limits: Limits of this call; those of the sandbox hold as well.

        Raises:
            SandboxError: The sandbox cannot start or is closed.
            ValueError: ``entry`` is neither a name nor a call without arguments.
        """
        if entry is not None and not _ENTRY.fullmatch(entry):
            raise ValueError(f"not a name or a call without arguments: {entry!r}")
        bounds = self.limits if limits is None else limits.within(self.limits)
        started = time.monotonic()
        if len(program) > LONGEST:
            error = f"ValueError: the program is longer than {LONGEST:,} characters"
            return ProgramResult(error=error)
        request = {"program": program, "entry": entry, **bounds.model_dump()}
        result, lacking = self._in_monty(request, bounds)
        if not lacking:
            return result
        fallback = Bubblewrap.find() if self._fallback and lacking == "computing" else None
        if fallback is None:
            return result.model_copy(update={"error": f"{result.error}\n{_ADVICE}"})
        left = max(bounds.seconds - (time.monotonic() - started), 0.1)
        return fallback.execute(
            program, entry=entry, limits=bounds.model_copy(update={"seconds": left})
        )

    def _in_monty(self, request: dict[str, Any], bounds: Limits) -> tuple[ProgramResult, str]:
        """The result, and why CPython may be able to do what Monty was not, if so.

        The reason is ``computing`` or, for a program that wants more than to compute, ``reaching``.
        """
        started = time.monotonic()
        try:
            with self._pool.worker() as worker:
                started = time.monotonic()
                reply = worker.ask(request, started + bounds.seconds + GRACE)
                seconds = time.monotonic() - started
                result = result_from(reply, seconds=seconds, engine="monty")
        except TimeoutError:
            error = f"TimeoutError: stopped after {bounds.seconds:g} s"
        except (GoneError, MalformedReplyError):
            error = "RuntimeError: the program brought its process down (memory or stack)"
        else:
            return result, str(reply.get("lacking") or "")
        return ProgramResult(error=error, seconds=time.monotonic() - started), ""

    def close(self) -> None:
        """Stop the worker processes. May be called twice."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
