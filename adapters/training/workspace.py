"""Where a training works: locked, resumable, and visible under its name only when finished."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chorei.adapters.registry.files import fsync_tree, readable_safetensors
from chorei.adapters.registry.locking import try_lock
from chorei.core import RegistryError, TrainingError


class Workspace:
    """The folder beside the output in which a training keeps its checkpoints.

    Args:
        output: Where the finished adapter will be.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.folder = output.parent / f".{output.name}.training"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other trainings of this output out; the system releases a dead process's hold.

        Raises:
            TrainingError: Another process trains it, or the folder cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("a+b") as file:
                try:
                    try_lock(file)
                except OSError:
                    raise TrainingError(
                        f"Another process is training '{self.output.name}' already.",
                        hint="Wait for it, or choose another name.",
                    ) from None
                yield
        except OSError as error:
            raise translated(error) from error

    def begin(self, plan: dict[str, Any], *, resume: bool, restart: bool) -> Path | None:
        """Prepare for a training, and give the checkpoint to go on from, if any.

        Args:
            plan: What the training consists of (settings, base, data); one that is resumed
                must consist of the same.
            resume: Go on from the last whole checkpoint.
            restart: Throw away what an earlier training left.

        Raises:
            TrainingError: The output exists, an unfinished training is in the way, or the one to
                resume differs.
        """
        if self.output.exists():
            raise TrainingError(
                f"There is already something at {self.output}.", hint="Choose another name."
            )
        file = self.folder / "plan.json"
        if restart:
            self._clear()
        if self.unfinished:
            if not resume:
                raise TrainingError(
                    f"An unfinished training of '{self.output.name}' is here.",
                    hint="Add --resume to go on with it, or --restart to begin anew.",
                )
            self._same(file, plan)
            return self.last_checkpoint()
        if resume:
            raise TrainingError(
                f"There is no unfinished training of '{self.output.name}' to resume.",
                hint="Leave out --resume.",
            )
        file.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
        return None

    @property
    def unfinished(self) -> bool:
        """Whether a training began here and did not end."""
        return (self.folder / "plan.json").exists()

    def last_checkpoint(self) -> Path | None:
        """The newest checkpoint that was written completely, None if there is none."""
        found = sorted(
            self.folder.glob("checkpoint-*"), key=lambda p: int(p.name.rsplit("-", 1)[1])
        )
        return next((path for path in reversed(found) if _whole(path)), None)

    def publish(self, made: Path) -> None:
        """Give the finished adapter its name in one step, and forget the checkpoints."""
        fsync_tree(made)
        made.rename(self.output)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()

    def _same(self, file: Path, plan: dict[str, Any]) -> None:
        try:
            earlier = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            earlier = {}
        different = sorted(key for key in plan if plan[key] != earlier.get(key))
        if different:
            raise TrainingError(
                f"The unfinished training differs in: {', '.join(different)}.",
                hint="Resume it with what it began with, or add --restart to begin anew.",
            )


def translated(error: OSError) -> TrainingError:
    """The error of the file system as one of ours."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return TrainingError(
            "The disk is full; no adapter was written.",
            hint="Make room, then go on from the last checkpoint with --resume.",
        )
    return TrainingError(f"The training's folder cannot be written: {error}.")


def out_of_something(error: RuntimeError) -> TrainingError:
    """An error of torch or of the writer of safetensors as one of ours."""
    text = " ".join(str(error).split())[:300]
    if "space" in text.lower():
        return TrainingError(
            "The disk is full; no adapter was written.",
            hint="Make room, then go on from the last checkpoint with --resume.",
        )
    if "memory" in text.lower() or "alloc" in text.lower():
        return TrainingError(
            "The memory does not suffice for this training.",
            hint="Lower --batch, add --recompute, or choose a smaller base.",
        )
    return TrainingError(f"Training failed: {text}")


def _whole(checkpoint: Path) -> bool:
    # The trainer writes its state last, so a kill in between leaves it missing or cut off.
    with suppress(OSError, ValueError, RegistryError):
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        weights = list(checkpoint.glob("*.safetensors"))
        for path in weights:
            readable_safetensors(path)
        return bool(weights) and (checkpoint / "optimizer.pt").is_file()
    return False
