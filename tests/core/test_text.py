import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import fold, language_of, nfc, word_spans, words


def test_fold_takes_away_case_diacritics_and_the_bar_of_d() -> None:
    assert fold("Đà Nẵng được nghỉ") == "da nang duoc nghi"
    assert fold(unicodedata.normalize("NFD", "Phở Đặc Biệt")) == "pho dac biet"


def test_words_keep_numbers_and_contractions_whole() -> None:
    assert words("It's 1.234,56 đ, on-site!") == ["it's", "1.234,56", "đ", "on", "site"]


@given(st.text())
def test_word_spans_point_at_their_words(text: str) -> None:
    for word, start, end in word_spans(text):
        assert word == nfc(text[start:end]).lower()


@given(st.text(alphabet="aăâbdđeêghiklmnoôơpqrstuưvxyàáảãạ ", max_size=40))
def test_fold_does_not_depend_on_the_normal_form(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert fold(text) == fold(decomposed)
    assert words(text) == words(nfc(decomposed))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is phở?", "en"),
        ("How many days of leave do I get?", "en"),
        ("the price of Cà phê sữa đá", "en"),
        ("Chính sách sick leave là gì?", "vi"),
        ("ngay nghi phep la bao nhieu", "vi"),
        ("15% của 200", "vi"),
        ("còn ngày lễ thì sao?", "vi"),
    ],
)
def test_function_words_decide_the_language(text: str, language: str) -> None:
    assert language_of(text) == language


def test_without_any_sign_the_default_counts() -> None:
    assert language_of("12 * 7") == "en"
    assert language_of("12 * 7", default="vi") == "vi"
