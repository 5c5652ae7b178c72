from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import DocumentError
from chorei.retrieval.loading import Parsed, parse
from chorei.retrieval.splitting import Piece, split

SENTENCE = "Nhân viên được nghỉ mười hai ngày mỗi năm. "


def read(text: str, media: str = "md") -> Parsed:
    return parse(text.encode(), media=media, name=f"a.{media}")


def pieces(text: str, size: int, media: str = "md") -> list[str]:
    parsed = read(text, media)
    return [parsed.text[piece.start : piece.end] for piece in split(parsed, size=size)]


def test_paragraphs_under_one_heading_share_a_piece() -> None:
    text = "# A\n\nOne.\n\nTwo.\n\n## B\n\nThree.\n"
    parsed = read(text)
    found = split(parsed)
    assert [text[p.start : p.end] for p in found] == ["# A\n\nOne.\n\nTwo.", "## B\n\nThree."]
    assert [piece.heading for piece in found] == [("A",), ("A", "B")]


def test_headings_go_with_the_text_they_lead_to() -> None:
    assert pieces("# A\n\n## B\n\ntext\n\n## C\n\n## D\n\nmore\n", 800) == [
        "# A\n\n## B\n\ntext",
        "## C",
        "## D\n\nmore",
    ]


def test_headings_with_nothing_below_share_a_piece() -> None:
    parsed = read("# Fruit\n\ntext\n\n## Apples\n\n## Pears\n\n# Other\n\ntext\n")
    found = [(parsed.text[p.start : p.end], p.heading) for p in split(parsed)]
    assert ("## Apples\n\n## Pears", ("Fruit",)) in found


def test_long_paragraphs_are_cut_between_sentences() -> None:
    found = pieces(SENTENCE * 40, 300)
    assert all(len(piece) <= 375 for piece in found)
    assert all(piece.startswith("Nhân viên") and piece.endswith("năm.") for piece in found)


def test_a_sentence_without_end_is_cut_at_white_space_then_anywhere() -> None:
    assert all(piece.strip("từ ") == "" for piece in pieces("từ " * 500, 100))
    assert [len(piece) for piece in pieces("x" * 250, 100)] == [100, 100, 50]


def test_letters_keep_their_marks() -> None:
    decomposed = "e\u0302\u0301" * 200
    assert all(piece[0] == "e" for piece in pieces(decomposed, 100))


def test_a_list_stays_with_its_introduction() -> None:
    filler = "Word " * 30 + ".\n\n"
    text = filler + "You can take:\n- one\n- two\n- three\n\n" + filler
    assert any("You can take:" in piece and "- three" in piece for piece in pieces(text, 170))
    long = "You can take:\n" + "".join(f"- item number {i} of the list\n" for i in range(40))
    found = pieces(long, 300)
    assert found[0].startswith("You can take:\n- item number 0")
    assert all(piece.startswith(("You", "- ")) and piece.endswith("list") for piece in found)


def test_a_fence_that_fits_is_whole() -> None:
    fence = "```\n" + "x = 1\n" * 20 + "```"
    assert any(fence in piece for piece in pieces(f"{SENTENCE * 4}\n\n{fence}\n\nend", 200))
    found = pieces("```\n" + "y = 22\n" * 100 + "```", 200)
    assert all("y = 2\n" not in piece and len(piece) <= 250 for piece in found)


def test_rows_are_whole_and_know_their_place() -> None:
    text = "Name,Price\n" + "".join(f"Widget {i},{i}\n" for i in range(100))
    parsed = read(text, "csv")
    found = split(parsed, size=120)
    assert len(found) > 5
    for piece in found:
        span = parsed.text[piece.start : piece.end]
        assert span.startswith(f"Widget {(piece.row or 0) - 1},")
        assert all(row.count(",") == 1 for row in span.split("\n"))
        assert piece.columns == ("Name", "Price")


def test_tables_are_apart_from_prose_and_from_each_other() -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert pieces(f"# T\n\nIntro.\n\n{table}\n{table}\nEnd.\n", 800) == [
        "# T\n\nIntro.",
        "| 1 | 2 |",
        "| 1 | 2 |",
        "End.",
    ]


def test_a_long_row_is_whole_and_an_enormous_one_is_prose() -> None:
    text = f"Name,Note\nA,{'x ' * 500}\nB,{'y ' * 5000}\nC,d\n"
    parsed = read(text, "csv")
    found = split(parsed, size=100)
    assert parsed.text[found[0].start : found[0].end].rstrip() == f"A,{'x ' * 500}".rstrip()
    cut = [piece for piece in found if piece.row == 2]
    assert len(cut) > 50
    assert all(piece.columns == () for piece in cut)
    assert found[-1].columns == ("Name", "Note")


def test_what_nobody_sees_is_in_no_piece() -> None:
    found = pieces("# A\n\nseen\n\n<!-- hidden -->\n\nseen\n\n---\n\nseen", 800)
    assert "hidden" not in "".join(found)
    assert found[-1] == "seen\n\n---\n\nseen"


def test_a_small_rest_joins_the_piece_before() -> None:
    assert len(pieces("a" * 90 + " " + "b" * 8 + "\n\n" + "c" * 10, 100)) == 1


def check(parsed: Parsed, found: list[Piece], size: int) -> None:
    """The promise of `split`: every character once, under the right heading."""
    text = parsed.text
    owner: dict[int, Piece] = {}
    end = 0
    for piece in found:
        assert end <= piece.start < piece.end <= len(text)
        end = piece.end
        if piece.row is None:
            assert not text[piece.start].isspace()
            assert not text[piece.end - 1].isspace()
        for position in range(piece.start, piece.end):
            owner[position] = piece
        inside = [b.kind for b in parsed.blocks if piece.start <= b.start and b.end <= piece.end]
        whole = piece.row is not None or (inside and set(inside) == {"heading"})
        assert whole or piece.end - piece.start <= max(1.25 * size, 1)
    paths = {piece.heading for piece in found}
    for block in parsed.blocks:
        ink = [i for i in range(block.start, block.end) if not text[i].isspace()]
        if block.kind == "heading" and ink[0] not in owner:
            assert any(path[: len(block.heading)] == block.heading for path in paths)
            continue
        assert all(position in owner for position in ink)
        if block.kind != "heading":
            assert {owner[position].heading for position in ink} == {block.heading}


LINES = st.sampled_from(
    """
# A
## B
### C
text here. More text
Một câu. Hai câu! Ba?
- item
1. item
```
| a | b |
|---|---|
---
===
<!-- no -->
> quote
a:
longlonglonglonglonglonglonglonglonglonglonglonglonglonglong
""".split("\n")
)


@given(st.lists(LINES, max_size=40), st.integers(min_value=8, max_value=200))
def test_every_character_is_in_one_piece_of_markdown(lines: list[str], size: int) -> None:
    try:
        parsed = read("\n".join(lines))
    except DocumentError:
        return
    check(parsed, split(parsed, size=size), size)


@given(
    st.text(max_size=400), st.integers(min_value=1, max_value=100), st.sampled_from(["txt", "csv"])
)
def test_every_character_is_in_one_piece_of_anything(text: str, size: int, media: str) -> None:
    try:
        parsed = read(text.encode("utf-8", "ignore").decode(), media)
    except DocumentError:
        return
    check(parsed, split(parsed, size=size), size)


@pytest.mark.shared
def test_the_handbooks_are_split_at_their_headings(shared: Path) -> None:
    for file in sorted((shared / "handbooks" / "18f-handbook").rglob("*.md")):
        try:
            parsed = parse(file.read_bytes(), media="md", name=file.name)
        except DocumentError:
            continue
        check(parsed, split(parsed, size=800), 800)
