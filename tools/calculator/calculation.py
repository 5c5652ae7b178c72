"""The exact calculator: an expression in, its value and the expression read out."""

import re
from decimal import Decimal
from typing import Final

from chorei.core import Frozen, Language
from chorei.tools.calculator.formatting import show, to_decimal
from chorei.tools.calculator.parser import MOST_NESTING, Parser
from chorei.tools.calculator.units import PERCENT
from chorei.tools.calculator.wording import fault

MOST_CHARACTERS: Final = 1000
# Significant digits of a result that does not come out even.
DIGITS: Final = 50
# A comma without a space could stand inside a number.
_SPACE: Final = re.compile(r"(?<!,) ")


class Calculation(Frozen):
    """An expression and its value.

    Attributes:
        expression: What was computed, in plain ASCII: numbers with a decimal dot and no
            grouping, ``+ - * / // % ** ( )``, ``15%`` for percent, function names, arguments
            separated by ``, ``; currencies left out. ``calculate(expression)`` gives the same
            result.
        result: The value in ``unit``: 15 for 15%. Exact if it has at most 50 significant
            digits or is whole, else rounded half even to 50.
        shown: The value for people, in the number format of the language and with its unit,
            rounded as :func:`chorei.tools.calculator.formatting.show` says.
        unit: "", "%", "$", "£", "€", "¥", "₫", or a word such as ``hours``.
        notes: What a reader should know, in the language: how an ambiguous number was read,
            that the shown value is rounded.
    """

    expression: str
    result: Decimal
    shown: str
    unit: str = ""
    notes: tuple[str, ...] = ()


def calculate(expression: str, *, language: Language = "en") -> Calculation:
    """Compute an arithmetic expression exactly.

    Numbers are fractions inside, so ``1/3*3`` is 1; only roots that do not come out,
    logarithms, ``exp`` and fractions of more than 1,000 digits are rounded, to 60 digits.

    - ``+ - * / // % ** ^ ( )``, ``× ÷ − · ² ³ √`` and their words in both languages. ``//``
      rounds down, a remainder has the sign of the divisor, ``-2**2`` is -4, ``2**3**2`` is
      ``2**9``. In Vietnamese ``12 : 4`` divides.
    - ``15%`` is a percentage unless an operand follows with even spacing (``17 % 5``,
      ``17%5``), which is the remainder. ``200 + 15%`` is 230, as on pocket calculators; the
      ``expression`` shows it as ``200 * (1 + 15%)``. ``15% + 5%`` is 20%.
    - ``abs avg cbrt ceil exp floor ln log log10 log2 max median min mod pow round sqrt sum``
      and their words; ``log`` is to base 10, ``round`` is half up. Arguments are separated by
      ``;`` or by a comma with a space.
    - Numbers in both formats, with scale words and one currency.

    Args:
        expression: At most 1,000 characters, brackets and powers at most 50 deep.
        language: Decides what ``1.234`` means, and the language of notes, of the shown result
            and of errors.

    Raises:
        CalculationError: It cannot be read or has no value; ``position`` is the character.
    """
    return computed(expression, language)


def computed(
    expression: str, language: Language, *, unit: str = "", notes: tuple[str, ...] = ()
) -> Calculation:
    """:func:`calculate` for a caller who knows the unit of the result and more notes."""
    if len(expression) > MOST_CHARACTERS:
        raise fault("length", language, expression, MOST_CHARACTERS, limit=MOST_CHARACTERS)
    parser = Parser(expression, language)
    part = parser.whole()
    # The expression that is told can be computed again, so the limits hold for it, too.
    text = part.text if len(part.text) <= MOST_CHARACTERS else _SPACE.sub("", part.text)
    if len(text) > MOST_CHARACTERS:
        raise fault("length", language, expression, None, limit=MOST_CHARACTERS)
    if _depth(text) > MOST_NESTING:
        raise fault("nesting", language, expression, None, limit=MOST_NESTING)
    value = part.quantity.value * (100 if part.quantity.unit == PERCENT else 1)
    result = to_decimal(value, DIGITS)
    unit = unit or part.quantity.unit
    shown, rounding = show(result, unit, language)
    remarks = tuple(dict.fromkeys((*notes, *parser.notes(), *((rounding,) if rounding else ()))))
    return Calculation(expression=text, result=result, shown=shown, unit=unit, notes=remarks)


def _depth(expression: str) -> int:
    """How deep the brackets of a well-formed expression nest."""
    deepest = depth = 0
    for character in expression:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest
