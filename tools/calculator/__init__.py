"""Exact arithmetic: expressions, and questions in English and Vietnamese that are arithmetic."""

from chorei.tools.calculator.calculation import Calculation, calculate
from chorei.tools.calculator.phrasing import arithmetic
from chorei.tools.calculator.spans import number_spans, numeric_values

__all__ = ["Calculation", "arithmetic", "calculate", "number_spans", "numeric_values"]
