from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.core import CalculationError
from chorei.tools import calculate, number_spans, numeric_values


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in number_spans(text)]


@pytest.mark.parametrize(
    ("written", "language", "value"),
    [
        ("1,234.56", "en", "1234.56"),
        ("1.234,56", "en", "1234.56"),
        ("1.234,56", "vi", "1234.56"),
        ("1 234,56", "vi", "1234.56"),
        ("1\u202f234\u202f567", "en", "1234567"),
        ("1'234'567.5", "en", "1234567.5"),
        ("1234", "en", "1234"),
        (".5", "en", "0.5"),
        ("1.234", "en", "1.234"),
        ("1.234", "vi", "1234"),
        ("1,234", "en", "1234"),
        ("1,234", "vi", "1.234"),
        ("0,123", "en", "0.123"),
        ("1.234.567", "en", "1234567"),
        ("45.000đ", "en", "45000"),
        ("1,5 triệu", "vi", "1500000"),
        ("1,5 trie\u0323\u0302u", "vi", "1500000"),
        ("2 tỷ rưỡi", "vi", "2500000000"),
        ("1 triệu 200 nghìn", "vi", "1200000"),
        ("1tr2", "vi", "1200000"),
        ("500trđ", "vi", "500000000"),
        ("500 ngan", "vi", "500000"),
        ("$1.5 million", "en", "1500000"),
        ("500k", "en", "500000"),
        ("USD 500", "en", "500"),
        ("1e3", "en", "1000"),
    ],
)
def test_a_number_is_read_in_either_format(written: str, language: str, value: str) -> None:
    assert calculate(f"{written} * 1", language=language).result == Decimal(value)


@pytest.mark.parametrize(
    ("written", "language", "notes"),
    [
        ("1.234", "vi", ("Đọc 1.234 là 1234 (kiểu Việt Nam).",)),
        ("1.234", "en", ("Read 1.234 as 1.234 (English format).",)),
        ("1,5", "en", ("Read 1,5 as 1.5 (Vietnamese format).",)),
        ("1.234,5", "en", ()),
        ("$1,234", "en", ()),
        ("45.000đ", "vi", ()),
        ("45.000đ", "en", ("Read 45.000 as 45000 (Vietnamese format).",)),
        ("1234.5", "en", ()),
    ],
)
def test_only_an_ambiguous_number_gets_a_note(
    written: str, language: str, notes: tuple[str, ...]
) -> None:
    assert calculate(written, language=language).notes == notes


@pytest.mark.parametrize(
    ("expression", "position"), [("1,23,4 + 1", 2), ("2 * 1.2.3", 6), ("1,2345,678", 2)]
)
def test_wrong_grouping_is_pointed_at(expression: str, position: int) -> None:
    with pytest.raises(CalculationError) as caught:
        calculate(expression)
    assert caught.value.position == position


def test_a_word_that_only_looks_like_a_scale_is_none() -> None:
    assert found("5 ngăn, 3 trạm, 2 ngàn") == ["5", "3", "2 ngàn"]


def test_numbers_in_prose() -> None:
    text = (
        "We sold 1,234.56 kg and 1.234,56 kg, 15% more (15 %), for $1.5 million or 45.000đ, "
        "US$5, USD 500, 1,5 triệu; 5kg, -5 degrees, 10-15 days, 24h, the 1st. End 1,234."
    )
    assert found(text) == [
        "1,234.56", "1.234,56", "15%", "15 %", "$1.5 million", "45.000đ", "US$5", "USD 500",
        "1,5 triệu", "5", "-5", "10", "15", "24", "1", "1,234",
    ]  # fmt: skip


def test_names_with_digits_are_no_numbers() -> None:
    text = "SOC2 v1.2.3 COVID-19 2FA 192.168.0.1 [1] a1@b.com https://x.example/2024/1 A4 1.2.3"
    assert found(text) == []


def test_dates_and_times_are_one_number_without_a_value() -> None:
    text = "At 10:30 on 2024-05-01, 12/05/2024 or 1.5.2024 until 8h30."
    assert found(text) == ["10:30", "2024-05-01", "12/05/2024", "1.5.2024", "8h30"]
    assert all(numeric_values(written, "en") == frozenset() for written in found(text))


@pytest.mark.parametrize(
    ("written", "language", "values"),
    [
        ("1.234", None, {"1.234", "1234"}),
        ("1.234", "vi", {"1234"}),
        ("15%", "en", {"15", "0.15"}),
        ("5m", "en", {"5", "5000000"}),
        ("-5", "en", {"-5"}),
        ("$1.5 million", "en", {"1500000"}),
        ("45.000 ₫", "en", {"45000"}),
        ("abc", "en", set()),
        ("", "en", set()),
    ],
)
def test_values_of_a_written_number(written: str, language: str | None, values: set[str]) -> None:
    assert numeric_values(written, language) == {Decimal(value) for value in values}


@pytest.mark.parametrize(
    "text",
    [
        "1" * 5000,
        "1," * 20_000,
        "5" + " tỷ" * 5000,
        "A" * 20_000,
        "1" + " 234" * 5000,
        "1e" + "9" * 99,
    ],
    ids=["digits", "commas", "scales", "letters", "groups", "exponent"],
)
def test_long_runs_are_no_trouble(text: str) -> None:
    for start, end in number_spans(text):
        numeric_values(text[start:end], "en")


@given(st.text(), st.sampled_from(["en", "vi"]))
@settings(deadline=None)
def test_any_text_has_ordered_spans_with_digits(text: str, language: str) -> None:
    end = 0
    for start, stop in number_spans(text):
        assert end <= start < stop <= len(text)
        assert any(c in "0123456789" for c in text[start:stop])
        numeric_values(text[start:stop], language)
        end = stop


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=2),
    st.sampled_from(["en", "vi"]),
    st.sampled_from(["", "%", "$", "€", "₫"]),
)
@settings(deadline=None)
def test_what_is_shown_reads_back(value: Decimal, language: str, unit: str) -> None:
    if unit == "₫":
        value = value.to_integral_value()
    written = f"{abs(value)}{unit}" if unit != "$" else f"${abs(value)}"
    calculation = calculate(f"-{written}" if value < 0 else written, language="en")
    shown = calculate(
        f"{calculation.expression}{'' if unit in ('', '%') else unit}", language=language
    ).shown
    assert found(shown) == [shown]
    assert value in numeric_values(shown, language)
