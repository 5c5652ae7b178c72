"""One preference tuning from pairs or thumbs to a finished adapter folder."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from chorei.adapters.records import (
    Preference,
    Preferences,
    Record,
    Split,
    find_leaks,
    read_records,
    write_preferences,
    write_records,
)
from chorei.adapters.registry.files import readable_safetensors
from chorei.adapters.training.base import Base, identify
from chorei.adapters.training.curve import line_chart
from chorei.adapters.training.run import Run, require_packages
from chorei.adapters.training.trained import Trained
from chorei.adapters.training.workspace import Workspace
from chorei.adapters.tuning.config import Objective, TuningConfig
from chorei.core import Frozen, TrainingError

if TYPE_CHECKING:
    from chorei.adapters.training.monitor import Progress


class Start(Frozen):
    """The version that is tuned.

    Attributes:
        folder: Its folder, checked by the registry.
        sha256: Hash of its weights.
    """

    folder: Path
    sha256: str


class Tuned(Trained):
    """A finished preference tuning; ``training.json`` in the adapter's folder holds the same.

    Attributes:
        margin: Mean margin over the last epoch's steps: reward of the better answers less that of
            the worse ones; None where no batch of KTO held both.
        accuracy: Mean share of pairs with a margin above zero over the last epoch's steps; None
            with KTO.
    """

    config: TuningConfig
    margin: float | None
    accuracy: float | None


def tune(
    preferences: Preferences,
    config: TuningConfig,
    output: Path,
    *,
    start: Start | None = None,
    resume: bool = False,
    restart: bool = False,
    report: "Callable[[Progress], None] | None" = None,
) -> Tuned:
    """Tune an adapter on preferences and leave it at ``output``, complete or not at all.

    Args:
        preferences: Checked preferences.
        config: The settings.
        output: Folder to make.
        start: The version that is tuned; None tunes the base model.
        resume: Go on with an unfinished tuning of this output.
        restart: Throw an unfinished one away.
        report: Called after each optimiser step.

    Raises:
        TrainingError: It cannot begin or go on; what to do is in the hint.
        MissingExtraError: The extra ``train`` is not installed.
        ModelNameError: There is no such base model.
    """
    require_packages()
    chosen = _fitting(preferences.train, config)
    if not config.method.low_rank:
        raise TrainingError(
            f"A version trained with '{config.method}' cannot be tuned on preferences.",
            hint="Train a LoRA adapter, or tune the base: --start 0.",
        )
    base = identify(config.base)
    workspace = Workspace(output.absolute())
    with workspace.hold():
        plan = {
            "settings": config.model_dump(mode="json"),
            "base": base.sha256,
            "start": start.sha256 if start else "",
            "preferences": preferences.hash(),
        }
        checkpoint = workspace.begin(plan, resume=resume, restart=restart)
        run = _Preferences(preferences, chosen, config, base, start, workspace, report)
        made = run.run(checkpoint)
    assert isinstance(made, Tuned)
    return made


def _fitting(found: tuple[Preference, ...], config: TuningConfig) -> tuple[Preference, ...]:
    """What of the preferences the objective learns from.

    Raises:
        TrainingError: Nothing.
    """
    pairs = tuple(one for one in found if one.paired)
    if config.objective is Objective.DPO:
        if not pairs:
            raise TrainingError(
                "DPO learns from pairs, and there are only thumbs.",
                hint="Say what the bad answers should have been, or use --method kto.",
            )
        return pairs
    up, down = (sum(bool(getattr(one, name)) for one in found) for name in ("chosen", "rejected"))
    if not (up and down):
        raise TrainingError(
            f"KTO learns from good and bad answers; here are {up} good and {down} bad ones.",
            hint="Rate more answers. Good answers alone are records: chorei adapters records.",
        )
    if config.batch < 2 or len({one.subject() for one in found}) < 2:
        raise TrainingError(
            "KTO compares the answers of a batch: it needs two questions and a batch of two.",
        )
    return found


class _Preferences(Run):
    """A training on preferences."""

    rates: ClassVar[str] = "5e-6 to 1e-4 suits preferences; a higher beta holds it back too"

    def __init__(
        self,
        preferences: Preferences,
        chosen: tuple[Preference, ...],
        config: TuningConfig,
        base: Base,
        start: Start | None,
        workspace: Workspace,
        report: "Callable[[Progress], None] | None",
    ) -> None:
        from chorei.adapters.tuning.monitor import PreferenceMonitor

        monitor = PreferenceMonitor(report, patience=config.patience)
        super().__init__(config, base, workspace, monitor)
        self.preferences, self.chosen, self.start = preferences, chosen, start
        self.settings = config
        self.watched = monitor

    def trainer(self, model: Any, tokenizer: Any) -> Any:
        from chorei.adapters.tuning.trainer import make_tuner

        if self.start is not None:
            model = _adapted(model, self.start.folder)
        held = self.preferences.held_out
        if self.settings.objective is Objective.DPO:
            held = tuple(one for one in held if one.paired)
        return make_tuner(
            self.settings,
            model,
            tokenizer,
            self.chosen,
            held,
            self.workspace.folder,
            self.watched,
            device=self.device,
            bfloat16=self.bfloat16,
        )

    def trained(self, figures: dict[str, Any]) -> Tuned:
        steps = [entry for entry in self.monitor.history if "loss" in entry]
        last = steps[-max(1, len(steps) // self.config.epochs) :]
        return Tuned(
            data=self.preferences.hash(),
            train=len(self.chosen),
            held_out=len(self.preferences.held_out),
            margin=_mean([entry["margin"] for entry in last if "margin" in entry]),
            accuracy=_mean([entry["accuracy"] for entry in last if "accuracy" in entry]),
            **figures,
        )

    def leave(self, made: Path) -> None:
        write_preferences(made / "preferences.jsonl", self.preferences.all)
        history = self.monitor.history
        series = {
            name: [(entry["step"], entry[key]) for entry in history if key in entry]
            for name, key in (
                ("better", "chosen"), ("worse", "rejected"), ("margin", "margin"),
            )
        }  # fmt: skip
        title = f"Rewards of {self.workspace.output.name}"
        (made / "margin.svg").write_text(
            line_chart({n: p for n, p in series.items() if p}, title, "step", "reward"),
            encoding="utf-8",
        )
        if self.start is not None and (self.start.folder / "records.jsonl").is_file():
            records, _ = read_records(self.start.folder / "records.jsonl")
            write_records(made / "records.jsonl", still_tested(records, self.preferences))


def still_tested(records: tuple[Record, ...], preferences: Preferences) -> tuple[Record, ...]:
    """The records of the version that was tuned, without held-out phrasings that are trained now.

    A phrasing that a preference asks is no longer unseen.
    """
    held = [record for record in records if record.split is Split.HELD_OUT]
    trained = [record for one in preferences.train for record in one.records]
    leaked = {leak.held_out.key() for leak in find_leaks(trained, held)}
    return tuple(
        record
        for record in records
        if record.split is not Split.HELD_OUT or record.key() not in leaked
    )


def _adapted(model: Any, folder: Path) -> Any:
    from peft import PeftModel

    for path in folder.glob("*.safetensors"):
        readable_safetensors(path)
    return PeftModel.from_pretrained(model, str(folder), is_trainable=True)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
