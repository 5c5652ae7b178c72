"""What a program gives back: values, output, errors, limits."""

import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.core import SandboxError
from chorei.tools.sandbox import Limits, Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits(seconds=1), bubblewrap=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("program", "entry", "value", "kind", "shown"),
    [
        ("6 * 7", None, 42, "int", "42"),
        ("def solution():\n    return 7 / 2", "solution()", 3.5, "float", "3.5"),
        ("ans = 'phở'", "ans", "phở", "str", "phở"),
        ("ans = 10 ** 40 + 1", "ans", 10**40 + 1, "int", "1" + "0" * 39 + "1"),
        ("(1, 2.5)", None, [1, 2.5], "tuple", "(1, 2.5)"),
        ("{'a': [True, None]}", None, {"a": [True, None]}, "dict", "{'a': [True, None]}"),
        ("{(1, 2): 3, 4: 5}", None, {(1, 2): 3, 4: 5}, "dict", "{(1, 2): 3, 4: 5}"),
        ("{3}", None, [3], "set", "{3}"),
        ("x = 1", None, None, "NoneType", "None"),
        ("", None, None, "NoneType", "None"),
        ("lương = 12\nlương * 2", None, 24, "int", "24"),
        ("float('inf')", None, math.inf, "float", "inf"),
        (
            "from decimal import Decimal\nDecimal('1.10')",
            None,
            Decimal("1.10"),
            "Decimal",
            "1.10",
        ),
    ],
)
def test_a_value_arrives_with_its_type(
    sandbox: Sandbox, program: str, entry: str | None, value: object, kind: str, shown: str
) -> None:
    result = sandbox.run(program, entry=entry)
    assert result.error is None
    assert (result.value, result.type, result.shown) == (value, kind, shown)
    assert type(result.value) is type(value)
    assert result.engine == "monty"


def test_other_values_arrive_as_text(sandbox: Sandbox) -> None:
    result = sandbox.run("import datetime\ndatetime.date(2026, 11, 20)")
    assert (result.value, result.type) == (str(dt.date(2026, 11, 20)), "date")


def test_output_is_kept_apart_from_the_value(sandbox: Sandbox) -> None:
    result = sandbox.run("print('working')\nans = 3", entry="ans")
    assert (result.value, result.output, result.truncated) == (3, "working\n", False)


def test_long_output_is_cut_and_marked(sandbox: Sandbox) -> None:
    result = sandbox.run("for _ in range(300):\n    print('ờ' * 1000)\nans = 1", entry="ans")
    assert result.value == 1
    assert result.truncated
    assert 65_530 < len(result.output.encode()) <= 65_536


def test_output_of_a_stopped_program_is_kept(sandbox: Sandbox) -> None:
    result = sandbox.run("print('so far')\nwhile True: pass")
    assert not result.ok
    assert result.output == "so far\n"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("def solution(:", "SyntaxError"),
        ("ans = undefined + 1", "NameError"),
        ("print('x')\nraise ValueError('real error')", "ValueError: real error"),
        ("class A: pass\nA()", "object of A"),
        ("'\ud800'", "surrogates"),
        ("10 ** 5000", "integer of about 5,001 digits"),
        ("[10 ** 5000]", "integer of about 5,001 digits"),
        ("'x' * 10 ** 6", "too large"),
        ("x = []\nfor i in range(200): x = [x]\nx", "nested too deeply"),
        ("x = 1" + " " * 100_000, "longer than"),
    ],
)
def test_a_failure_is_a_result_that_says_why(sandbox: Sandbox, program: str, message: str) -> None:
    result = sandbox.run(program)
    assert not result.ok
    assert message in str(result.error)
    assert (result.value, result.shown) == (None, "")


def test_a_traceback_points_at_the_line_as_it_was_written(sandbox: Sandbox) -> None:
    result = sandbox.run("import numpy as np\nx = 1\ny = x / 0", entry="y")
    assert "line 3" in str(result.error)


def test_the_largest_integer_that_python_prints_is_a_value(sandbox: Sandbox) -> None:
    assert sandbox.run("10 ** 4298").value == 10**4298


def test_unused_imports_do_not_matter(sandbox: Sandbox) -> None:
    program = "import math\nimport numpy as np\nimport statistics\nans = math.floor(2.7)"
    assert sandbox.run(program, entry="ans").value == 2


def test_star_imports_are_spelt_out(sandbox: Sandbox) -> None:
    assert sandbox.run("from math import *\nsqrt(16) + floor(pi)").value == 7.0


@settings(max_examples=60, deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.sampled_from([2.675, 0.5, 1.005]),
    st.integers(0, 6),
)
def test_rounding_is_that_of_cpython(sandbox: Sandbox, number: float, digits: int) -> None:
    assert sandbox.run(f"round({number!r}, {digits})").value == round(number, digits)


def test_what_cannot_run_is_refused_with_advice(sandbox: Sandbox) -> None:
    result = sandbox.run("import sympy\nsympy.Symbol('x')")
    assert not result.ok
    assert "ModuleNotFoundError" in str(result.error)
    assert "Rewrite the program" in str(result.error)


def test_an_endless_loop_is_stopped(sandbox: Sandbox) -> None:
    result = sandbox.run("while True: pass", limits=Limits(seconds=0.2))
    assert "TimeoutError" in str(result.error)
    assert result.seconds < 1


def test_limits_of_a_call_cannot_exceed_those_of_the_sandbox() -> None:
    outer = Limits(seconds=1, memory_mb=64, output_bytes=1000, recursion=100)
    assert Limits(seconds=9, memory_mb=512).within(outer) == outer
    assert Limits(seconds=0.5, recursion=50).within(outer).seconds == 0.5


@pytest.mark.parametrize("entry", ["", "1 + 1", "f(1)", "a.b", "x; y", "f()()"])
def test_an_entry_is_a_name_or_a_plain_call(sandbox: Sandbox, entry: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        sandbox.run("x = 1", entry=entry)


def test_a_closed_sandbox_says_so() -> None:
    sandbox = Sandbox()
    sandbox.close()
    sandbox.close()
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run("1")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_a_result(sandbox: Sandbox, program: str) -> None:
    result = sandbox.run(program)
    assert result.ok or result.error
