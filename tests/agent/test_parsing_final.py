"""The final answer of a chain of thought, in words and as a number."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.agent.parsing import final_answer, final_number
from chorei.core import Language


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("2 + 2 = 4. The answer is 4.", "4"),
        ("So the final answer is: **team A**.", "team A"),
        ("Therefore, the correct answer to the question is yes. I am sure.", "yes"),
        ("The answer is Mr. Smith. He leads sales.", "Mr. Smith"),
        ("The answer is 5. I checked: the answer is correct.", "5"),
        ("The answer is 5. Wait, no. The answer is 6.", "6"),
        ("The answer is:\n\n$$\\boxed{12}$$", "12"),
        ("so $x = \\boxed{\\frac{3}{4}}$ holds", "\\frac{3}{4}"),
        ("work\n#### 1,200", "1,200"),
        ("**Answer:** 12 days", "12 days"),
        ("Final Answer: 17:15", "17:15"),
        ("Có 36 + 6 = 42 người. Đáp án là 10,5.", "10,5"),
        ("Vậy câu trả lời cuối cùng là: 540.000 đ. Hết.", "540.000 đ"),
        ("Vay dap an cuoi cung la 12 ngay.", "12 ngay"),
        ("Đáp số: 2,5 triệu đồng", "2,5 triệu đồng"),
        (unicodedata.normalize("NFD", "Kết quả là 12 ngày."), "12 ngày"),
        ("<think>The answer is 3.</think>The answer is 4.", "4"),
        ("<think>The answer is 3.", None),
        ("I do not know.", None),
        ("", None),
    ],
)
def test_final_answer(text: str, answer: str | None) -> None:
    assert final_answer(text) == answer


def test_the_words_of_the_prompt_can_be_the_cue() -> None:
    assert final_answer("Steps.\nRESULT => 12 days. Fine.", "Result =>") == "12 days"
    assert final_answer("The answer is 3.", "Result =>") == "3"


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("The answer is $1,234.50 per month. Done.", "en", "1234.50"),
        ("Đáp án là 1.234,56 đ.", "vi", "1234.56"),
        ("Dap an la 1.234 qua", "vi", "1234"),
        ("Đáp án là 2,5 triệu đồng.", "vi", "2500000"),
        ("The answer is about 1.5 million dollars.", "en", "1500000"),
        ("The answer is 3/4.", "en", "0.75"),
        ("The answer is 2 1/2 hours.", "en", "2.5"),
        ("The answer is $\\frac{3}{4}$.", "en", "0.75"),
        ("The answer is 15%.", "en", "15"),
        ("The answer is -5.", "en", "-5"),
        ("The answer is negative 5.", "en", "-5"),
        ("Đáp án là âm 5.", "vi", "-5"),
        ("The answer is 18 eggs.", "en", "18"),
        ("The answer is 10 + 8 = 18 dollars.", "en", "18"),
        ("\\boxed{\\$70{,}000}", "en", "70000"),
        ("42", "en", "42"),
    ],
)
def test_final_number(text: str, language: Language, number: str) -> None:
    assert final_number(text, language) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["The answer is 17:15.", "The answer is yes.", "no answer 5", "The answer is 1/0."]
)
def test_what_states_no_number(text: str) -> None:
    assert final_number(text, "en") is None


def test_the_last_number_counts_only_where_asked_for() -> None:
    text = "First there are 3.\nThen 4 more come, 7 together"
    assert final_number(text, "en") is None
    assert final_number(text, "en", anywhere=True) == 7


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(
                [
                    "The answer is ",
                    "\\boxed{",
                    "}",
                    "####",
                    "\n",
                    "1",
                    ",",
                    ".",
                    "/",
                    "$",
                    "İ",
                    "=",
                    "\ud800",
                ]
            ),
            max_size=30,
        ).map("".join),
    )
)
def test_no_text_raises(text: str) -> None:
    answer = final_answer(text)
    assert answer is None or answer.strip()
    final_number(text, "vi", anywhere=True)


@pytest.mark.parametrize(
    "piece", ["The answer is ", "\\boxed{", "\n#### ", "1,", "1 ", "a", "đ", "=1"]
)
def test_long_repetitions_are_read(piece: str) -> None:
    final_number(piece * 10_000, "en", anywhere=True)
