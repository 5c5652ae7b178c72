"""Adapters measured before and after training."""

from chorei.adapters.assessment.evaluate import Assessment, evaluate
from chorei.adapters.assessment.report import report, write_report
from chorei.adapters.assessment.scoring import Outcome, Scores, declines, holds, outcomes, scores

__all__ = [
    "Assessment",
    "Outcome",
    "Scores",
    "declines",
    "evaluate",
    "holds",
    "outcomes",
    "report",
    "scores",
    "write_report",
]
