"""The functions of the calculator."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from chorei.tools.calculator.quantity import (
    IRRATIONAL,
    Quantity,
    RefusedError,
    add,
    bounded,
    decimal,
    divide,
    exact_root,
    power,
    remainder,
    same_unit,
)
from chorei.tools.calculator.units import spelled

_MOST_PLACES: Final = 100
_HALF: Final = Fraction(1, 2)


class Function(NamedTuple):
    """A function: how many arguments it takes, and what it computes.

    ``most`` is None where any number of arguments goes.
    """

    least: int
    most: int | None
    compute: Callable[[Sequence[Quantity]], Quantity]


def _plain(name: str, compute: Callable[[Fraction], Fraction]) -> Function:
    """A function of one number without a unit."""

    def apply(arguments: Sequence[Quantity]) -> Quantity:
        if arguments[0].money:
            raise RefusedError("money_function", name=name)
        return Quantity(bounded(compute(arguments[0].value)))

    return Function(1, 1, apply)


def _keeping(compute: Callable[[Fraction], Fraction]) -> Function:
    """A function of one number that keeps its unit; a percentage is taken as its number."""

    def apply(arguments: Sequence[Quantity]) -> Quantity:
        value, unit = arguments[0].value, arguments[0].unit
        factor = 100 if unit == "%" else 1
        return Quantity(compute(value * factor) / factor, unit)

    return Function(1, 1, apply)


def half_up(value: Fraction) -> Fraction:
    """The nearest whole number; halves go away from zero (2.5 → 3, -2.5 → -3)."""
    rounded = (abs(value) + _HALF).__floor__()
    return Fraction(rounded if value >= 0 else -rounded)


def _round(arguments: Sequence[Quantity]) -> Quantity:
    places = arguments[1].value if len(arguments) > 1 else Fraction(0)
    if places.denominator != 1 or abs(places) > _MOST_PLACES:
        raise RefusedError("places", limit=_MOST_PLACES)
    unit = arguments[0].unit
    factor = Fraction(10) ** int(places) * (100 if unit == "%" else 1)
    return Quantity(half_up(arguments[0].value * factor) / factor, unit)


def _sqrt(value: Fraction) -> Fraction:
    if value < 0:
        raise RefusedError("root")
    exact = exact_root(value, 2)
    return exact if exact is not None else Fraction(IRRATIONAL.sqrt(decimal(value)))


def _cbrt(value: Fraction) -> Fraction:
    root = power(Quantity(abs(value)), Quantity(Fraction(1, 3))).value
    return root if value >= 0 else -root


def _logarithm(name: str, base: int | None) -> Callable[[Fraction], Fraction]:
    def compute(value: Fraction) -> Fraction:
        if value <= 0:
            raise RefusedError("domain", name=name)
        if base == 10:
            return Fraction(IRRATIONAL.log10(decimal(value)))
        natural = IRRATIONAL.ln(decimal(value))
        if base is None:
            return Fraction(natural)
        result = IRRATIONAL.divide(natural, IRRATIONAL.ln(Decimal(base)))
        whole = round(result)
        exact = abs(whole) < 4000 and Fraction(base) ** whole == value
        return Fraction(whole) if exact else Fraction(result)

    return compute


def _exp(value: Fraction) -> Fraction:
    if abs(value) > 2000:
        raise RefusedError("size", limit=1000)
    return Fraction(IRRATIONAL.exp(decimal(value)))


def _sum(arguments: Sequence[Quantity]) -> Quantity:
    total = arguments[0]
    for argument in arguments[1:]:
        total = add(total, argument)
    return total


def _mean(arguments: Sequence[Quantity]) -> Quantity:
    return divide(_sum(arguments), Quantity(Fraction(len(arguments))))


def _ordered(arguments: Sequence[Quantity]) -> list[Quantity]:
    unit = arguments[0].unit
    for argument in arguments[1:]:
        unit = same_unit(Quantity(Fraction(0), unit), argument)
    return sorted((Quantity(argument.value, unit) for argument in arguments), key=lambda a: a.value)


def _median(arguments: Sequence[Quantity]) -> Quantity:
    ordered = _ordered(arguments)
    middle = len(ordered) // 2
    return _mean(ordered[middle : middle + 1] if len(ordered) % 2 else ordered[middle - 1 :][:2])


FUNCTIONS: Final[dict[str, Function]] = {
    "abs": _keeping(abs),
    "avg": Function(1, None, _mean),
    "cbrt": _plain("cbrt", _cbrt),
    "ceil": _keeping(lambda value: Fraction(value.__ceil__())),
    "exp": _plain("exp", _exp),
    "floor": _keeping(lambda value: Fraction(value.__floor__())),
    "ln": _plain("ln", _logarithm("ln", None)),
    "log": _plain("log", _logarithm("log", 10)),
    "log10": _plain("log10", _logarithm("log10", 10)),
    "log2": _plain("log2", _logarithm("log2", 2)),
    "max": Function(1, None, lambda arguments: _ordered(arguments)[-1]),
    "median": Function(1, None, _median),
    "min": Function(1, None, lambda arguments: _ordered(arguments)[0]),
    "mod": Function(2, 2, lambda arguments: remainder(arguments[0], arguments[1])),
    "pow": Function(2, 2, lambda arguments: power(arguments[0], arguments[1])),
    "round": Function(1, 2, _round),
    "sqrt": _plain("sqrt", _sqrt),
    "sum": Function(1, None, _sum),
}
FUNCTION_NAMES: Final[dict[str, str]] = {name: name for name in FUNCTIONS} | spelled(
    {
        "average": "avg",
        "mean": "avg",
        "total": "sum",
        "maximum": "max",
        "minimum": "min",
        "trung bình": "avg",
        "tổng": "sum",
        "trung vị": "median",
        "làm tròn": "round",
        "lớn nhất": "max",
        "nhỏ nhất": "min",
        "căn": "sqrt",
        "căn bậc hai": "sqrt",
        "căn bậc ba": "cbrt",
        "square root": "sqrt",
        "cube root": "cbrt",
    }
)
