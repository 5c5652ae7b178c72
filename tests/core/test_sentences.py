"""Sentences, list items and table rows as units."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import sentence_spans


def units(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs $1.50 today. Next.", ["It costs $1.50 today.", "Next."]),
        ("See e.g. Figure 3. Done.", ["See e.g. Figure 3.", "Done."]),
        ("Ask Mr. Smith. He knows.", ["Ask Mr. Smith.", "He knows."]),
        ("Open until 5 p.m. on Monday.", ["Open until 5 p.m. on Monday."]),
        ("Open until 5 p.m. The rest is closed.", ["Open until 5 p.m.", "The rest is closed."]),
        ("Wait ... then go. End.", ["Wait ... then go.", "End."]),
        ('He said "Go." Then he left.', ['He said "Go."', "Then he left."]),
        ("Ông ở TP. Hồ Chí Minh. Đúng vậy.", ["Ông ở TP. Hồ Chí Minh.", "Đúng vậy."]),
        ("Có phở, bún, v.v. trong căng tin.", ["Có phở, bún, v.v. trong căng tin."]),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: list[str]) -> None:
    assert units(text) == expected


def test_line_breaks_inside_a_paragraph_do_not_end_a_sentence() -> None:
    assert units("One sentence\non two lines. Another\none.") == [
        "One sentence\non two lines.",
        "Another\none.",
    ]


def test_items_headings_and_rows_are_units_of_their_own() -> None:
    text = (
        "# Leave\nYou get:\n\n- ten days\n  off\n- a cake\n\n1. First. Still first.\n2. Second\n"
        "\n| a | b |\n|---|---|\n| 1. x | 2 |\nAfter."
    )
    assert units(text) == [
        "# Leave",
        "You get:",
        "- ten days\n  off",
        "- a cake",
        "1. First.",
        "Still first.",
        "2. Second",
        "| a | b |",
        "|---|---|",
        "| 1. x | 2 |",
        "After.",
    ]


def test_rows_of_an_html_table_are_units() -> None:
    text = "<table>\n<tr>\n<td>A</td>\n<td>1</td>\n</tr>\n<tr><td>B</td></tr>\n</table>"
    assert "<tr>\n<td>A</td>\n<td>1</td>" in units(text)
    assert "<tr><td>B</td></tr>" in units(text)


@given(st.text(alphabet=st.sampled_from("aB đ.!?…-#|*1)\n\t\"'(e.g")))
def test_every_visible_character_is_in_exactly_one_unit(text: str) -> None:
    spans = list(sentence_spans(text))
    assert all(start < end for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert "".join("".join(text[s:e].split()) for s, e in spans) == "".join(text.split())
    assert all(text[s:e] == text[s:e].strip() for s, e in spans)
