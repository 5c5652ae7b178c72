"""Prompted engines that let nothing out which the documents do not support."""

from chorei.agent.grounding.adapter import AdapterSolver
from chorei.agent.grounding.assessment import Assessment, Checked, assess
from chorei.agent.grounding.budget import Allocation, Part, Share, TokenBudget
from chorei.agent.grounding.evidence import Evidence, evidence_of, is_order
from chorei.agent.grounding.history import Recent, remembered, summarised, trimmed
from chorei.agent.grounding.reader import GroundedReader, Trust
from chorei.agent.grounding.recall import ModelSolver
from chorei.agent.grounding.router import ModelRouter
from chorei.agent.grounding.statements import Statement, statements
from chorei.agent.grounding.support import Checker, Support
from chorei.agent.grounding.system import (
    Introduction,
    Profile,
    facts_in,
    introduce,
    keep_moved,
    read_facts,
)
from chorei.agent.grounding.wordproblem import is_word_problem

__all__ = [
    "AdapterSolver",
    "Allocation",
    "Assessment",
    "Checked",
    "Checker",
    "Evidence",
    "GroundedReader",
    "Introduction",
    "ModelRouter",
    "ModelSolver",
    "Part",
    "Profile",
    "Recent",
    "Share",
    "Statement",
    "Support",
    "TokenBudget",
    "Trust",
    "assess",
    "evidence_of",
    "facts_in",
    "introduce",
    "is_order",
    "is_word_problem",
    "keep_moved",
    "read_facts",
    "remembered",
    "statements",
    "summarised",
    "trimmed",
]
