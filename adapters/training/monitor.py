"""Watches a training: progress, the loss curve, explosions, Ctrl-C."""

# ruff: noqa: ARG002 - the signatures are those of TrainerCallback

import math
import signal
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, ClassVar

from transformers import TrainerCallback

from chorei.core import Frozen

# Loss this far above the first one for several steps in a row does not come back.
_EXPLODED = 2.0
_PATIENCE = 3
# A low-rank update far too large need not raise the loss much: the model's norms keep its output in
# bounds, and it sits where it began. A whole epoch and at least so many steps tell.
_STUCK_STEPS = 20


class Progress(Frozen):
    """Where a training stands after a step.

    Attributes:
        step: Optimiser steps done.
        steps: Optimiser steps in all.
        loss: Loss of the training batch.
        held_out_loss: Loss of the held-out records, where they were just evaluated.
        margin: Reward of the better answers less that of the worse ones, in preference tuning.
    """

    step: int
    steps: int
    loss: float
    held_out_loss: float | None = None
    margin: float | None = None


class Monitor(TrainerCallback):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """Follows a trainer and stops it where going on makes no sense.

    Args:
        report: Called after each step.
        patience: Evaluations without improvement before it stops; 0 for no limit.

    Attributes:
        kept: What of a trainer's log is kept, and under which name.
        fine: A loss below this is no ruin, however it moves.
        history: One entry per step or evaluation: ``step`` and ``loss`` or ``held_out_loss``.
        exploded: Why the training was stopped as hopeless, "" if it was not.
        interrupted: Whether Ctrl-C was pressed.
    """

    kept: ClassVar[dict[str, str]] = {"loss": "loss", "eval_loss": "held_out_loss"}
    fine: ClassVar[float] = 1.0

    def __init__(self, report: Callable[[Progress], None] | None, *, patience: int) -> None:
        self._report = report
        self._patience = patience
        self._high = 0
        self._stuck = 0
        self._stale = 0
        self.history: list[dict[str, float]] = []
        self.exploded = ""
        self.interrupted = False
        self.stopped_early = False
        self._before: Any = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Take over what a resumed training logged, and Ctrl-C."""
        self.history = [
            {"step": entry["step"]} | self._kept(entry)
            for entry in state.log_history
            if "loss" in entry or "eval_loss" in entry
        ]
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._on_interrupt)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Give Ctrl-C back."""
        self.release()

    def release(self) -> None:
        """Give Ctrl-C back to whoever had it."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> Any:
        """Note the loss, and stop where it is no number, far above the first, or stuck there."""
        logs = logs or {}
        if "loss" not in logs:
            return control
        loss, norm = float(logs["loss"]), float(logs.get("grad_norm", 0.0))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            self.exploded = f"the loss became {loss} (gradient norm {norm}) at step"
        else:
            self.history.append({"step": state.global_step} | self._kept(logs))
            self.exploded = self.hopeless(loss, args, state)
        if self.exploded:
            self.exploded += f" {state.global_step}"
            control.should_training_stop = True
            # What would be saved now is not worth going on from.
            control.should_save = False
        elif self._report:
            margin = self.history[-1].get("margin")
            self._report(
                Progress(step=state.global_step, steps=state.max_steps, loss=loss, margin=margin)
            )
        return control

    def hopeless(self, loss: float, args: Any, state: Any) -> str:
        """Why going on makes no sense after a step, "" if it does."""
        first = next(entry["loss"] for entry in self.history if "loss" in entry)
        self._high = self._high + 1 if loss > _EXPLODED * max(first, self.fine) else 0
        if self._high >= _PATIENCE:
            return f"the loss rose from {first:.2f} to {loss:.2f} at step"
        warm = state.global_step > max(args.warmup_steps, 1)
        self._stuck = self._stuck + 1 if warm and loss >= max(first, self.fine) else 0
        epoch = math.ceil(state.max_steps / max(args.num_train_epochs, 1))
        if self._stuck >= max(_STUCK_STEPS, epoch):
            return (
                f"the loss has not fallen below its first value, {first:.2f}, in {self._stuck}"
                " steps, at step"
            )
        return ""

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any = None, **_: Any
    ) -> Any:
        """Note the held-out loss, and stop when it no longer falls."""
        loss = float((metrics or {}).get("eval_loss", math.nan))
        best = min(
            (e["held_out_loss"] for e in self.history if "held_out_loss" in e), default=math.inf
        )
        self.history.append({"step": state.global_step, "held_out_loss": loss})
        self._stale = 0 if loss < best else self._stale + 1
        if self._patience and self._stale >= self._patience:
            self.stopped_early = True
            control.should_training_stop = True
        return control

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """After Ctrl-C: save and stop."""
        if self.interrupted:
            control.should_save = True
            control.should_training_stop = True
        return control

    def _kept(self, logs: Mapping[str, float]) -> dict[str, float]:
        return {name: float(logs[key]) for key, name in self.kept.items() if key in logs}

    def _on_interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self.interrupted:
            self.release()
            raise KeyboardInterrupt
        self.interrupted = True
