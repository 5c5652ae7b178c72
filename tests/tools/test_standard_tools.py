"""LangChain's standard tests for the tools of our own."""

from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from chorei.tools import Toolbox, calculator_tool


class _Calculator:
    @property
    def tool_constructor(self) -> BaseTool:
        return Toolbox([calculator_tool()]).as_langchain()[0]

    @property
    def tool_invoke_params_example(self) -> dict[str, str]:
        return {"expression": "1.250,50 * 2"}


class TestCalculatorUnit(_Calculator, ToolsUnitTests):
    pass


class TestCalculatorIntegration(_Calculator, ToolsIntegrationTests):
    pass


def test_both_number_formats():
    box = Toolbox([calculator_tool()])
    assert box.call("calculator", "1,250.50 * 2").result == "1250.5 * 2 = 2,501"
    assert box.call("calculator", "1.250,50 * 2").result.startswith("1250.5 * 2 = 2,501")
    vietnamese = Toolbox([calculator_tool("vi")])
    assert vietnamese.call("calculator", "1.250,50 * 2").result == "1250.5 * 2 = 2.501"


def test_a_wrong_expression_is_pointed_at():
    call = Toolbox([calculator_tool()]).call("calculator", "2 * (3 + ?)")
    assert call.outcome == "failed"
    first, *lines = call.result.splitlines()
    assert first
    assert lines[0] == "2 * (3 + ?)"
    assert lines[1].index("^") == lines[0].index("?")
