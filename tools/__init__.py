"""Exact arithmetic, and a sandbox for programs that a model wrote."""

from chorei.tools.calculator import (
    Calculation,
    arithmetic,
    calculate,
    number_spans,
    numeric_values,
)
from chorei.tools.program import Extracted, extract_program
from chorei.tools.sandbox import Limits, ProgramResult, Sandbox

__all__ = [
    "Calculation",
    "Extracted",
    "Limits",
    "ProgramResult",
    "Sandbox",
    "arithmetic",
    "calculate",
    "extract_program",
    "number_spans",
    "numeric_values",
]
