import json
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.core import CalculationError, fold
from chorei.tools import arithmetic, calculate

ITEMS = [
    json.loads(line)
    for line in (Path(__file__).parent / "arithmetic.jsonl").read_text("utf-8").splitlines()
]
ASKED = [item for item in ITEMS if item["expected"] is not None]
OTHER = [item for item in ITEMS if item["expected"] is None]


def test_the_set_is_large_enough_and_in_both_languages() -> None:
    assert len(OTHER) >= 20
    for language in ("en", "vi"):
        assert sum(item["language"] == language for item in ASKED) >= 30


@pytest.mark.parametrize("item", ASKED, ids=lambda item: item["question"])
def test_business_arithmetic_is_exact(item: dict[str, str]) -> None:
    calculation = arithmetic(item["question"], language=item["language"])
    assert calculation is not None
    assert calculation.result == Decimal(item["expected"])
    if calculation.unit in ("", "%", "$", "₫"):
        assert calculate(calculation.expression).result == calculation.result


@pytest.mark.parametrize("item", OTHER, ids=lambda item: item["question"])
def test_what_is_not_arithmetic_is_left_alone(item: dict[str, str]) -> None:
    assert arithmetic(item["question"], language=item["language"]) is None


@pytest.mark.parametrize(
    "question",
    [
        "Giá 1.250.000đ giảm 15% còn bao nhiêu tiền?",
        "Tổng cộng 1,2 triệu và 800k là bao nhiêu?",
        "Mỗi ly cà phê 35k, 12 ly hết bao nhiêu?",
        "Trung bình cộng của 10, 20 và 60",
    ],
)
def test_diacritics_and_unicode_forms_do_not_matter(question: str) -> None:
    expected = arithmetic(question, language="vi")
    assert expected is not None
    assert arithmetic(fold(question), language="vi") == expected
    assert arithmetic(unicodedata.normalize("NFD", question), language="vi") == expected


@pytest.mark.parametrize(
    "question", ["what is 5 / 0?", "what is $5 + €3?", "(2 + 3", "tổng của $5 và €3"]
)
def test_arithmetic_without_a_result_is_an_error(question: str) -> None:
    with pytest.raises(CalculationError):
        arithmetic(question, language="en")


def test_an_ambiguous_number_is_told() -> None:
    calculation = arithmetic("15% của 1.200 là bao nhiêu?", language="vi")
    assert calculation is not None
    assert calculation.result == 180
    assert calculation.notes == ("Đọc 1.200 là 1200 (kiểu Việt Nam).",)


def test_the_unit_is_carried() -> None:
    price = arithmetic("3 boxes at $4.50 each", language="en")
    share = arithmetic("30 is what percent of 120?", language="en")
    time = arithmetic("3 tuần có bao nhiêu ngày?", language="vi")
    assert [c and c.shown for c in (price, share, time)] == ["$13.50", "25%", "21\u00a0ngày"]


@pytest.mark.parametrize(
    "extra", ["for staff", "in Hanoi", "last year", "or 30", "and 2 more", "if approved"]
)
def test_a_word_that_is_not_understood_stops_it(extra: str) -> None:
    assert arithmetic("What is 15% of 200?", language="en") is not None
    assert arithmetic(f"What is 15% of 200 {extra}?", language="en") is None


WORDS = st.sampled_from(
    "what is the of and total average 15% $4.50 3 boxes at each giảm còn bao nhiêu của 500k"
    " thuế 1.234 1,5 triệu chia cho người mỗi hộp , . ? + 2024-05-01 10:30 <n0> ~ một"
    " hundred".split()
)


@given(
    st.text(max_size=200) | st.lists(WORDS, max_size=14).map(" ".join),
    st.sampled_from(["en", "vi"]),
)
@settings(deadline=None)
def test_any_text_gives_a_calculation_none_or_a_calculation_error(text: str, language: str) -> None:
    try:
        calculation = arithmetic(text, language=language)
    except CalculationError:
        return
    assert calculation is None or calculate(calculation.expression).result is not None
