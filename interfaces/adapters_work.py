"""Work that ends with a new version: settings from a file, a progress bar, the registry."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from chorei.interfaces.console import messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from chorei.adapters.registry import Entry, Registry
    from chorei.adapters.training import TrainingConfig

C = TypeVar("C", bound="TrainingConfig")


def config_from(path: Path | None, settings: dict[str, Any], kind: type[C]) -> C:
    """The settings of a file if there is one, else those of the options.

    Raises:
        TrainingError: The file cannot be read, or they do not fit.
    """
    import json

    from chorei.core import TrainingError

    if path is None:
        return kind.from_json(json.dumps(settings))
    try:
        return kind.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from None


def finish(
    registry: "Registry",
    name: str,
    made: Path,
    work: "Callable[[Path, Any], None]",
    label: str,
    *,
    restart: bool,
) -> "Entry":
    """Train behind a progress bar and register what came of it.

    Args:
        registry: The registry.
        name: The adapter.
        made: Folder to train into.
        work: Trains into a folder and calls back after each step.
        label: What the bar is called.
        restart: Whether a training that ended but was not registered is thrown away.
    """
    import shutil

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
