"""Exact arithmetic, a sandbox for programs that a model wrote, and the company's own tools."""

from chorei.tools.builtin import calculator_tool
from chorei.tools.calculator import (
    Calculation,
    arithmetic,
    calculate,
    number_spans,
    numeric_values,
)
from chorei.tools.extraction import yes_or_no
from chorei.tools.facts import Fact, Problem
from chorei.tools.form import Form, Turn, form_of, unsaid
from chorei.tools.output import ToolOutput
from chorei.tools.preparation import Used
from chorei.tools.program import Extracted, extract_program
from chorei.tools.sandbox import Limits, ProgramResult, Sandbox
from chorei.tools.schema import ArgumentSchema
from chorei.tools.tool import Tool, tool
from chorei.tools.toolbox import Toolbox

__all__ = [
    "ArgumentSchema",
    "Calculation",
    "Extracted",
    "Fact",
    "Form",
    "Limits",
    "Problem",
    "ProgramResult",
    "Sandbox",
    "Tool",
    "ToolOutput",
    "Toolbox",
    "Turn",
    "Used",
    "arithmetic",
    "calculate",
    "calculator_tool",
    "extract_program",
    "form_of",
    "number_spans",
    "numeric_values",
    "tool",
    "unsaid",
    "yes_or_no",
]
