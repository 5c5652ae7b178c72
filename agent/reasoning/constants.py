"""Numbers in a program that nobody gave: a model's invented tax rate is no evidence."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from chorei.agent.reasoning import wording
from chorei.agent.reasoning.values import number, written
from chorei.core import Language, fold, words
from chorei.tools import number_spans, numeric_values
from chorei.tools.calculator.numberwords import with_digits

TRIVIAL: Final = frozenset(
    map(
        Decimal,
        # Counting, halves, percent, and powers of ten for scales of money and metric units.
        "0 1 2 0.5 0.01 10 100 1000 10000 100000 1000000 1000000000"
        # Time: days of a week and a year, hours of a day, weeks and months of a year, minutes,
        # seconds of an hour. 30 days a month is an assumption, so it does not stand here.
        " 7 365 24 52 12 60 3600".split(),
    )
)
"""Numbers that need no source."""
_MEANT: Final[dict[str, tuple[str, ...]]] = {
    "half": ("0.5",),
    "halves": ("0.5",),
    "twice": ("2",),
    "double": ("2",),
    "thrice": ("3",),
    "triple": ("3",),
    "triples": ("3",),
    "third": ("3",),
    "thirds": ("3",),
    "quarter": ("4", "0.25", "3"),
    "quarters": ("4", "0.25", "3"),
    "quarterly": ("4", "3"),
    "fourth": ("4",),
    "fifth": ("5",),
    "tenth": ("0.1",),
    "dozen": ("12",),
    "dozens": ("12",),
    "fortnight": ("14",),
    "quy": ("4", "3"),
    "nua": ("0.5",),
    "ruoi": ("0.5",),
    "doi": ("2",),
    "ta": ("12",),
}
"""Words that give a number, folded."""
_MONTHS: Final = (
    "january february march april may june july august september october november december"
).split()
_HALVES: Final = frozenset({"half", "nua", "ruoi"})
_SCALES: Final = (10**3, 10**6, 10**9)
_READ: Final = frozenset({"Decimal", "Fraction", "float", "int"})


def invented(program: str, given: str, language: Language) -> tuple[Decimal, ...]:
    """The numbers that a program uses and that do not stand in what it was given.

    A number is given as it stands, in words ("three", "a dozen"), or as what a percentage or a
    fraction makes of it: 8% gives 8, 0.08, 1.08 and 0.92; ``3/4`` gives 0.75; and the end of a
    ``range`` may be one more. Trivial numbers (:data:`TRIVIAL`) need no source.

    Args:
        program: Python source text; one that cannot be parsed has no numbers.
        given: The question and whatever facts came with it.
        language: Decides how numbers in ``given`` are read first; the other format counts, too.
    """
    known = TRIVIAL | _given(given, language)
    found = dict.fromkeys(
        value for value, slack in _numbers(program) if not _known(value, slack, known)
    )
    return tuple(found)


def invented_note(program: str, given: str, language: Language) -> list[str]:
    """The remark on the numbers that :func:`invented` finds; none if it finds none."""
    unknown = [written(value, language)[0] for value in invented(program, given, language)]
    phrase = wording.INVENTED_ONE if len(unknown) == 1 else wording.INVENTED_MANY
    return [phrase[language].format(values=", ".join(unknown))] if unknown else []


def _known(value: Decimal, slack: int, known: frozenset[Decimal]) -> bool:
    return value in known or (slack > 0 and value - slack in known)


def _given(text: str, language: Language) -> frozenset[Decimal]:
    values: set[Decimal] = set()
    spelled = (with_digits(text, "en"), with_digits(text, "vi"))
    for said in (text, *filter(None, spelled)):
        before: frozenset[Decimal] = frozenset()
        for start, end in number_spans(said):
            read = numeric_values(said[start:end], language)
            read |= numeric_values(said[start:end])
            fractions = {b / v for b in before for v in read if v} if "/" in text else set()
            values |= {abs(value) for value in read} | fractions
            before = read
            values |= set() if read else _digits(said[start:end])
    spoken = set(words(fold(text)))
    values |= {Decimal(value) for word in spoken for value in _MEANT.get(word, ())}
    values |= {Decimal(month) for month, name in enumerate(_MONTHS, 1) if name in spoken}
    if spoken & _HALVES:
        values |= {value + Decimal("0.5") for value in values}
    # "5 triệu" may be written 5 * 1_000_000.
    values |= {value / scale for value in values for scale in _SCALES}
    shares = {value / 100 for value in values}
    either = {1 + share for share in shares} | {1 - share for share in shares}
    return frozenset(values | shares | either)


def _digits(clock: str) -> set[Decimal]:
    """The parts of a date or a time."""
    parts = "".join(c if c.isdigit() else " " for c in clock).split()
    return {Decimal(part) for part in parts}


def _numbers(program: str) -> Iterator[tuple[Decimal, int]]:
    """Each number of a program, without sign, and by how much it may exceed a given one."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    ends = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) == "range"
        for argument in node.args
    }
    weekdays = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Call)
        and _name(node.left) in ("weekday", "isoweekday")
        for each in node.comparators
    }
    for node in ast.walk(tree):
        if id(node) in weekdays:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            value = number(node.value)
            if value is not None:
                yield abs(value), 1 if id(node) in ends else 0
        elif isinstance(node, ast.Call) and _name(node) in _READ and node.args:
            read = node.args[0]
            if isinstance(read, ast.Constant) and isinstance(read.value, str):
                value = number(read.value)
                if value is not None:
                    yield abs(value), 0


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
