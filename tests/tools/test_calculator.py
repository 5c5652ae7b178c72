import operator
from decimal import Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.core import CalculationError
from chorei.tools import calculate

LANGUAGES = st.sampled_from(["en", "vi"])


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1/3*3", "1"),
        ("0.1 + 0.2", "0.3"),
        ("-2**2", "-4"),
        ("2**-1", "0.5"),
        ("2**3**2", "512"),
        ("2^10", "1024"),
        ("7 // -2", "-4"),
        ("-7 mod 3", "2"),
        ("17 % 5", "2"),
        ("17%5", "2"),
        ("15% of 200", "30"),
        ("200 + 15%", "230"),
        ("200 - 15%", "170"),
        ("100 + 10% + 10%", "121"),
        ("200 + 15% of 50", "207.5"),
        ("8**(1/3)", "2"),
        ("√16 + 9", "13"),
        ("square root of 2.25", "1.5"),
        ("3² × 2 ÷ 4 − 1", "3.5"),
        ("[1 + 2] * {3}", "9"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(2.675, 2)", "2.68"),
        ("round(1234, -2)", "1200"),
        ("floor(-1.5) + ceil(1.2)", "0"),
        ("max(3,5)", "5"),
        ("sum(1,234, 5)", "1239"),
        ("median(4, 1, 9, 7)", "5.5"),
        ("avg(1; 2; 6)", "3"),
        ("log(1000) + log2(8)", "6"),
        ("ten", None),
        ("2**1000 / 2**999", "2"),
        ("12 divided by 4 plus 1", "4"),
        ("= 3 + 4 =", "7"),
    ],
)
def test_expressions(expression: str, result: str | None) -> None:
    if result is None:
        with pytest.raises(CalculationError):
            calculate(expression)
    else:
        assert calculate(expression).result == Decimal(result)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("3,5 x 4", "14"),
        ("12 : 4", "3"),
        ("500k trừ đi 20%", "400000"),
        ("căn bậc hai của 16 cộng 1", "5"),
        ("tổng(1,5; 2)", "3.5"),
        ("10 chia cho 4 nhân 2", "5"),
    ],
)
def test_vietnamese_expressions(expression: str, result: str) -> None:
    assert calculate(expression, language="vi").result == Decimal(result)


@pytest.mark.parametrize(
    ("expression", "language", "shown", "unit"),
    [
        ("1234.5 * 1", "en", "1,234.5", ""),
        ("1234,5 * 1", "vi", "1.234,5", ""),
        ("$9 * 1.5", "en", "$13.50", "$"),
        ("-$1234", "en", "-$1,234", "$"),
        ("$1234,5", "vi", "1.234,50\u00a0$", "$"),
        ("45.000đ * 5", "vi", "225.000\u00a0₫", "₫"),
        ("15% + 5%", "en", "20%", "%"),
        ("10 / 3", "en", "3.333333", ""),
        ("$10 / 3", "en", "$3.33", "$"),
        ("0.00001234 / 1", "en", "0.00001234", ""),
        ("2**100", "en", "1,267,650,600,228,229,401,496,703,205,376", ""),
    ],
)
def test_results_are_shown_with_their_unit(
    expression: str, language: str, shown: str, unit: str
) -> None:
    calculation = calculate(expression, language=language)
    assert (calculation.shown, calculation.unit) == (shown, unit)


def test_a_rounded_result_says_so() -> None:
    assert calculate("10/3").notes == ("Rounded to 6 decimal places; the exact value goes on.",)
    assert calculate("10/4").notes == ()
    assert "làm tròn" in calculate("10/3", language="vi").notes[0]


def test_the_expression_read_is_shown() -> None:
    calculation = calculate("(1,5 triệu) × 2 + 15%", language="vi")
    assert calculation.expression == "1500000 * 2 * (1 + 15%)"
    assert calculation.expression.isascii()


@pytest.mark.parametrize(
    ("expression", "position", "part"),
    [
        ("", None, "nothing"),
        ("3 +", 3, "ends"),
        ("(3 + 4", 0, "not closed"),
        ("3 + 4)", 5, "not opened"),
        ("(3 + 4]", 6, "not opened"),
        ("2(3)", 1, "operator"),
        ("2 3", 2, "operator"),
        ("5 / 0", 2, "zero"),
        ("5 % 0", 2, "zero"),
        ("0 ** -1", 2, "zero"),
        ("5 + apples", 4, "apples"),
        ("5 # 3", 2, "#"),
        ("$5 + €3", 3, "exchange rate"),
        ("$5 * $3", 3, "money"),
        ("20% 50", 2, "percent"),
        ("max(1,234)", 5, "arguments"),
        ("max()", 0, "argument"),
        ("sqrt(-1)", 0, "root"),
        ("(-8) ** 0.5", 5, "root"),
        ("9**9**9", 1, "digits"),
        ("9**9**9**9", 4, "digits"),
        ("1, 2", 1, "separates"),
    ],
)
def test_errors_point_at_the_character(expression: str, position: int | None, part: str) -> None:
    with pytest.raises(CalculationError, match=part if part != "#" else "'#'") as caught:
        calculate(expression)
    assert caught.value.position == position
    assert caught.value.expression == expression


def test_errors_speak_vietnamese() -> None:
    with pytest.raises(CalculationError, match="Phép chia cho 0"):
        calculate("5 / 0", language="vi")


@pytest.mark.parametrize(
    "expression",
    [
        "1" * 1001,
        "(" * 51 + "1" + ")" * 51,
        "2" + "**2" * 60,
        "9**9**9**9**9",
        "10**1000 * 10",
        "2**3400",
        "1" + " tỷ" * 300,
        "1e999999999",
        "exp(exp(exp(9)))",
        "sqrt " * 60 + "2",
        "+".join(["1tr"] * 200),
    ],
)
def test_what_is_too_large_is_refused(expression: str) -> None:
    with pytest.raises(CalculationError):
        calculate(expression)


@pytest.mark.parametrize(
    "expression",
    ["__import__('os')", "().__class__", "1 if 1 else 2", "lambda: 1", "[x for x in (1,)]", "a=1"],
)
def test_python_is_not_run(expression: str) -> None:
    with pytest.raises(CalculationError):
        calculate(expression)


def test_long_but_bounded_expressions_are_computed() -> None:
    assert calculate("+".join(["1"] * 500)).result == 500
    assert calculate("(" * 50 + "1" + ")" * 50).result == 1
    assert calculate("-" * 900 + "1").result == 1


PIECES = st.sampled_from(
    [
        "1", "2.5", "1,234", "15%", "$5", "€3", "500k", "1,5 triệu", "(", ")", "[", "+", "-", "*",
        "/", "//", "%", "**", "sqrt", "max(", "round(", ",", "; ", "of", "x", "²", "=", "9",
        "1e300", "đ", "tỷ rưỡi", "chia", "mũ", "log(", "exp(", "căn bậc hai", "?", "\u0301", "½",
        "٣", ".",
    ]
)  # fmt: skip
EXPRESSIONS = st.lists(PIECES, max_size=15).map(" ".join) | st.lists(PIECES, max_size=15).map(
    "".join
)


@given(st.text(max_size=1100) | EXPRESSIONS, LANGUAGES)
@settings(deadline=None)
def test_any_text_gives_a_result_or_a_calculation_error(text: str, language: str) -> None:
    try:
        calculation = calculate(text, language=language)
    except CalculationError as error:
        where = error.position
    else:
        where = None
        assert calculate(calculation.expression).result == calculation.result
    assert where is None or 0 <= where <= len(text)


NUMBERS = st.integers(0, 10**6).map(Decimal) | st.decimals(0, 10**6, places=3)
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def trees(leaf: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(leaf, st.sampled_from(sorted(OPERATORS)), leaf)


def text_and_value(tree: object) -> tuple[str, Fraction]:
    if isinstance(tree, Decimal):
        return format(tree, "f"), Fraction(tree)
    left, sign, right = tree
    (a, x), (b, y) = text_and_value(left), text_and_value(right)
    return f"({a} {sign} {b})", OPERATORS[sign](x, y)


@given(st.recursive(NUMBERS, trees, max_leaves=12))
@settings(max_examples=200, deadline=None)
def test_random_expressions_agree_with_exact_arithmetic(tree: object) -> None:
    try:
        text, value = text_and_value(tree)
    except ZeroDivisionError:
        return
    calculation = calculate(text)
    context = Context(prec=50)
    expected = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    if value.denominator == 1:
        assert calculation.result == value.numerator
    else:
        assert context.plus(calculation.result) == expected
    assert calculate(calculation.expression).result == calculation.result
