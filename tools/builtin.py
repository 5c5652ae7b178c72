"""Tools of our own."""

from chorei.core import CalculationError, Language, ToolError
from chorei.tools.calculator import calculate
from chorei.tools.tool import Tool


def calculator_tool(language: Language = "en") -> Tool:
    """The exact calculator as the tool ``calculator``.

    Args:
        language: Decides what ``1.234`` means, and the format of the result.
    """

    def calculator(expression: str) -> str:
        """Compute an arithmetic expression exactly.

        Use it for every calculation instead of working it out. Numbers may be written
        1,234.56 or 1.234,56, with %, currency signs and words (5 million, 1,5 triệu).

        Args:
            expression: For example "1250 * 20%", "sqrt(2)", "round(10/3; 2)".
        """
        try:
            result = calculate(expression, language=language)
        except CalculationError as error:
            if error.position is None:
                raise
            pointer = f"{expression}\n{' ' * error.position}^"
            raise ToolError(f"{error}\n{pointer}") from None
        notes = "".join(f"\n{note}" for note in result.notes)
        return f"{result.expression} = {result.shown}{notes}"

    return Tool.of(calculator, seconds=5.0)
