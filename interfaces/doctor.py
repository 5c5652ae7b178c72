"""``chorei doctor``: is everything in place?"""

import typer

from chorei.interfaces import exits
from chorei.interfaces.console import output, print_json, printable
from chorei.interfaces.options import JsonOption, LibraryOption, ModelOption

_STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    model: ModelOption = None, as_json: JsonOption = False, library: LibraryOption = None
) -> None:
    """Check the installation, the library, and the model with a short timed call.

    Each line says ok, warn or fail, and what to do. Exits with 1 if anything fails.
    """
    from rich.text import Text

    from chorei.interfaces.checks import run_checks
    from chorei.interfaces.rendering import print_hanging

    console = output()
    checks = []
    for check in run_checks(library, model):
        checks.append(check)
        if as_json:
            continue
        label = Text(f"{check.status:<4} ", style=_STYLES[check.status])
        label.append(f"{check.name:<12} ", style="default")
        body = Text(printable(check.detail))
        if check.advice:
            body.append(f"\n→ {printable(check.advice)}", style="bold")
        print_hanging(console, label, body)
    if as_json:
        print_json([check.as_json() for check in checks])
    if any(check.status == "fail" for check in checks):
        raise typer.Exit(exits.ERROR)
