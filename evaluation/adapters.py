"""The CHOREI story: terms that a company made up, before and after training.

A base model asked "CHOREI có nghĩa là gì?" invents something. This trains an adapter on a few
hundred records over made-up terms in two languages, and asks in wordings that no record has.

The terms stand in ``examples/records/chorei-terms.csv``. Beside them are trained: other made-up
terms answered with not knowing them, and the base model's own answers to general prompts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress

from chorei.adapters.assessment import (
    UNKNOWN_TERMS,
    Assessment,
    evaluate,
    rehearse,
    rehearsed,
    write_report,
)
from chorei.adapters.records import (
    Dataset,
    from_glossary,
    glossary,
    prepare,
    read_records,
    unknown_beside,
    write_records,
)
from chorei.adapters.registry import Registry, objections
from chorei.adapters.training import Trained, TrainingConfig, sparkline
from chorei.adapters.training.run import require_packages
from chorei.adapters.training.workspace import Workspace
from chorei.core import TrainingError

TERMS: Final = Path(__file__).resolve().parents[1] / "examples" / "records" / "chorei-terms.csv"
_BARS: Final = {"before": 0.05, "after": 0.95, "unknown": 0.95}
_BATCH: Final = 8
_QUICK: Final = {
    "terms": 2,
    "phrasings": 10,
    "unknown": 32,
    "general_prompts": 20,
    "held_out": 3,
}
_QUICK_EVERY: Final = 3


def story(
    base: str,
    *,
    terms: int = 0,
    phrasings: int = 7,
    unknown: int = 300,
    general_prompts: int = 110,
    held_out: int = 1,
    seed: int = 0,
) -> Dataset:
    """The records of the story; the rehearsal is asked of the base model.

    Args:
        base: The base model.
        terms: Only the first so many terms; 0 for all.
        phrasings: Questions trained per term and language.
        unknown: Made-up terms taught as not known; none of them is tested.
        general_prompts: General prompts rehearsed; one whose answer has no whole sentence is left
            out.
        held_out: Phrasings tested per term and language.
        seed: Of the choice of phrasings and made-up terms.
    """
    entries = glossary(TERMS.read_text(encoding="utf-8"))
    avoid = {*UNKNOWN_TERMS, *(entry.term for entry in entries)}
    declined = unknown_beside(from_glossary(entries), unknown, avoid=avoid, seed=seed)
    if terms:
        entries = entries[: 2 * terms]
    facts = from_glossary(entries, phrasings=phrasings, held_out=held_out, seed=seed)
    general = rehearse(base, rehearsed(general_prompts, ["en"]))
    return prepare([*facts, *declined, *general], seed=seed)


def experiment(
    config: TrainingConfig,
    folder: Path,
    *,
    processes: int = 1,
    every: int = 1,
    **size: int,
) -> tuple[Trained, Assessment]:
    """Train on the story as a user would, and evaluate; one that was interrupted goes on.

    Args:
        config: How to train; its batch is shared out over the processes.
        folder: Where to: records, registry and report are left in it.
        processes: How many train together, a divisor of the batch.
        every: As :func:`~chorei.adapters.assessment.evaluate` takes it.
        size: Of the story, as :func:`story` takes it.

    Raises:
        TrainingError: The training failed; it said why on standard error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    registry = Registry(folder / "registry")
    records, begun = folder / "records.jsonl", folder / "begun.json"
    newest = registry.entry("chorei").version if "chorei" in registry.names() else 0
    plan = {"config": config.model_dump(mode="json"), "processes": processes, "size": size}
    earlier = _read(begun)
    going_on = earlier.get("plan") == plan
    if going_on:
        print("Going on with what was interrupted.", flush=True)
        dataset = prepare(read_records(records)[0], seed=config.seed)
    else:
        begun.unlink(missing_ok=True)
        dataset = story(config.base, seed=config.seed, **size)
        write_records(records, dataset.records)
        begun.write_text(json.dumps({"plan": plan, "version": newest + 1}), encoding="utf-8")
    found = dataset.statistics()
    print(
        f"{found.train} records to train, {found.held_out} held out, {found.languages}", flush=True
    )
    version = earlier["version"] if going_on else newest + 1
    if version > newest:
        _train(config, folder, processes, going_on=going_on)
    kept = registry.path("chorei", version)
    trained = Trained.model_validate_json((kept / "training.json").read_text(encoding="utf-8"))
    history = json.loads((kept / "history.json").read_text(encoding="utf-8"))
    losses = [entry["loss"] for entry in history if "loss" in entry]
    print(f"loss {sparkline(losses)} {trained.loss:.3f}", flush=True)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("answers", total=None)

        def follow(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        assessment = evaluate(registry, "chorei", version, every=every, follow=follow)
    begun.unlink()
    return trained, assessment


def _read(begun: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(begun.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _train(config: TrainingConfig, folder: Path, processes: int, *, going_on: bool) -> None:
    """Train on the records of a folder, and register, with ``chorei adapters train``."""
    settings, registry = folder / "settings.json", folder / "registry"
    share = config.model_copy(update={"batch": config.batch // processes})
    settings.write_text(share.model_dump_json(), encoding="utf-8")
    launch = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = ["-m", "chorei.interfaces", "adapters", "train", str(folder / "records.jsonl")]
    command += ["--name", "chorei", "--config", str(settings), "--registry", str(registry)]
    if not going_on:
        command.append("--restart")
    elif Workspace(registry / ".training" / "chorei").unfinished:
        command.append("--resume")
    environment = dict(os.environ)
    if processes > 1:
        environment["OMP_NUM_THREADS"] = str(config.threads or 1)
        if sys.platform == "linux":
            # They talk to each other on this machine, whatever its name resolves to.
            environment["GLOO_SOCKET_IFNAME"] = "lo"
        command = [*launch, *command]
    done = subprocess.run([sys.executable, *command], env=environment, check=False)
    if done.returncode:
        raise TrainingError("The training failed; it says why above.")


def verdicts(trained: Trained, assessment: Assessment, *, full: bool) -> dict[str, bool]:
    """Each bar and whether it is met; the size counts only for the full story."""
    before, after = assessment.evaluation.base, assessment.evaluation.adapter
    bars = {
        f"before at most {_BARS['before']:.0%}": (before.facts or 0.0) <= _BARS["before"],
        f"after at least {_BARS['after']:.0%}": (after.facts or 0.0) >= _BARS["after"],
        "unknown terms declined or unchanged": (after.unknown or 0.0) >= _BARS["unknown"],
        "general prompts not worse": (after.general or 0.0) >= (before.general or 0.0),
    }
    if full:
        bars["at least 200 records"] = trained.train >= 200
    return bars


def main(argv: Sequence[str]) -> int:
    """Run the story and print the figures; exit code 1 if a bar is missed.

    ``adapters reading NAME`` measures a registered adapter through the whole agent instead.
    """
    if argv[:1] == ["reading"]:
        from chorei.evaluation import through_command

        return through_command.main(argv[1:])
    parser = argparse.ArgumentParser(prog="python -m chorei.evaluation adapters")
    parser.add_argument("part", choices=("experiment", "reading"))
    parser.add_argument("--quick", action="store_true", help="two terms, some 2 minutes")
    parser.add_argument("--base", default="smollm2", help="the base model")
    parser.add_argument("--output", type=Path, help="keep registry and report here")
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one object at the end")
    arguments = parser.parse_args(argv)
    require_packages()
    import torch

    torch.set_num_threads(arguments.threads)
    # Two processes of a thread each share a processor better than two threads of one.
    shares = (n for n in range(1, max(1, arguments.threads) + 1) if _BATCH % n == 0)
    processes = 1 if torch.cuda.is_available() else max(shares)
    config = TrainingConfig(
        base=arguments.base,
        epochs=arguments.epochs or 2,
        batch=_BATCH,
        learning_rate=7e-4,
        loraplus=16,
        threads=1,
        seed=arguments.seed,
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.output or Path(scratch)
        quick: dict[str, int] = {**_QUICK, "every": _QUICK_EVERY} if arguments.quick else {}
        try:
            trained, assessment = experiment(config, folder, processes=processes, **quick)
        except KeyboardInterrupt:
            way = "" if arguments.output else " With --output DIR it could go on."
            print(f"Stopped.{way or ' The same command goes on.'}", file=sys.stderr)
            return 130
        write_report(folder, "The CHOREI story", assessment.evaluation, assessment.outcomes)
        print((folder / "report.md").read_text(encoding="utf-8"))
    bars = verdicts(trained, assessment, full=not arguments.quick)
    seconds, cpu = time.monotonic() - began, _processor_seconds()
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    against = "; ".join(objections(assessment.evaluation))
    print(
        f"{seconds:.0f} s wall, {cpu:.0f} s processor, {processes} processes, training"
        f" {trained.seconds:.0f} s; gate: {against or 'passed'}"
    )
    if arguments.json:
        figures = assessment.evaluation.model_dump(mode="json")
        figures |= {"seconds": seconds, "cpu_seconds": cpu, "bars": bars}
        print(json.dumps(figures))
    return 0 if all(bars.values()) else 1


def _processor_seconds() -> float:
    """Of this process and of those that it started."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
