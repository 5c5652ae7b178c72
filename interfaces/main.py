"""The command line: its subcommands, and how errors leave it.

Modules of commands import nothing heavy, and are imported when they are to be run: ``chorei
--help`` starts typer and no more.
"""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from chorei.interfaces import exits
from chorei.interfaces.console import prepare_streams, print_error, silence_broken_pipe

_COMMANDS: Final = {
    "chat": "chat",
    "ask": "ask",
    "add": "add",
    "list": "listing:list_documents",
    "show": "show",
    "remove": "remove",
    "search": "search",
    "sessions": "sessions",
    "feedback": "feedback",
    "adapters": "adapters",
    "replay": "replay",
    "doctor": "doctor",
    "rebuild": "maintenance:rebuild",
    "verify": "maintenance:verify",
}
"""The module of each command; its function or group too, unless it is called like the module."""


class Commands(TyperGroup):
    """The group of all commands; ends a refused command with one line, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command and translates what can end it into an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(exits.INTERRUPTED) from None
        except BrokenPipeError:
            silence_broken_pipe()
            raise typer.Exit(exits.BROKEN_PIPE) from None
        except Exception as error:
            # Named only here: importing the errors would slow `--help`; all others go on.
            from chorei.core import ChoreiError

            if not isinstance(error, ChoreiError):
                raise
            print_error(error)
            raise typer.Exit(exits.ERROR) from None


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"chorei {version('chorei')}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    del version


def application(only: str | None = None) -> typer.Typer:
    """The command line.

    Args:
        only: The one command that will be run, so that no other is imported; None for all.
    """
    app = typer.Typer(
        name="chorei",
        cls=Commands,
        help="Answers questions from a company's documents, with the passages they rest on.",
        epilog=exits.EXPLAINED,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_options,
    )
    for name in [only] if only in _COMMANDS else _COMMANDS:
        module, _, member = _COMMANDS[name].partition(":")
        found = getattr(import_module(f"chorei.interfaces.{module}"), member or module)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the entry point of the installed command ``chorei``.

    Args:
        arguments: Arguments after the program's name; by default those of the process.

    Returns:
        The exit code, see :mod:`chorei.interfaces.exits`.
    """
    prepare_streams()
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        application(next(iter(given), None))(args=given, prog_name="chorei")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else exits.ERROR
    if arguments is None:
        # The process ends: looking through everything for garbage once more only takes time.
        gc.freeze()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence_broken_pipe()
        return exits.BROKEN_PIPE
    return code
