"""The text of an answer on a screen of a given width, however it arrives."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from chorei.interfaces.excerpt import snippet, surroundings
from chorei.interfaces.rendering import print_hanging
from chorei.interfaces.writer import AnswerWriter

_CODES = re.compile(r"\x1b\[[0-9;]*m")


def written(pieces, *, width=40, terminal=True):
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, highlight=False)
    writer = AnswerWriter(console)
    for piece in pieces:
        writer.write(piece)
    writer.finish()
    return _CODES.sub("", file.getvalue())


TEXT = (
    "From the handbook › Annual leave:\n“Full-time employees have 26 days of leave.” [1]\n\n"
    "  - Nhân viên làm đủ 12 tháng có 14 ngày phép hưởng nguyên lương. [2] Hết.\n"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_broken_at_words_however_the_text_arrives(size):
    pieces = [TEXT[n : n + size] for n in range(0, len(TEXT), size)]
    lines = written(pieces).splitlines()
    assert lines == [
        "From the handbook › Annual leave:",
        "“Full-time employees have 26 days of",
        "leave.” [1]",
        "",
        "  - Nhân viên làm đủ 12 tháng có 14 ngày",
        "    phép hưởng nguyên lương. [2] Hết.",
    ]


def test_a_citation_stays_with_its_word():
    assert written(["aaa bbb [1]"], width=9) == "aaa\nbbb [1]\n"
    assert written(["aaa bbb ", "[", "1", "]"], width=9) == "aaa\nbbb [1]\n"


def test_decomposed_vietnamese_counts_as_wide_as_it_looks():
    import unicodedata

    text = "Nghỉ lễ được hưởng nguyên lương đầy đủ"
    decomposed = written([unicodedata.normalize("NFD", text)], width=20)
    assert unicodedata.normalize("NFC", decomposed) == written([text], width=20)


def test_without_a_terminal_the_text_goes_out_as_it_is():
    assert written([TEXT], width=10, terminal=False) == TEXT
    assert written(["no line end"], terminal=False) == "no line end\n"


@given(st.text(alphabet=st.sampled_from("ab [1]\n"), max_size=60), st.integers(1, 9))
def test_no_word_is_lost_or_invented(text, size):
    pieces = [text[n : n + size] for n in range(0, len(text), size)]
    assert written(pieces, width=12).split() == text.split()


def test_hanging_lines_fit_the_width():
    from rich.text import Text

    file = io.StringIO()
    console = Console(file=file, width=30, force_terminal=True)
    place = Text("Sổ tay nhân viên › Nghỉ phép năm › Nhân viên bán thời gian")
    print_hanging(console, "[1] ", place)
    lines = file.getvalue().splitlines()
    assert all(len(line) <= 30 for line in lines)
    assert all(line.startswith("    ") for line in lines[1:])


def test_snippet_emphasises_words_with_or_without_diacritics():
    text = "x " * 300 + "Nhân viên được nghỉ phép năm mười bốn ngày."
    shown = snippet(text, "nghi phep")
    assert [shown.plain[s.start : s.end] for s in shown.spans] == ["nghỉ", "phép"]
    assert shown.plain.startswith("…")
    assert len(shown.plain) <= 242


def test_snippet_emphasises_forms_of_a_word():
    shown = snippet("Our policies are short. Polite is another word.", "policy")
    assert [shown.plain[s.start : s.end] for s in shown.spans] == ["policies"]


@given(st.text(max_size=200), st.data())
def test_surroundings_keep_the_span_whole(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before, inside, after = surroundings(text, start, end, around=20)
    assert inside == text[start:end]
    assert text[:start].endswith(before.lstrip("…")) or before == "…"
    assert text[end:].startswith(after.rstrip("…")) or "…" in text
