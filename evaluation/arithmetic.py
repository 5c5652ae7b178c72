"""How much of the arithmetic in TAT-QA's worked answers the calculator reproduces.

TAT-QA (Zhu et al., 2021, arXiv 2105.07624) gives each computed answer with its derivation, such
as ``(1,059,077-902,547)/902,547`` for 17.34 percent. The answers are rounded to two places.
"""

import argparse
import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from chorei.core import CalculationError, Frozen
from chorei.tools import calculate

_QUESTIONS: Final = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "tatqa" / "questions.jsonl"
)
_CENT: Final = Decimal("0.01")
_RESCALED: Final = {
    "percent": (("rescaled", Decimal(100)),),
    "thousand": (("rescaled", Decimal("1e-3")),),
    "million": (("rescaled", Decimal("1e-6")),),
    "billion": (("rescaled", Decimal("1e-9")),),
}


class Outcome(Frozen):
    """One derivation and what the calculator made of it.

    Attributes:
        derivation: The expression as TAT-QA states it.
        expected: The answer, in ``scale``.
        scale: ``percent``, ``thousand``, ``million``, ``billion`` or "".
        verdict: ``same``; ``rescaled`` if it is the same in the scale of the answer (a ratio
            as percent, or the derivation spells ``million`` out); ``different``; ``unread``.
        detail: The value or the error.
    """

    derivation: str
    expected: str
    scale: str
    verdict: str
    detail: str


def judge(derivation: str, expected: str, scale: str) -> Outcome:
    """Compute one derivation and compare it with its answer, both rounded to two places."""

    def outcome(verdict: str, detail: str) -> Outcome:
        return Outcome(
            derivation=derivation, expected=expected, scale=scale, verdict=verdict, detail=detail
        )

    try:
        calculation = calculate(derivation)
        wanted = Decimal(expected.replace(",", ""))
    except CalculationError as error:
        return outcome("unread", str(error))
    except InvalidOperation:
        return outcome("unread", "The answer is not a number.")
    rounded = wanted.quantize(_CENT, ROUND_HALF_UP)
    for verdict, factor in (("same", Decimal(1)), *_RESCALED.get(scale, ())):
        if (calculation.result * factor).quantize(_CENT, ROUND_HALF_UP) == rounded:
            return outcome(verdict, calculation.shown)
    return outcome("different", calculation.shown)


def evaluate(path: Path = _QUESTIONS) -> list[Outcome]:
    """The outcomes of all questions whose answer TAT-QA marks as arithmetic."""
    outcomes = []
    for line in path.read_text(encoding="utf-8").splitlines():
        question: dict[str, Any] = json.loads(line)
        if question["answer_type"] == "arithmetic" and question["derivation"]:
            outcomes.append(
                judge(question["derivation"], str(question["answer"]), question["scale"])
            )
    return outcomes


def main(argv: list[str]) -> int:
    """Print the share of derivations that give their answer, and the reasons for the rest."""
    parser = argparse.ArgumentParser(prog="python -m chorei.evaluation arithmetic")
    parser.add_argument("--questions", type=Path, default=_QUESTIONS, help="TAT-QA questions")
    parser.add_argument("--json", action="store_true", help="print one object instead of text")
    arguments = parser.parse_args(argv)
    if not arguments.questions.is_file():
        parser.error(f"there is no file {arguments.questions}; give one with --questions")
    outcomes = evaluate(arguments.questions)
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    reproduced = verdicts["same"] + verdicts["rescaled"]
    share = reproduced / len(outcomes) if outcomes else 0.0
    rest = [outcome for outcome in outcomes if outcome.verdict in ("different", "unread")]
    if arguments.json:
        report = {"derivations": len(outcomes), "share": share, "verdicts": dict(verdicts)}
        print(json.dumps(report | {"rest": [outcome.model_dump() for outcome in rest]}))
        return 0
    print(
        f"{len(outcomes)} derivations, {reproduced} give the answer ({share:.1%}):"
        f" {verdicts['same']} as they stand, {verdicts['rescaled']} in the answer's scale"
    )
    for outcome in rest:
        answer = f"{outcome.expected} {outcome.scale}".strip()
        print(f"  {outcome.verdict}: {outcome.derivation!r} for {answer}: {outcome.detail}")
    return 0
