"""Reasoning with a language model: programs, chains of thought, and tools step by step."""

from chorei.agent.reasoning.budgets import Budgets
from chorei.agent.reasoning.cot import ThoughtSolver
from chorei.agent.reasoning.needs import needs_model
from chorei.agent.reasoning.offering import python_tool, tools_for_reasoning
from chorei.agent.reasoning.pal import ProgramSolver
from chorei.agent.reasoning.react import Reasoner, ReasonerGraph, build_reasoner
from chorei.agent.reasoning.running import Replay, replay, replay_all
from chorei.agent.reasoning.state import ReasonerInput, ReasonerOutput, solution_of
from chorei.agent.reasoning.voting import Vote, majority

__all__ = [
    "Budgets",
    "ProgramSolver",
    "Reasoner",
    "ReasonerGraph",
    "ReasonerInput",
    "ReasonerOutput",
    "Replay",
    "ThoughtSolver",
    "Vote",
    "build_reasoner",
    "majority",
    "needs_model",
    "python_tool",
    "replay",
    "replay_all",
    "solution_of",
    "tools_for_reasoning",
]
