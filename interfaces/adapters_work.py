"""Work that ends with a new version: settings from a file, a progress bar, the registry."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from chorei.interfaces.console import messages, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chorei.adapters.registry import Entry, Registry
    from chorei.adapters.training import TrainingConfig

C = TypeVar("C", bound="TrainingConfig")
_TOLD = ("COMMANDLINE", "ENVIRONMENT")


def given(context: typer.Context, settings: dict[str, Any]) -> dict[str, Any]:
    """Of the settings, those that were given on the command line or in the environment."""
    sources = {name: context.get_parameter_source(name) for name in settings}
    told = {name for name, source in sources.items() if source and source.name in _TOLD}
    return {name: settings[name] for name in told}


def config_from(
    path: Path | None, settings: dict[str, Any], told: dict[str, Any], kind: type[C]
) -> C:
    """The settings of the options, under those of a file, under those of options that were given.

    Args:
        path: The file, JSON; None for none.
        settings: What all options say.
        told: What those say that were given; a note names each that wins over the file.
        kind: Which settings.

    Raises:
        TrainingError: The file cannot be read, or they do not fit.
    """
    import json

    from chorei.core import TrainingError

    if path is None:
        return kind.from_json(json.dumps(settings))
    try:
        read = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise TrainingError(f"{path} is no JSON: {error}.") from None
    if not isinstance(read, dict):
        raise TrainingError(f"{path} holds no JSON object of settings.")
    for name, value in told.items():
        if name in read and read[name] != value:
            option = name.replace("_", "-")
            messages().print(
                printable(f"Note: --{option} {value} wins over {read[name]} in {path}.")
            )
    return kind.from_json(json.dumps(settings | read | told))


def finish(
    registry: "Registry",
    name: str,
    made: Path,
    work: "Callable[[Path, Any], None]",
    label: str,
    *,
    restart: bool,
) -> "Entry | None":
    """Train behind a progress bar and register what came of it.

    Of several processes that train together the first alone does more than train, and has an
    entry to return.

    Args:
        registry: The registry.
        name: The adapter.
        made: Folder to train into.
        work: Trains into a folder and calls back after each step.
        label: What the bar is called.
        restart: Whether a training that ended but was not registered is thrown away.
    """
    import shutil

    from chorei.adapters.training import ranks

    if ranks.rank():
        work(made, None)
        return None
    made.parent.mkdir(parents=True, exist_ok=True)
    if restart:
        shutil.rmtree(made, ignore_errors=True)
    if made.exists():
        # A kill between the last step and the registry; --restart trains anew.
        messages().print("This adapter was trained before and not registered; that is done now.")
    else:
        _watched(made, work, label)
    entry = registry.add(name, made)
    shutil.rmtree(made)
    return entry


@contextlib.contextmanager
def answering() -> "Iterator[Callable[[int, int], None]]":
    """A progress bar over answers; yields what takes how many there are, and of how many."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("answers"), BarColumn(), MofNCompleteColumn(), Remaining())
    console = messages()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("answers", total=None)

        def follow(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield follow


def _watched(made: Path, work: "Callable[[Path, Any], None]", label: str) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    from chorei.adapters.training import sparkline

    losses: list[float] = []
    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, TextColumn("{task.description}"), console=messages()) as bar:
        task = bar.add_task("loading", total=None)

        def follow(progress: Any) -> None:
            losses.append(progress.loss)
            shown = f"loss {progress.loss:.3f} {sparkline(losses, 30)}"
            if progress.margin is not None:
                shown += f" margin {progress.margin:.2f}"
            bar.update(task, completed=progress.step, total=progress.steps, description=shown)

        work(made, follow)
