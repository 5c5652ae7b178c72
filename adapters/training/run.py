"""One training from records to a finished adapter folder."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from chorei.adapters.records import Dataset, Kind, write_records
from chorei.adapters.training import ranks
from chorei.adapters.training.base import (
    Base,
    bfloat16_pays,
    device_here,
    identify,
    load_for_training,
)
from chorei.adapters.training.config import Method, TrainingConfig
from chorei.adapters.training.curve import loss_curve
from chorei.adapters.training.masking import tokenize_all
from chorei.adapters.training.workspace import Workspace, out_of_something, translated
from chorei.core import Frozen, MissingExtraError, TrainingError

if TYPE_CHECKING:
    from chorei.adapters.training.monitor import Monitor, Progress

_PACKAGES = ("torch", "transformers", "peft", "trl", "datasets")
VERSION = 1


class Trained(Frozen):
    """A finished training; ``training.json`` in the adapter's folder holds the same.

    Attributes:
        config: The settings.
        base: The base model with its hash.
        data: SHA-256 of the records and their split.
        train: Number of training records.
        held_out: Number of held-out records.
        steps: Optimiser steps done.
        loss: Mean loss of the last epoch's steps.
        held_out_loss: The lowest loss of the held-out records, None if they were not evaluated.
        tokens: Tokens trained on in this process.
        computed: Positions computed for them; fewer where prefixes were shared.
        seconds: Wall-clock time in this process.
        cpu_seconds: Processor time in this process.
        parameters: Number of trained parameters.
        stopped_early: Whether the held-out loss ended it.
        versions: Of the packages that took part.
    """

    version: int = VERSION
    config: TrainingConfig
    base: Base
    data: str
    train: int
    held_out: int
    steps: int
    loss: float
    held_out_loss: float | None
    tokens: int
    computed: int
    seconds: float
    cpu_seconds: float
    parameters: int
    stopped_early: bool
    versions: dict[str, str]


def train(
    dataset: Dataset,
    config: TrainingConfig,
    output: Path,
    *,
    resume: bool = False,
    restart: bool = False,
    report: "Callable[[Progress], None] | None" = None,
) -> Trained:
    """Train an adapter and leave it at ``output``, complete or not at all.

    Where several processes were started to train it together, each calls this; the first alone
    writes, and a step takes ``config.batch`` records of each.

    Args:
        dataset: Checked records.
        config: The settings.
        output: Folder to make.
        resume: Go on with an unfinished training of this output.
        restart: Throw an unfinished one away.
        report: Called after each optimiser step.

    Raises:
        TrainingError: It cannot begin or go on; what to do is in the hint.
        MissingExtraError: The extra ``train`` is not installed.
        ModelNameError: There is no such base model.
    """
    require_packages()
    base = identify(config.base)
    workspace = Workspace(output.absolute())
    if ranks.rank():
        ranks.wait()
        checkpoint = workspace.last_checkpoint() if resume else None
        return _Records(dataset, config, base, workspace, None).run(checkpoint)
    with workspace.hold():
        plan = {
            "settings": config.model_dump(mode="json"),
            "base": base.sha256,
            "records": dataset.hash(),
        }
        checkpoint = workspace.begin(plan, resume=resume, restart=restart)
        ranks.wait()
        return _Records(dataset, config, base, workspace, report).run(checkpoint)


class Run(ABC):
    """One training from a loaded base to a published folder; what is trained on is a subclass's.

    Args:
        config: The settings.
        base: The base model.
        workspace: Where it works, held by this process.
        monitor: Follows the training.

    Attributes:
        rates: Which learning rates are usual.
    """

    rates: ClassVar[str] = "1e-4 to 1e-3 suits LoRA, a tenth of that the whole model"

    def __init__(
        self, config: TrainingConfig, base: Base, workspace: Workspace, monitor: "Monitor"
    ) -> None:
        import torch

        self.config, self.base = config, base
        self.workspace, self.monitor = workspace, monitor
        self.device = device_here()
        if config.threads:
            torch.set_num_threads(config.threads)
        self.bfloat16 = (
            bfloat16_pays(self.device)
            if config.precision == "auto"
            else config.precision == "bfloat16"
        )

    @abstractmethod
    def trainer(self, model: Any, tokenizer: Any) -> Any:
        """A trainer that is ready to run."""

    @abstractmethod
    def trained(self, figures: dict[str, Any]) -> Trained:
        """What ``training.json`` will say, of the figures that every training has."""

    @abstractmethod
    def leave(self, made: Path) -> None:
        """Write what was trained on into the finished folder."""

    def run(self, checkpoint: Path | None) -> Trained:
        """Train, from a checkpoint if there is one, and publish the result.

        Raises:
            TrainingError: It could not go on, or was stopped.
        """
        from chorei.adapters.training.trainer import quick

        # The trained weights stay in float32 beside a frozen base in bfloat16; a model trained
        # whole is kept in float32 and computed in bfloat16.
        whole = self.config.method is Method.FULL
        model, tokenizer = load_for_training(
            self.base,
            device=self.device,
            bfloat16=self.bfloat16 and not whole,
            four_bits=self.config.method is Method.QLORA,
        )
        trainer = self.trainer(model, tokenizer)
        started, busy = time.monotonic(), time.process_time()
        try:
            with quick(trainer, bfloat16=self.bfloat16):
                trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
            self._check()
            seconds, cpu = time.monotonic() - started, time.process_time() - busy
            return self._finish(trainer, tokenizer, seconds, cpu)
        except OSError as error:
            raise translated(error) from error
        except RuntimeError as error:
            raise out_of_something(error) from error
        finally:
            self.monitor.release()

    def _check(self) -> None:
        if self.monitor.exploded:
            good = self.workspace.last_checkpoint()
            kept = f"The last good checkpoint is {good}." if good else "No checkpoint was good yet."
            raise TrainingError(
                f"Training was stopped: {self.monitor.exploded}. {kept}",
                hint=f"Use another learning rate than {self.config.learning_rate:g} ({self.rates})"
                " and --restart.",
            )
        if self.monitor.interrupted:
            raise TrainingError(
                "Training was interrupted; a checkpoint was kept.",
                hint="Go on with the same command and --resume.",
            )

    def _finish(self, trainer: Any, tokenizer: Any, seconds: float, cpu: float) -> Trained:
        losses = [e["loss"] for e in self.monitor.history if "loss" in e]
        held = [e["held_out_loss"] for e in self.monitor.history if "held_out_loss" in e]
        epoch = max(1, len(losses) // self.config.epochs)
        collator = trainer.data_collator
        figures = {
            "config": self.config,
            "base": self.base,
            "steps": trainer.state.global_step,
            "loss": sum(losses[-epoch:]) / len(losses[-epoch:]) if losses else float("nan"),
            "held_out_loss": min(held, default=None),
            "tokens": collator.tokens,
            "computed": collator.computed,
            "seconds": round(seconds, 2),
            "cpu_seconds": round(cpu, 2),
            "parameters": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
            "stopped_early": self.monitor.stopped_early,
            "versions": _versions(),
        }
        trained = self.trained(figures)
        if not ranks.rank():
            self._write(trainer, tokenizer, trained)
        return trained

    def _write(self, trainer: Any, tokenizer: Any, trained: Trained) -> None:
        made = self.workspace.folder / "finished"
        made.mkdir(exist_ok=True)
        trainer.model.save_pretrained(made, safe_serialization=True)
        if self.config.method is Method.FULL:
            tokenizer.save_pretrained(made)
        else:
            _name_base(made, self.base)
        (made / "training.json").write_text(trained.model_dump_json(indent=2), encoding="utf-8")
        (made / "history.json").write_text(json.dumps(self.monitor.history), encoding="utf-8")
        (made / "curve.svg").write_text(
            loss_curve(self.monitor.history, f"Loss of {self.workspace.output.name}"),
            encoding="utf-8",
        )
        self.leave(made)
        self.workspace.publish(made)


class _Records(Run):
    """A training on records."""

    def __init__(
        self,
        dataset: Dataset,
        config: TrainingConfig,
        base: Base,
        workspace: Workspace,
        report: "Callable[[Progress], None] | None",
    ) -> None:
        from chorei.adapters.training.monitor import Monitor

        super().__init__(config, base, workspace, Monitor(report, patience=config.patience))
        self.dataset = dataset

    def trainer(self, model: Any, tokenizer: Any) -> Any:
        from chorei.adapters.training.trainer import make_trainer

        longest = self.config.max_tokens
        return make_trainer(
            self.config,
            model,
            tokenizer,
            tokenize_all(self.dataset.train, tokenizer, longest=longest),
            tokenize_all(self.dataset.held_out, tokenizer, longest=longest),
            self.workspace.folder,
            self.monitor,
            device=self.device,
            bfloat16=self.bfloat16,
            general=[
                number
                for number, record in enumerate(self.dataset.train)
                if record.kind is Kind.GENERAL
            ],
        )

    def trained(self, figures: dict[str, Any]) -> Trained:
        return Trained(
            data=self.dataset.hash(),
            train=len(self.dataset.train),
            held_out=len(self.dataset.held_out),
            **figures,
        )

    def leave(self, made: Path) -> None:
        write_records(made / "records.jsonl", self.dataset.records)


def _name_base(folder: Path, base: Base) -> None:
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    # PEFT writes the folder of this machine, which means nothing elsewhere.
    config["base_model_name_or_path"] = base.reference
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    (folder / "README.md").unlink(missing_ok=True)


def require_packages() -> None:
    """Refuse to begin without what training needs.

    Raises:
        MissingExtraError: The extra ``train`` is not installed.
    """
    import importlib.util

    for package in _PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "train")


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {package: version(package) for package in _PACKAGES}
