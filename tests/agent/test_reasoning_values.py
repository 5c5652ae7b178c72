"""Values compared exactly, votes, numbers that nobody gave, equations computed again."""

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.agent.reasoning.constants import invented, invented_note
from chorei.agent.reasoning.rechecking import equations, wrong_equations
from chorei.agent.reasoning.values import canonical, fault, number, same_key, written
from chorei.agent.reasoning.voting import majority
from chorei.core import Language


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18, "18"),
        (18.0, "18"),
        (Decimal("18.00"), "18"),
        (0.1 + 0.2, "0.3"),
        (Decimal("1E+3"), "1000"),
        (-0.0, "0"),
        ("18.50", "18.5"),
        (True, "True"),
        ([1.0, "a"], "[1, a]"),
        ({"a": 2.0}, "{a: 2}"),
        ("  Bình ", "Bình"),
    ],
)
def test_a_value_has_one_canonical_text(value: Any, text: str) -> None:
    assert canonical(value) == text


def test_a_number_that_python_refuses_to_print_is_written_all_the_same() -> None:
    assert canonical(10**4400) == "1" + "0" * 4400


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_int_float_decimal_and_text_of_one_number_are_one(whole: int, places: int) -> None:
    exact = Decimal(whole).scaleb(-places)
    forms: list[Any] = [exact, str(exact)]
    if len(exact.normalize().as_tuple().digits) <= 12:
        forms.append(float(exact))
    if not places:
        forms.append(whole)
    assert len({same_key(form) for form in forms}) == 1
    assert Fraction(number(forms[0]) or 0) == Fraction(whole, 10**places)


def test_true_is_not_one() -> None:
    assert same_key(True) != same_key(1)


@pytest.mark.parametrize(
    "value",
    [
        *(None, float("nan"), float("inf"), Decimal("NaN"), 10**60, 1e300, "", "  ", [], {}),
        *("x" * 1001, [1, None], {"a": float("nan")}),
    ],
)
def test_what_is_no_answer(value: Any) -> None:
    assert fault(value)


@pytest.mark.parametrize("value", [0, 0.0, False, "An", [0], 2**100, 1e-30, Decimal("0.00")])
def test_what_is_an_answer(value: Any) -> None:
    assert fault(value) is None


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        (1234567.5, "en", "1,234,567.5"),
        (1234567.5, "vi", "1.234.567,5"),
        (True, "en", "yes"),
        (False, "vi", "không"),
        ([1000, 2.5], "vi", "1.000; 2,5"),
        ({"a": 1000}, "en", "a: 1,000"),
        ("An", "en", "An"),
    ],
)
def test_a_value_is_written_as_the_language_does(value: Any, language: Language, text: str) -> None:
    assert written(value, language)[0] == text


def test_rounding_is_said() -> None:
    text, note = written(1 / 3, "en")
    assert text == "0.333333"
    assert "Rounded" in note


def test_a_majority_wins() -> None:
    vote = majority(["a", "b", "a", None, "a"])
    assert (vote.winner, vote.votes, vote.counted, vote.samples) == (0, 3, 4, 5)


@pytest.mark.parametrize(
    "answers", [["a", "b"], ["a", "a", "b", "b"], ["a", "b", "c"], [None, None], [], ["a", None]]
)
def test_without_a_majority_there_is_no_winner(answers: list[str | None]) -> None:
    assert majority(answers).winner is None


def test_one_sample_needs_no_agreement() -> None:
    assert majority(["a"]).winner == 0
    assert majority([None]).winner is None


@given(st.lists(st.none() | st.sampled_from("abc"), max_size=9))
def test_the_winner_has_more_votes_than_any_other(answers: list[str | None]) -> None:
    vote = majority(answers)
    counts = {a: answers.count(a) for a in answers if a is not None}
    assert vote.votes == max(counts.values(), default=0)
    if vote.winner is None:
        assert len(answers) != 1 or answers == [None]
        assert list(counts.values()).count(vote.votes) != 1 or vote.votes < 2
    else:
        chosen = answers[vote.winner]
        assert answers.index(chosen) == vote.winner
        assert chosen is not None
        assert all(n < counts[chosen] for a, n in counts.items() if a != chosen)


@pytest.mark.parametrize(
    ("program", "given_text", "language", "found"),
    [
        ("x = 1200 * 0.08", "An item costs 1200.", "en", ["0.08"]),
        ("x = 1200 * 0.08", "An item costs 1,200 plus 8% tax.", "en", []),
        ("x = 1200 * 1.08 * 0.92 * 8", "1200 and 8%", "en", []),
        ('x = Decimal("0.08") * 1200', "An item costs 1200.", "en", ["0.08"]),
        ("x = 4 * 3", "four boxes of three", "en", []),
        ("x = 5 * 1_000_000 * 1.2e6", "lương 5 triệu, thưởng 1,2 triệu", "vi", []),
        ("x = 12500", "giá 12.500 đồng", "vi", []),
        ("x = 3 / 4 * 0.75", "3/4 of it", "en", []),
        ("x = 24 * 60 * 60 * 7 * 52 * 365 * 100 * 0.5", "", "en", []),
        ("x = 30 * 9", "9 months", "en", ["30"]),
        ("for i in range(1, 5): pass", "over 4 years", "en", []),
        ("x = 1.5 * 12", "twelve at one and a half", "en", []),
        ("date(2026, 3, 20)", "đến 20/3/2026", "vi", []),
        ("date(2026, 3, 20)", "until 20 March 2026", "en", []),
        ('"""Rate 0.19 from nowhere."""\nx = 2', "", "en", []),
        ("x = -17", "", "en", ["17"]),
        ("def broken(", "", "en", []),
        ("x = 1e999 * 3", "3", "en", []),
    ],
)
def test_numbers_that_nobody_gave(
    program: str, given_text: str, language: Language, found: list[str]
) -> None:
    assert [str(value) for value in invented(program, given_text, language)] == found


def test_the_note_names_the_numbers_in_the_readers_format() -> None:
    note = "The program uses 0.08, which stands neither in your question nor in the documents."
    assert invented_note("x = 5 * 0.08", "5", "en") == [note]
    assert "0,08, 1.234," in invented_note("x = 0.08 * 1234", "", "vi")[0]


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_program_and_no_text_breaks_the_search(program: str, text: str) -> None:
    invented(program, text, "en")
    equations(text, "vi")


@pytest.mark.parametrize(
    ("text", "language", "wrong"),
    [
        ("So 12 * 3 = 35 and 5 + 5 = 10.", "en", ["12 * 3 = 35"]),
        ("1.234,5 x 2 = 2.469", "vi", []),
        ("10 / 3 = 3.33, so 3.33 * 2 = 6.66", "en", []),
        ("10 / 3 = 3.5", "en", ["10 / 3 = 3.5"]),
        ("**(16 - 3 - 4) × $2 = $18**", "en", []),
        ("$5 x 3 = $16", "en", ["$5 * 3 = $16"]),
        ("120.000 × 3 = 360.000 đồng", "vi", []),
        ("5 / 20 = 25%", "en", []),
        ("total = 3 + 4 = 8", "en", ["3 + 4 = 8"]),
        ("eggs - 3 * 2 = 10", "en", []),
        ("3 + 4 = 7 + 2 = 10", "en", ["7 + 2 = 10"]),
        ("On 2024-05-01 = 3", "en", []),
        ("\\(12 \\times 7 = 85\\)", "en", ["12 * 7 = 85"]),
        ("no equation at all", "en", []),
    ],
)
def test_equations_are_computed_again(text: str, language: Language, wrong: list[str]) -> None:
    assert [each.text for each in wrong_equations(text, language)] == wrong


@pytest.mark.shared
def test_no_equation_of_gsm8k_is_called_wrong(shared: Path) -> None:
    checked = 0
    for line in (shared / "gsm8k" / "test_first200.jsonl").read_text("utf-8").splitlines():
        answer = re.sub(r"<<.*?>>", "", json.loads(line)["answer"])
        found = equations(answer, "en")
        checked += len(found)
        assert [each.text for each in found if not each.holds] == []
    assert checked > 400
