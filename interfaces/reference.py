"""Writes the reference of the command line: ``python -m chorei.interfaces.reference``.

It is made of the help texts themselves, at a fixed width; a test compares it with the one
kept in ``docs/cli.md``.
"""

import sys
from collections.abc import Iterator
from typing import Any

import typer.main

WIDTH = 88

_HEAD = """\
# Command line

Made by `python -m chorei.interfaces.reference`; a test keeps it true.

Results go to standard output, messages and progress to standard error. Without a terminal
there are no colours, no bars and no questions. `NO_COLOR` turns colours off.
"""


def reference() -> str:
    """The help of every command as one Markdown page."""
    from chorei.interfaces.main import application

    parts = [_HEAD]
    for path, text in _helps(typer.main.get_command(application()), "chorei", None):
        parts.append(f"## {path}\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


def _helps(command: Any, path: str, parent: Any) -> Iterator[tuple[str, str]]:
    context = command.make_context(
        path.rpartition(" ")[2],
        [],
        parent=parent,
        resilient_parsing=True,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
    )
    yield path, command.get_help(context)
    for name, child in getattr(command, "commands", {}).items():
        yield from _helps(child, f"{path} {name}", context)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(reference())
