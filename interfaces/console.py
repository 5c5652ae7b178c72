"""Where output goes: results to standard output, messages and progress to standard error."""

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

    from chorei.core import ChoreiError

# Wide enough that nothing is wrapped or cropped where a program reads the output.
UNBOUNDED = 10_000

# C0 and C1 control characters but for tab and line feed, and the bidirectional overrides: a
# document must not move the cursor, retitle the window or reverse the text around it.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def prepare_streams() -> None:
    """Makes the standard streams UTF-8 whatever the locale says, and never failing on a character.

    A file name that is not valid UTF-8 reaches Python as lone surrogates, which a strict
    stream refuses to print.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is None or not hasattr(stream, "reconfigure"):
            continue
        utf8 = stream.encoding.lower().replace("-", "") == "utf8"
        if not utf8 or stream.errors == "strict":
            stream.reconfigure(encoding="utf-8", errors="replace")


def silence_broken_pipe() -> None:
    """Sends what is still buffered for a reader that has gone to nowhere.

    Without this, the interpreter prints ``BrokenPipeError`` while it shuts down (Python
    documentation, ``signal``, note on SIGPIPE).
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            os.dup2(nowhere, stream.fileno())


def output() -> "Console":
    """A console on standard output; without a terminal it neither styles nor wraps."""
    return _console(sys.stdout)


def messages() -> "Console":
    """A console on standard error, for progress and remarks."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = UNBOUNDED
        console.soft_wrap = True
    return console


def printable(text: str) -> str:
    """``text`` without the characters that would steer a terminal; each becomes ``�``."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


def print_fields(console: "Console", rows: Iterable[Sequence[str]]) -> None:
    """Prints rows as tab-separated lines, for programs."""
    for row in rows:
        # Not through rich, which turns tabs into spaces.
        console.file.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")


def print_json(value: Any) -> None:
    """Prints one JSON value on one line of standard output, and flushes it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def print_error(error: "ChoreiError") -> None:
    """Prints a refusal: one line in red, and the hint below it if there is one."""
    from rich.text import Text

    console = messages()
    console.print(Text(f"Error: {printable(error.message)}", style="red"))
    if error.hint:
        console.print(Text(printable(error.hint)))
