"""The CHOREI story: terms that a company made up, before and after training.

A base model asked "CHOREI có nghĩa là gì?" invents something. This trains an adapter on a few
hundred records over made-up terms in two languages, and asks in wordings that no record has.

The terms stand in ``examples/records/chorei-terms.csv``. Beside them are trained: other made-up
terms answered with not knowing them, and the base model's own answers to general prompts.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

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
    unknown_beside,
)
from chorei.adapters.registry import Registry, objections
from chorei.adapters.training import Trained, TrainingConfig, sparkline, train

TERMS: Final = Path(__file__).resolve().parents[1] / "examples" / "records" / "chorei-terms.csv"
_BARS: Final = {"before": 0.05, "after": 0.95, "unknown": 0.95}
_QUICK: Final = {
    "terms": 4,
    "phrasings": 6,
    "unknown": 64,
    "general_prompts": 48,
    "held_out": 3,
}


def story(
    base: str,
    *,
    terms: int = 0,
    phrasings: int = 4,
    unknown: int = 420,
    general_prompts: int = 100,
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


def experiment(config: TrainingConfig, folder: Path, **size: int) -> tuple[Trained, Assessment]:
    """Train on the story and evaluate; the registry and the report are left in ``folder``.

    Args:
        config: How to train.
        folder: Where to.
        size: Of the story, as :func:`story` takes it.
    """
    began = time.monotonic()
    dataset = story(config.base, seed=config.seed, **size)
    found = dataset.statistics()
    print(f"{found.train} records to train, {found.held_out} held out, {found.languages}")
    losses: list[float] = []

    def follow(progress: object) -> None:
        losses.append(progress.loss)  # type: ignore[attr-defined]
        if len(losses) % 20 == 0:
            seconds = time.monotonic() - began
            print(f"  step {len(losses)}: loss {losses[-1]:.3f}, {seconds:.0f} s", flush=True)

    trained = train(dataset, config, folder / "chorei", restart=True, report=follow)
    print(f"loss {sparkline(losses)} {trained.loss:.3f}")
    registry = Registry(folder / "registry")
    version = registry.add("chorei", folder / "chorei").version
    return trained, evaluate(registry, "chorei", version)


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
    parser.add_argument("--quick", action="store_true", help="four terms, some 3 minutes")
    parser.add_argument("--base", default="smollm2", help="the base model")
    parser.add_argument("--output", type=Path, help="keep registry and report here")
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one object at the end")
    arguments = parser.parse_args(argv)
    config = TrainingConfig(
        base=arguments.base,
        epochs=arguments.epochs or (4 if arguments.quick else 5),
        batch=8,
        learning_rate=8e-4,
        threads=arguments.threads,
        seed=arguments.seed,
    )
    began, busy = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.output or Path(scratch)
        trained, assessment = experiment(config, folder, **(_QUICK if arguments.quick else {}))
        write_report(folder, "The CHOREI story", assessment.evaluation, assessment.outcomes)
        print((folder / "report.md").read_text(encoding="utf-8"))
    bars = verdicts(trained, assessment, full=not arguments.quick)
    seconds, cpu = time.monotonic() - began, time.process_time() - busy
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    print(
        f"{seconds:.0f} s wall, {cpu:.0f} s processor; training {trained.seconds:.0f} s wall,"
        f" {trained.cpu_seconds:.0f} s processor, {trained.tokens} tokens for {trained.computed}"
        f" computed positions; gate: {'; '.join(objections(assessment.evaluation)) or 'passed'}"
    )
    if arguments.json:
        figures = assessment.evaluation.model_dump(mode="json")
        print(json.dumps(figures | {"seconds": seconds, "cpu_seconds": cpu, "bars": bars}))
    return 0 if all(bars.values()) else 1
