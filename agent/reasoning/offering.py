"""The tools for computing that a model which reasons is offered."""

from chorei.agent.reasoning.running import run_text
from chorei.agent.reasoning.values import written
from chorei.core import Language, ToolError
from chorei.tools.builtin import calculator_tool
from chorei.tools.output import ToolOutput
from chorei.tools.sandbox import Sandbox
from chorei.tools.tool import Tool

PYTHON = "python"
_SHOWN_ERROR = 1500
_SHOWN_OUTPUT = 2000


def python_tool(sandbox: Sandbox) -> Tool:
    """Programs in the sandbox as the tool ``python``.

    Its artifact is the :class:`~chorei.core.Program` with its result.

    Args:
        sandbox: Where programs run.
    """

    def python(program: str) -> ToolOutput:
        """Run a Python program and get its value.

        Use it for a calculation of several steps. Its value is what solution() returns, or the
        last expression. It has no files and no network, and keeps nothing between calls.

        Args:
            program: The program, with the line breaks of Python.
        """
        run = run_text(program, sandbox)
        if run.error:
            raise ToolError(f"The program failed.\n{run.error[-_SHOWN_ERROR:]}")
        shown, _ = written(run.value, "en")
        printed = run.output.strip()
        text = f"{shown}\nprinted:\n{printed[:_SHOWN_OUTPUT]}" if printed else shown
        return ToolOutput(text, run.evidence)

    return Tool.of(python, seconds=sandbox.limits.seconds + 10)


def tools_for_reasoning(sandbox: Sandbox, language: Language = "en") -> tuple[Tool, ...]:
    """The tools ``calculator`` and ``python``; search and the company's own come beside them.

    Args:
        sandbox: Where programs run.
        language: Number format of the calculator.
    """
    return calculator_tool(language), python_tool(sandbox)
