"""Adapters measured before and after training."""

from chorei.adapters.assessment.evaluate import UNKNOWN_TERMS, Assessment, evaluate
from chorei.adapters.assessment.general import rehearse
from chorei.adapters.assessment.rehearsed import rehearsed
from chorei.adapters.assessment.report import report, write_report
from chorei.adapters.assessment.scoring import Outcome, Scores, declines, holds, outcomes, scores

__all__ = [
    "UNKNOWN_TERMS",
    "Assessment",
    "Outcome",
    "Scores",
    "declines",
    "evaluate",
    "holds",
    "outcomes",
    "rehearse",
    "rehearsed",
    "report",
    "scores",
    "write_report",
]
