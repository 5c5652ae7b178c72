"""The command line: its subcommands, and how errors leave it.

Modules of commands import nothing heavy: ``chorei --help`` starts typer and no more.
"""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from chorei.interfaces import exits
from chorei.interfaces.adapters import adapters
from chorei.interfaces.add import add
from chorei.interfaces.ask import ask
from chorei.interfaces.chat import chat
from chorei.interfaces.console import prepare_streams, print_error, silence_broken_pipe
from chorei.interfaces.doctor import doctor
from chorei.interfaces.feedback import feedback
from chorei.interfaces.listing import list_documents
from chorei.interfaces.maintenance import rebuild, verify
from chorei.interfaces.remove import remove
from chorei.interfaces.replay import replay
from chorei.interfaces.search import search
from chorei.interfaces.sessions import sessions
from chorei.interfaces.show import show


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


app = typer.Typer(
    name="chorei",
    cls=Commands,
    help="Answers questions from a company's documents, with the passages they rest on.",
    epilog=exits.EXPLAINED,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"chorei {version('chorei')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    del version


app.command()(chat)
app.command()(ask)
app.command()(add)
app.command("list")(list_documents)
app.command()(show)
app.command()(remove)
app.command()(search)
app.add_typer(sessions, name="sessions")
app.add_typer(feedback, name="feedback")
app.add_typer(adapters, name="adapters")
app.command()(replay)
app.command()(doctor)
app.command()(rebuild)
app.command()(verify)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the entry point of the installed command ``chorei``.

    Args:
        arguments: Arguments after the program's name; by default those of the process.

    Returns:
        The exit code, see :mod:`chorei.interfaces.exits`.
    """
    prepare_streams()
    try:
        app(args=None if arguments is None else list(arguments), prog_name="chorei")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else exits.ERROR
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence_broken_pipe()
        return exits.BROKEN_PIPE
    return code
