"""Exact numbers with a unit, and what may be done with them."""

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from math import isqrt
from typing import Final

from chorei.tools.calculator.units import CURRENCIES, PERCENT

MOST_DIGITS: Final = 1000
_BITS: Final = Decimal("3.3219281")
_MOST_BITS: Final = int(MOST_DIGITS * _BITS)
_MOST_ROOT: Final = 64
# Roots, logarithms and broken powers are irrational: they get ten digits more than a result.
IRRATIONAL: Final = Context(prec=60, Emax=10_000, Emin=-10_000)


class RefusedError(Exception):
    """An operation has no result.

    Args:
        key: The sentence in :mod:`chorei.tools.calculator.wording` that says why.
        fields: The blanks of that sentence.
    """

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key)
        self.key = key
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact rational number with a unit.

    Attributes:
        value: The number; 15% is 15/100.
        unit: "", "%" or a currency sign.
    """

    value: Fraction
    unit: str = ""

    @property
    def money(self) -> bool:
        """Whether it is an amount of money."""
        return self.unit in CURRENCIES


def bounded(value: Fraction) -> Fraction:
    """The value itself while it is short, rounded to 60 digits when its fraction gets long.

    Raises:
        RefusedError: It is above 10**1000, or nearer to zero than 10**-1000.
    """
    top, bottom = value.numerator.bit_length(), value.denominator.bit_length()
    if max(top, bottom) <= _MOST_BITS:
        return value
    if value and abs(top - bottom) > _MOST_BITS:
        raise RefusedError("size", limit=MOST_DIGITS)
    return Fraction(decimal(value))


def same_unit(left: Quantity, right: Quantity) -> str:
    """The unit of a sum, difference or remainder of the two."""
    if left.money and right.money and left.unit != right.unit:
        raise RefusedError("currencies", left=left.unit, right=right.unit)
    if left.money or right.money:
        return left.unit if left.money else right.unit
    return PERCENT if left.unit == right.unit == PERCENT else ""


def add(left: Quantity, right: Quantity) -> Quantity:
    """The sum; a plain number beside money counts as money."""
    return Quantity(bounded(left.value + right.value), same_unit(left, right))


def subtract(left: Quantity, right: Quantity) -> Quantity:
    """The difference."""
    return Quantity(bounded(left.value - right.value), same_unit(left, right))


def multiply(left: Quantity, right: Quantity) -> Quantity:
    """The product: money times money has no meaning, a percentage of money is money."""
    if left.money and right.money:
        raise RefusedError("money")
    units = {left.unit, right.unit}
    unit = next((u for u in units if u in CURRENCIES), "")
    if units == {PERCENT}:
        unit = PERCENT
    return Quantity(bounded(left.value * right.value), unit)


def _nonzero(right: Quantity) -> Fraction:
    if not right.value:
        raise RefusedError("zero")
    return right.value


def divide(left: Quantity, right: Quantity) -> Quantity:
    """The quotient: money by money is a plain ratio."""
    if left.money and right.money:
        same_unit(left, right)
    cancels = (left.money and right.money) or left.unit == right.unit
    return Quantity(bounded(left.value / _nonzero(right)), "" if cancels else left.unit)


def floor_divide(left: Quantity, right: Quantity) -> Quantity:
    """The quotient rounded down to a whole number (``-7 // 2`` is -4)."""
    quotient = divide(left, right)
    return Quantity(Fraction(quotient.value.__floor__()), quotient.unit)


def remainder(left: Quantity, right: Quantity) -> Quantity:
    """The remainder of :func:`floor_divide`, with the sign of the divisor."""
    return Quantity(left.value % _nonzero(right), same_unit(left, right))


def power(base: Quantity, exponent: Quantity) -> Quantity:
    """The power: exact while it is short and for roots that come out, else to 60 digits."""
    if base.money or exponent.money:
        raise RefusedError("money_power")
    if not base.value and exponent.value < 0:
        raise RefusedError("zero")
    return Quantity(bounded(_power(base.value, exponent.value)))


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    whole = exponent.denominator == 1
    if base < 0 and not whole:
        raise RefusedError("root")
    sign = -1 if base < 0 and exponent.numerator % 2 else 1
    base = abs(base)
    if base in (0, 1) or not exponent:
        return sign * (base if exponent else Fraction(1))
    # The size is estimated before anything is computed: 9**9**9 would not come back.
    bits = IRRATIONAL.multiply(IRRATIONAL.log10(decimal(base)), decimal(exponent)) * _BITS
    if abs(bits) > _MOST_BITS:
        raise RefusedError("size", limit=MOST_DIGITS)
    length = max(base.numerator.bit_length(), base.denominator.bit_length())
    if length * abs(exponent) <= _MOST_BITS * _MOST_ROOT and exponent.denominator <= _MOST_ROOT:
        root = base if whole else exact_root(base, exponent.denominator)
        if root is not None:
            return sign * bounded(root**exponent.numerator)
    return sign * Fraction(IRRATIONAL.power(decimal(base), decimal(exponent)))


def exact_root(value: Fraction, degree: int) -> Fraction | None:
    """The root of a value that is not negative if it is rational, else None."""
    top = _integer_root(value.numerator, degree)
    bottom = _integer_root(value.denominator, degree)
    root = Fraction(top, bottom)
    return root if root**degree == value else None


def _integer_root(value: int, degree: int) -> int:
    """The whole part of the root, by Newton's method on integers."""
    if degree == 2:
        return isqrt(value)
    if value < 2:
        return value
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better


def decimal(value: Fraction) -> Decimal:
    """A value to 60 digits, for functions that have no exact result."""
    return IRRATIONAL.divide(Decimal(value.numerator), Decimal(value.denominator))
