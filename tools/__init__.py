"""Exact arithmetic: numbers as people write them, a calculator, arithmetic in questions."""

from chorei.tools.calculator import Calculation, calculate
from chorei.tools.phrasing import arithmetic
from chorei.tools.spans import number_spans, numeric_values

__all__ = ["Calculation", "arithmetic", "calculate", "number_spans", "numeric_values"]
