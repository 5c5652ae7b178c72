import codecs
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import (
    DocumentError,
    DocumentTooLargeError,
    EmptyDocumentError,
    MalformedDocumentError,
    UnsupportedTypeError,
)
from chorei.retrieval.loading import MEDIA, Limits, Parsed, parse


def read(text: str, media: str = "md", name: str = "pages/a-file.md") -> Parsed:
    return parse(text.encode(), media=media, name=name)


def characters(file: Path) -> str:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return stream.read()


def texts(parsed: Parsed, kind: str | None = None) -> list[str]:
    return [parsed.text[b.start : b.end] for b in parsed.blocks if kind in (None, b.kind)]


def test_the_text_is_what_stands_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(codecs.BOM_UTF8 + "# Ngày phép\r\n\r\nMười hai\tngày.\r\n".encode())
    parsed = parse(file.read_bytes(), media="md", name="a.md")
    assert parsed.text == characters(file)
    assert texts(parsed) == ["# Ngày phép", "Mười hai\tngày."]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf16_with_a_mark_is_read(encoding: str) -> None:
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    parsed = parse(mark + "Xin chào".encode(encoding), media="txt", name="a.txt")
    assert parsed.text == "Xin chào"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"good \xff bad", "byte 5"),
        (codecs.BOM_UTF8 + b"good \xff bad", "byte 8"),
        ("Nghỉ phép".encode("cp1258", "replace") + b"\xd0", "byte"),
        (b"a\0b", "NUL"),
        ("Xin".encode("utf-32"), "NUL"),
        (codecs.BOM_UTF16_LE + b"a", "byte"),
    ],
)
def test_other_bytes_are_refused_with_their_place(data: bytes, place: str) -> None:
    with pytest.raises(MalformedDocumentError, match=place) as caught:
        parse(data, media="txt", name="a.txt")
    assert caught.value.document == "a.txt"
    assert caught.value.hint


def test_headings_make_paths() -> None:
    parsed = read(
        "# One\na\n## **Two** ##\nb\n### Three\nc\n## Four\nd\nFive\n====\ne\nSix\n---\nf\n"
    )
    paths = {parsed.text[b.start : b.end]: b.heading for b in parsed.blocks}
    assert paths["a"] == ("One",)
    assert paths["b"] == ("One", "Two")
    assert paths["c"] == ("One", "Two", "Three")
    assert paths["d\nFive\n===="] == ("d Five",)
    assert paths["e\nSix\n---"] == ("d Five", "e Six")
    assert paths["f"] == ("d Five", "e Six")


@pytest.mark.parametrize(
    "text",
    [
        "```\n# no\n```",
        "~~~~\n# no\n~~~\n~~~~",
        "#no",
        "text\n#No",
        "\\# no",
        "- a\n---",
        "a\n\n---",
    ],
)
def test_what_is_no_heading(text: str) -> None:
    assert not texts(read(text), "heading")


def test_a_heading_may_lack_its_space() -> None:
    assert texts(read("#Salary\n\n##equity\n"), "heading") == ["#Salary", "##equity"]


def test_front_matter_is_metadata() -> None:
    parsed = read(
        '---\ntitle: "Leave **types**"\nkeywords: holiday, sick\nlast_updated: 2024-05-01\n'
        "list:\n  - a\n---\n# Body\n\ntext\n"
    )
    assert (parsed.title, parsed.date) == ("Leave types", dt.date(2024, 5, 1))
    assert parsed.keywords == ("holiday", "sick")
    assert texts(parsed) == ["# Body", "text"]


@pytest.mark.parametrize(
    ("front", "title", "date"),
    [
        ("date: 2024-13-45", "a-file", None),
        ("date: yesterday\ntitle: 'It''s'", "It''s", None),
        ("title: >\n  Folded\n  title", "Folded title", None),
        ("keywords:\n  - a\n  - b\ndate: 2024-01-02T10:00:00Z", "a-file", dt.date(2024, 1, 2)),
        ("a: &x [1]\nb: *x", "a-file", None),
    ],
)
def test_odd_front_matter(front: str, title: str, date: dt.date | None) -> None:
    parsed = read(f"---\n{front}\n---\ntext\n")
    assert (parsed.title, parsed.date, texts(parsed)) == (title, date, ["text"])


def test_front_matter_that_does_not_end_is_text() -> None:
    assert "a: b" in read("---\na: b\n").text
    assert texts(read("---\na: b\n")) == ["a: b"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The title\n\n## Part\n", "The title"),
        ("Intro.\n\n# Only top heading\n\n## Part\n", "Only top heading"),
        ("## First line\n\ntext\n\n## Second\n", "First line"),
        ("Intro.\n\n## One\n\n## Two\n", "a-file"),
        ("no heading", "a-file"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert read(text).title == title


def test_lists_code_and_rules() -> None:
    parsed = read("Take:\n- one\n  more\n- two\n1. three\n***\n```py\nx\n\ny\n```\nend")
    assert texts(parsed, "item") == ["- one\n  more", "- two", "1. three"]
    assert texts(parsed, "code") == ["```py\nx\n\ny\n```"]
    assert texts(parsed, "paragraph") == ["Take:", "end"]


def test_a_table_has_columns_and_row_numbers() -> None:
    parsed = read(
        "# T\n\n| **A** | B |\n|:--|--:|\n| 1 | x \\| y |\n2 | z\n\nafter | not | a row\n"
    )
    rows = [block for block in parsed.blocks if block.kind == "row"]
    assert [parsed.text[b.start : b.end] for b in rows] == ["| 1 | x \\| y |", "2 | z"]
    assert [b.row for b in rows] == [1, 2]
    assert {b.columns for b in rows} == {("A", "B")}
    assert {b.heading for b in rows} == {("T",)}
    assert texts(parsed, "paragraph") == ["after | not | a row"]


def test_what_nobody_sees_is_no_block() -> None:
    parsed = read(
        "a\n<!-- hidden\n\nhidden -->\nb\n{% comment %}\nhidden\n{% endcomment %}\n"
        '<div class="x">\n\n{% include "x.html" %}\n\n[1]: https://example.org\n\nc\n'
    )
    assert texts(parsed) == ["a", "b", "c"]


def test_a_comment_without_end_is_text() -> None:
    parsed = read("<!-- a\n\nb\n\n{% comment %} c\n\n{% comment %} d\n")
    assert "b" in texts(parsed)
    assert any("d" in text for text in texts(parsed))


def test_plain_text_has_paragraphs_and_items_only() -> None:
    parsed = read(
        "# Not a heading\n\n- item\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |", "txt", "n.txt"
    )
    assert {block.kind for block in parsed.blocks} == {"paragraph", "item"}
    assert parsed.title == "n"


def test_old_macintosh_line_ends() -> None:
    assert texts(read("# A\r\rb\rc\r")) == ["# A", "b\rc"]


@pytest.mark.parametrize("text", ["", " \n\t\n", "---\ntitle: x\n---\n", "<!-- a -->", "---"])
def test_a_file_without_text_is_refused(text: str) -> None:
    with pytest.raises(EmptyDocumentError):
        read(text)


def test_size_and_type_are_checked_first() -> None:
    with pytest.raises(DocumentTooLargeError, match="max_file_bytes"):
        parse(b"12345", media="md", name="a.md", limits=Limits(max_bytes=4))
    with pytest.raises(UnsupportedTypeError, match=r"\.exe.*\.docx"):
        parse(b"x", media="exe", name="a.exe")
    assert {"md", "txt", "html", "pdf", "docx", "csv", "xlsx", "json", "jsonl"} <= MEDIA


@given(st.text(alphabet=st.sampled_from("#-=*|`~<>!{%}[]():.1ab \n\r\t"), max_size=300))
def test_blocks_are_in_order_inside_the_text_and_start_and_end_with_ink(text: str) -> None:
    for media in ("md", "txt"):
        try:
            parsed = read(text, media)
        except DocumentError:
            continue
        end = 0
        for block in parsed.blocks:
            assert end <= block.start < block.end <= len(parsed.text)
            span = parsed.text[block.start : block.end]
            assert span == span.strip()
            end = block.end


@pytest.mark.parametrize(
    "mark",
    ["#", "# a\n", "|", "| a\n", "|a|\n|-|\n", "*", "* a\n", "[", "[a](", " ", "`", "```\n", "<",
     "<!--", "{% comment %}\n", "a\n===\n", "-\n", "a. ", "x"],
)  # fmt: skip
def test_much_markup_is_read_in_linear_time(mark: str) -> None:
    with_limit = mark * (300_000 // len(mark))
    try:
        assert read(with_limit).text == with_limit
    except EmptyDocumentError:
        assert not any(character.isalnum() for character in mark)


def test_a_million_parts_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorei.retrieval.loading.parsed._MOST_BLOCKS", 10)
    with pytest.raises(DocumentTooLargeError, match="parts"):
        read("- a\n" * 11)


def test_a_huge_heading_or_header_is_not_repeated_below() -> None:
    parsed = read(
        "# " + "long " * 100 + "\n\ntext\n\n|" + "column|" * 1000 + "\n" + "|-" * 1000 + "|\n|1|\n"
    )
    assert all(not block.heading for block in parsed.blocks)
    assert all(not block.columns for block in parsed.blocks)


@pytest.mark.shared
def test_the_handbooks_are_read(shared: Path) -> None:
    read_files = 0
    for file in sorted((shared / "handbooks").rglob("*.md")):
        try:
            parsed = parse(file.read_bytes(), media="md", name=file.name)
        except EmptyDocumentError:
            continue
        read_files += 1
        assert parsed.text == characters(file)
        assert parsed.title
    assert read_files > 300
