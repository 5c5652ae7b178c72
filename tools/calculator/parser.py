"""Precedence climbing: tokens in, value and canonical text out."""

from collections.abc import Callable
from fractions import Fraction
from typing import Final, NamedTuple, TypeVar

from chorei.core import CalculationError, Language
from chorei.tools.calculator import quantity
from chorei.tools.calculator.expression import Token, tokenize
from chorei.tools.calculator.functions import FUNCTIONS
from chorei.tools.calculator.numerals import plain_digits
from chorei.tools.calculator.quantity import Quantity, RefusedError
from chorei.tools.calculator.units import PERCENT
from chorei.tools.calculator.wording import arguments, fault

MOST_NESTING: Final = 50


class Part(NamedTuple):
    """A part of the expression that was computed: its value, its text and how tight it binds."""

    quantity: Quantity
    text: str
    binding: int


_In = TypeVar("_In")
_Out = TypeVar("_Out")
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = 10, 20, 30, 40, 50


class _Operator(NamedTuple):
    binding: int
    text: str
    compute: Callable[[Quantity, Quantity], Quantity]


_OPERATORS: Final[dict[str, _Operator]] = {
    "+": _Operator(_SUM, "+", quantity.add),
    "-": _Operator(_SUM, "-", quantity.subtract),
    "*": _Operator(_PRODUCT, "*", quantity.multiply),
    "/": _Operator(_PRODUCT, "/", quantity.divide),
    "//": _Operator(_PRODUCT, "//", quantity.floor_divide),
    "mod": _Operator(_PRODUCT, "%", quantity.remainder),
    "**": _Operator(_POWER, "**", quantity.power),
}


class Parser:
    """Reads and computes an expression in one pass.

    Args:
        text: The expression.
        language: Decides what ``1.234`` means, and the language of errors.

    Raises:
        CalculationError: It cannot be read; the other methods raise it, too.
    """

    def __init__(self, text: str, language: Language) -> None:
        self._text = text
        self._language = language
        self._tokens = tokenize(text, language)
        self._index = 0
        self._depth = 0

    def whole(self) -> Part:
        """The value and text of the whole expression."""
        if self._peek().kind == "end":
            raise self._fault("empty", None)
        part = self._binary(0)
        if self._peek().kind != "end":
            position = self._peek().start
            raise self._fault("expected_operator", position, text=self._written(self._peek()))
        return part

    def notes(self) -> tuple[str, ...]:
        """How ambiguous numbers were read."""
        numerals = (token.numeral for token in self._tokens)
        return tuple(dict.fromkeys(n.note for n in numerals if n is not None and n.note))

    def _peek(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._peek()
        self._index += 1
        return token

    def _binary(self, least: int) -> Part:
        """An operand and all operators after it that bind at least as tightly as ``least``."""
        left = self._operand()
        while self._peek().kind == "operator":
            operator = _OPERATORS.get(self._peek().text)
            if operator is None or operator.binding < least:
                return left
            token = self._take()
            if operator.binding == _POWER:
                # Powers group to the right, and an exponent may have a sign.
                right = self._nested(_SIGN, token)
            else:
                right = self._binary(operator.binding + 1)
            left = self._combine(left, operator, right, token)
        return left

    def _combine(self, left: Part, operator: _Operator, right: Part, token: Token) -> Part:
        if operator.binding == _SUM and _is_share(left.quantity, right.quantity):
            return self._add_share(left, operator, right, token)
        tight = operator.binding == _POWER
        value = self._compute(operator.compute, left.quantity, right.quantity, token)
        before = _inside(left, operator.binding + tight)
        after = _inside(right, _SIGN if tight else operator.binding + 1)
        if operator.text == "%" and after.startswith("-"):
            after = f"({after})"
        return Part(value, f"{before} {operator.text} {after}", operator.binding)

    def _add_share(self, left: Part, operator: _Operator, right: Part, token: Token) -> Part:
        """``200 + 15%`` as on pocket calculators: ``200 * (1 + 15%)``."""
        one = Quantity(Fraction(1), PERCENT)
        factor = f"1 {operator.text} {_inside(right, _SUM + 1)}"
        share = self._compute(operator.compute, one, right.quantity, token)
        value = self._compute(quantity.multiply, left.quantity, share, token)
        if left.text == "1":
            return Part(value, factor, _SUM)
        return Part(value, f"{_inside(left, _PRODUCT)} * ({factor})", _PRODUCT)

    def _operand(self) -> Part:
        """A number, bracket or function call with the signs around it."""
        signs = 0
        negative = False
        while self._peek().kind == "operator" and self._peek().text in ("+", "-"):
            signs += 1
            negative ^= self._take().text == "-"
        if not signs:
            return self._postfix(self._atom())
        part = self._binary(_POWER)
        if not negative:
            return part
        value = Quantity(-part.quantity.value, part.quantity.unit)
        return Part(value, f"-{_inside(part, _POWER)}", _SIGN)

    def _postfix(self, part: Part) -> Part:
        while True:
            token = self._peek()
            if token.kind == "percent" and not part.quantity.money:
                value = Quantity(part.quantity.value / 100, PERCENT)
                part = Part(value, f"{_inside(part, _ATOM)}%", _ATOM)
            elif token.kind == "operator" and token.text in ("²", "³"):
                exponent = Quantity(Fraction(2 if token.text == "²" else 3))
                value = self._compute(quantity.power, part.quantity, exponent, token)
                part = Part(value, f"{_inside(part, _ATOM)} ** {exponent.value}", _POWER)
            else:
                return part
            self._index += 1

    def _atom(self) -> Part:
        token = self._take()
        if token.numeral is not None:
            value = self._guarded(quantity.bounded, token)(token.numeral.value)
            return Part(Quantity(value, token.numeral.unit), plain_digits(value), _ATOM)
        if token.kind == "open":
            inner = self._nested(0, token)
            self._close()
            return inner
        if token.kind == "function":
            return self._call(token)
        if token.kind == "end":
            raise self._fault("ends", token.start)
        raise self._fault("expected_number", token.start, text=self._written(token))

    def _call(self, token: Token) -> Part:
        function = FUNCTIONS[token.text]
        if self._peek().kind != "open":
            if function.most != 1:
                raise self._fault("expected_bracket", token.start, name=token.text)
            given = [self._nested(_SIGN, token)]
        else:
            self._take()
            given = self._arguments()
        if len(given) < function.least or (function.most and len(given) > function.most):
            expected = arguments(function.least, function.most, self._language)
            fields = {"name": token.text, "expected": expected, "count": len(given)}
            raise self._fault("argument_count", token.start, **fields)
        compute = self._guarded(function.compute, token)
        text = f"{token.text}({', '.join(part.text for part in given)})"
        return Part(compute([part.quantity for part in given]), text, _ATOM)

    def _arguments(self) -> list[Part]:
        """The arguments of a call, its opening bracket already taken."""
        given: list[Part] = []
        while self._peek().kind != "close" or given:
            given.append(self._nested(0, self._peek()))
            if self._peek().kind != "separator":
                break
            self._take()
        self._close()
        return given

    def _close(self) -> None:
        if self._peek().kind != "close":
            raise self._fault(
                "expected_operator", self._peek().start, text=self._written(self._peek())
            )
        self._index += 1

    def _nested(self, least: int, token: Token) -> Part:
        """An expression one level deeper, which is counted: recursion must end."""
        self._depth += 1
        if self._depth > MOST_NESTING:
            raise self._fault("nesting", token.start, limit=MOST_NESTING)
        part = self._binary(least)
        self._depth -= 1
        return part

    def _compute(
        self,
        function: Callable[[Quantity, Quantity], Quantity],
        left: Quantity,
        right: Quantity,
        token: Token,
    ) -> Quantity:
        try:
            return function(left, right)
        except RefusedError as refusal:
            raise self._fault(refusal.key, token.start, **refusal.fields) from None

    def _guarded(self, function: Callable[[_In], _Out], token: Token) -> Callable[[_In], _Out]:
        """The function with its refusals told as errors at ``token``."""

        def compute(argument: _In) -> _Out:
            try:
                return function(argument)
            except RefusedError as refusal:
                raise self._fault(refusal.key, token.start, **refusal.fields) from None

        return compute

    def _written(self, token: Token) -> str:
        return self._text[token.start : token.end]

    def _fault(self, key: str, position: int | None, **fields: object) -> CalculationError:
        return fault(key, self._language, self._text, position, **fields)


def _is_share(left: Quantity, right: Quantity) -> bool:
    """Whether the right side of a sum is a percentage of the left side."""
    return right.unit == PERCENT and left.unit != PERCENT


def _inside(part: Part, least: int) -> str:
    """The text of a part for a place that needs a binding of at least ``least``."""
    return part.text if part.binding >= least else f"({part.text})"
