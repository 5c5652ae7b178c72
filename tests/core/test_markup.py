import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import plain, shown
from chorei.core.tables import row_spans

HOSTILE = [
    "#",
    "|",
    "*",
    "[",
    " ",
    "`",
    "<",
    "<!--",
    "{%",
    "{{",
    "[a](",
    "![",
    "\\",
    "_",
    "a*",
    "\n",
]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("**Bold**, *slanted* and ***both***", "Bold, slanted and both"),
        ("__Bold__ and _slanted_, ~~gone~~", "Bold and slanted, gone"),
        ("**outer *inner* outer**", "outer inner outer"),
        ("snake_case, __init__.py, 5*3*2, *.py", "snake_case, __init__.py, 5*3*2, *.py"),
        ("## Heading ##", "Heading"),
        ("Heading\n=======", "Heading"),
        ("- item", "item"),
        ("• mục", "mục"),
        ("- [x] done", "done"),
        ("1. first\n2. second", "1. first 2. second"),
        ("> quoted", "quoted"),
        ("see [the `leave` page](/leave/(new)/ 'x')", "see the leave page"),
        ("see [the page][ref] and ![a chart](c.png)", "see the page and a chart"),
        ("[![alt](i.png)](https://example.org)", "alt"),
        ('[away]({% page "travel/going-away/" %}) until', "away until"),
        ("{% alert %}\n  Mind this.\n{% endalert %}", "Mind this."),
        ("write to {{ site.email }} now{:.note}", "write to now"),
        ("<p>a <b>b</b>c<br/>d</p>", "a bc d"),
        (
            "clone <your-name> &amp; <https://example.org>",
            "clone <your-name> & https://example.org",
        ),
        ("run `rm -r *_old_*` twice", "run rm -r *_old_* twice"),
        ("`` a ` b ``", "a ` b"),
        (r"336 hours \- 240 \= 96 \*", "336 hours - 240 = 96 *"),
        ("```python\nx = a_b\n```", "x = a_b"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a; b 1; 2"),
        ("shown <!-- not shown --> again", "shown again"),
        ("a note[^1] here", "a note here"),
        ("**Nghỉ phép**: 12 ngày", "Nghỉ phép: 12 ngày"),
        ("5 * 3 - 2 > 4 & 1 < 2", "5 * 3 - 2 > 4 & 1 < 2"),
        ("#khẩn cấp", "#khẩn cấp"),
        (r"[a](x\_y) and `b`", "a and b"),
        ("`a` &#57344;7&#57345; &#57344;0&#57345;", "a a"),
        ("", ""),
    ],
)
def test_markup_is_removed(written: str, read: str) -> None:
    assert plain(written) == read


@given(st.text(alphabet=st.sampled_from("#*_`[]()!<>{}%|\\~-=& \n\ta1é\u2028\ue000"), max_size=200))
def test_any_text_becomes_one_line(text: str) -> None:
    read = plain(text)
    assert read == " ".join(read.split())


@given(st.text(alphabet=st.characters(categories=["L", "N", "Zs"]), max_size=200))
def test_words_stay(text: str) -> None:
    assert plain(text) == " ".join(text.split())


@pytest.mark.parametrize("mark", HOSTILE)
def test_marks_without_end_are_read(mark: str) -> None:
    assert "\n" not in plain(mark * 200_000)


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ("Widget,12,", "Product: Widget; Price: 12"),
        ('"Widget, large";1.234,50;new', "Product: Widget, large; Price: 1.234,50; Note: new"),
        ("Widget\t12\tnew", "Product: Widget; Price: 12; Note: new"),
        ('"Wid\nget",12,x', "Product: Wid get; Price: 12; Note: x"),
        ("| **Widget** | 12 | a \\| b |", "Product: Widget; Price: 12; Note: a | b"),
        ("Widget | 12 | new", "Product: Widget; Price: 12; Note: new"),
        ("Widget,1,n\nGadget,2,", "Product: Widget; Price: 1; Note: n / Product: Gadget; Price: 2"),
        ("Widget,1,n,extra", "Product: Widget; Price: 1; Note: n; extra"),
        ("only a part of a row", "only a part of a row"),
    ],
)
def test_a_row_is_shown_with_its_columns(row: str, read: str) -> None:
    assert shown(row, ("Product", "Price", "Note")) == read


def test_the_header_of_a_table_is_not_shown_as_a_row() -> None:
    table = "| A | B |\n|---|---|\n| 1 | 2 |"
    assert shown(table, ("A", "B")) == "A: 1; B: 2"


def test_prose_is_shown_plain() -> None:
    assert shown("**a**, b", ()) == "a, b"


@given(st.text(max_size=200), st.lists(st.text(max_size=5), max_size=4))
def test_anything_is_shown_on_one_line(text: str, columns: list[str]) -> None:
    assert "\n" not in shown(text, tuple(" ".join(name.split()) for name in columns))


def test_each_row_is_found_with_its_span() -> None:
    text = 'a,"x\ny"\r\nb,2\n\nc,3'
    assert [text[start:end] for start, end in row_spans(text)] == ['a,"x\ny"', "b,2", "c,3"]
    piped = "| a | b |\n|---|---|\n  | 1 | 2 |\n"
    assert [piped[a:b] for a, b in row_spans(piped)] == ["| a | b |", "| 1 | 2 |"]
