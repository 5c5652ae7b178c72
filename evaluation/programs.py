"""Fidelity of the sandbox: programs that language models wrote, against plain CPython.

Each record holds a program, its entry, and what CPython 3.11 gave (value and type, or an error).
Agreement is the same type and value, or failing in both.
"""

import argparse
import json
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from chorei.core import Frozen
from chorei.evaluation.cases import SHARED
from chorei.tools.program import extract_program
from chorei.tools.sandbox import Limits, ProgramResult, Sandbox
from chorei.tools.sandbox.bubblewrap import Bubblewrap

PROGRAMS: Final = SHARED / "programs" / "programs.jsonl"
_CUT: Final = 200
"""The recorded values are cut to this many characters."""
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d*)?(?:e[-+]?\d+)?")


class Outcome(Frozen):
    """What one program gave here, and whether that is what CPython gives.

    Attributes:
        id: The record's id.
        source: The set it belongs to.
        agrees: Same value and type, or failing in both.
        fails: Whether it fails in CPython.
        endless: Whether CPython had to be stopped.
        result: What the sandbox gave.
    """

    id: str
    source: str
    agrees: bool
    fails: bool
    endless: bool
    result: ProgramResult


def evaluate(path: Path, *, bubblewrap: bool = True, source: str | None = None) -> list[Outcome]:
    """Run every program of a file in a sandbox and compare."""
    with Sandbox(bubblewrap=bubblewrap) as sandbox:
        return [
            _outcome(record, sandbox.run(record["program"], entry=record["entry"]))
            for record in _records(path, source)
        ]


def _records(path: Path, source: str | None) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if source is None or record["source"] == source:
                yield record


def _outcome(record: dict[str, Any], result: ProgramResult) -> Outcome:
    expected = record["cpython"] or {"ok": False, "error": "does not parse"}
    return Outcome(
        id=record["id"],
        source=record["source"],
        agrees=agrees(expected, result),
        fails=not expected["ok"],
        endless=str(expected.get("error", "")).startswith(("timeout", "killed")),
        result=result,
    )


def agrees(expected: dict[str, Any], result: ProgramResult) -> bool:
    """Whether a result is what CPython recorded: type and value, or failing."""
    if not expected["ok"] or not result.ok:
        return bool(expected["ok"]) == result.ok
    value, kind = expected["value"], expected["type"]
    if result.type != kind:
        return False
    if isinstance(value, int | float):
        same = not isinstance(result.value, str) and float(result.value) == value
        return same or (value != value and result.value != result.value)
    if value is None:
        return result.value is None
    if kind == "ndarray":
        return _numbers(str(value)) == _numbers(result.shown)
    written = repr(result.value) if kind == "str" else result.shown
    return written == value or (len(value) == _CUT and written.startswith(value))


def _numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(text)]


def compare_exactly(path: Path, source: str) -> list[str]:
    """Ids whose value differs in any digit from CPython run now, in the jail."""
    jail = Bubblewrap.find()
    if jail is None:
        return []
    different = []
    with Sandbox(bubblewrap=False) as sandbox:
        for record in _records(path, source):
            program, entry = record["program"], record["entry"]
            ours = sandbox.run(program, entry=entry)
            theirs = jail.execute(program, entry=entry, limits=Limits())
            if (ours.type, ours.shown) != (theirs.type, theirs.shown):
                different.append(record["id"])
    return different


def extraction(path: Path, source: str = "pal_aqua_raw") -> Counter[str]:
    """What becomes of raw generations: no program, a program that fails, or a value."""
    counts: Counter[str] = Counter()
    with Sandbox() as sandbox:
        for record in _records(path, source):
            found = extract_program(record["program"])
            if found is None:
                counts["no program"] += 1
                continue
            result = sandbox.run(found.program, entry=found.entry)
            counts["value" if result.ok else f"fails: {_reason(result)}"] += 1
    return counts


def _reason(result: ProgramResult) -> str:
    lines = (result.error or "").split("\n")
    named = [line for line in lines if re.match(r"[A-Za-z.]+(?:Error|Exception)\b", line)]
    return (named[-1] if named else lines[-1])[:80]


def _limits_of_monty(path: Path, outcomes: list[Outcome]) -> Counter[str]:
    """Why programs needed CPython, with how many it then ran as plain CPython does."""
    wanted = {o.id: o for o in outcomes if o.result.engine == "bubblewrap"}
    counts: Counter[str] = Counter()
    with Sandbox(bubblewrap=False) as sandbox:
        for record in _records(path, None):
            if (outcome := wanted.get(record["id"])) is not None:
                reason = _reason(sandbox.run(record["program"], entry=record["entry"]))
                state = "agrees" if outcome.agrees else "differs"
                fate = "fails in both" if outcome.agrees and outcome.fails else state
                counts[f"{reason} -> {fate} in bubblewrap"] += 1
    return counts


def _print(path: Path, outcomes: list[Outcome]) -> None:
    for source in dict.fromkeys(outcome.source for outcome in outcomes):
        chosen = [outcome for outcome in outcomes if outcome.source == source]
        good = sum(outcome.agrees for outcome in chosen)
        print(f"{source:20} {good:5} of {len(chosen):5} agree ({good / len(chosen):.2%})")
    rest = [outcome for outcome in outcomes if outcome.source != "pal_gsmhard"]
    if rest:
        good = sum(outcome.agrees for outcome in rest)
        print(
            f"{'all but pal_gsmhard':20} {good:5} of {len(rest):5} agree ({good / len(rest):.2%})"
        )
    endless = [outcome for outcome in outcomes if outcome.endless]
    stopped = sum(not outcome.result.ok for outcome in endless)
    seconds = [o.result.seconds for o in outcomes if o.result.engine == "monty"]
    slowest = max(outcome.result.seconds for outcome in outcomes)
    print(f"endless or too large in CPython: {len(endless)}, stopped here: {stopped}")
    print(f"a call: p50 {statistics.median(seconds) * 1e3:.2f} ms, longest {slowest:.2f} s")
    print("limits of Monty:")
    for reason, count in _limits_of_monty(path, outcomes).most_common():
        print(f"  {count:4} {reason}")
    print("differences:")
    for outcome in outcomes:
        if not outcome.agrees:
            got = outcome.result.shown if outcome.result.ok else _reason(outcome.result)
            print(f"  {outcome.id}: {got[:100]}")


def main(argv: list[str]) -> int:
    """Print how many programs agree with CPython, and why the rest do not."""
    parser = argparse.ArgumentParser(prog="python -m chorei.evaluation programs")
    parser.add_argument("--programs", type=Path, default=PROGRAMS, help="recorded programs")
    parser.add_argument("--source", help="only this set, for example pal_gsmhard")
    parser.add_argument("--no-bubblewrap", action="store_true", help="Monty alone")
    parser.add_argument(
        "--exactly", action="store_true", help="compare every digit with CPython in the jail"
    )
    parser.add_argument("--json", action="store_true", help="print one object instead of text")
    arguments = parser.parse_args(argv)
    if not arguments.programs.is_file():
        parser.error(f"there is no file {arguments.programs}; give one with --programs")
    outcomes = evaluate(
        arguments.programs, bubblewrap=not arguments.no_bubblewrap, source=arguments.source
    )
    if not outcomes:
        parser.error(f"there is no set {arguments.source}")
    if arguments.json:
        differing = [outcome.id for outcome in outcomes if not outcome.agrees]
        print(json.dumps({"programs": len(outcomes), "differing": differing}))
        return 0
    _print(arguments.programs, outcomes)
    if arguments.exactly:
        different = compare_exactly(arguments.programs, arguments.source or "pal_gsmhard")
        print(f"different in some digit from CPython run now: {len(different)} {different[:5]}")
    if arguments.source in (None, "pal_aqua_raw"):
        print("programs extracted from raw generations:")
        for what, count in extraction(arguments.programs).most_common():
            print(f"  {count:4} {what}")
    return 0
