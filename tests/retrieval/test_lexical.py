import sqlite3
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.core import fold, nfc
from chorei.retrieval import lexical

PASSAGES = {
    "leave": ("Nhân viên được nghỉ phép năm 12 ngày.", ("Nghỉ phép",), "Sổ tay", (), "so-tay.md"),
    "danang": ("Văn phòng Đà Nẵng mở cửa lúc 8 giờ.", (), "Văn phòng", (), "vp.md"),
    "price": ("Máy in;1.234,56", (), "Bảng giá", ("Sản phẩm", "Giá"), "gia.csv"),
    "remote": (
        "Employees may work remotely on two days.",
        ("Remote work",),
        "Handbook",
        (),
        "h.md",
    ),
    "travel": ("Book flights with the travel agency.", ("Expenses",), "Handbook", (), "h.md"),
}


@pytest.fixture
def index() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    columns = ", ".join(lexical.COLUMNS)
    tokenize = f'tokenize="{lexical.TOKENIZE}"'
    connection.execute(f"CREATE VIRTUAL TABLE f USING fts5(key UNINDEXED, {columns}, {tokenize})")
    marks = ", ".join("?" * (len(lexical.COLUMNS) + 1))
    for key, passage in PASSAGES.items():
        connection.execute(f"INSERT INTO f VALUES ({marks})", (key, *lexical.fields(*passage)))
    return connection


def found(index: sqlite3.Connection, expression: str) -> list[str]:
    rank = lexical.RANK.replace("(", "(0, ", 1)  # the key's column has no weight
    rows = index.execute(
        "SELECT key FROM f WHERE f MATCH ? AND rank MATCH ? ORDER BY rank", (expression, rank)
    )
    return [key for (key,) in rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Nghỉ phép năm được bao nhiêu ngày?", "leave"),
        ("nghi phep nam duoc bao nhieu ngay", "leave"),
        ("NGHỈ PHÉP", "leave"),
        ("van phong da nang", "danang"),
        ("Đà Nẵng", "danang"),
        ("1.234,56", "price"),
        ("Can an employee work remotely?", "remote"),
        ("booking a flight", "travel"),
        ("expense", "travel"),
        ("sản phẩm", "price"),
    ],
)
def test_finds(index: sqlite3.Connection, query: str, expected: str) -> None:
    for form in ("NFC", "NFD"):
        typed = nfc(unicodedata.normalize(form, query))
        assert found(index, lexical.expression(typed))[0] == expected


def test_a_word_with_marks_does_not_find_another_with_the_same_letters(
    index: sqlite3.Connection,
) -> None:
    assert found(index, lexical.expression("giờ")) == ["danang"]
    assert "danang" not in found(index, lexical.expression("giỏ"))


def test_function_words_alone_are_searched_and_otherwise_left_out() -> None:
    assert '"the"' not in lexical.expression("the leave")
    assert '"the"' in lexical.expression("the the")
    assert lexical.expression("?!") == ""


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_query_breaks_the_syntax(query: str) -> None:
    connection = sqlite3.connect(":memory:")
    columns = ", ".join(lexical.COLUMNS)
    tokenize = f'tokenize="{lexical.TOKENIZE}"'
    connection.execute(f"CREATE VIRTUAL TABLE f USING fts5({columns}, {tokenize})")
    for expression in (lexical.expression(query), lexical.expression(query, lambda _: 9_999)):
        if expression:
            found = connection.execute("SELECT 1 FROM f WHERE f MATCH ?", (expression,)).fetchall()
            assert found == []
    connection.close()


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=20))
def test_there_is_one_field_per_column(text: str, heading: str) -> None:
    fields = lexical.fields(text, (heading,), "title", (), "name.md")
    assert len(fields) == len(lexical.COLUMNS)
    assert fold(fields[1]) == fields[1]


def test_frequent_words_rank_but_do_not_gather_in_a_large_library(
    index: sqlite3.Connection,
) -> None:
    frequency = {"work": 90_000, "employees": 80_000, "remotely": 3, "flights": 5, "books": 7}
    narrow = lexical.expression("employees work remotely with flights", lambda w: frequency[w])
    assert set(found(index, narrow)) == {"remote", "travel"}
    wide = lexical.expression("employees work remotely with flights", lambda w: 10)
    assert " AND " not in wide
    gathered = narrow.split(" AND ")[0]
    assert '"remotely"' in gathered
    assert '"work"' not in gathered
