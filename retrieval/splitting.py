"""A document's blocks packed into passages of about the same size."""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby, takewhile

from chorei.core import Frozen, sentence_spans
from chorei.core.tables import lines
from chorei.retrieval.loading import Block, Parsed

# A passage may be this much longer than asked where that saves a small rest.
_SLACK = 1.25
# A table row is one passage, however long, up to this many times the size.
_LONGEST_ROW = 20
_WINDOW = 32 * 1024

Span = tuple[int, int]


class Piece(Frozen):
    """A passage in the making; its text is ``parsed.text[start:end]``.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character.
        heading: The headings above it, outermost first.
        columns: Names of the columns if it holds rows of a table.
        page: Page number (from 1), if any.
        row: Number (from 1) of its first row, if it holds rows.
    """

    start: int
    end: int
    heading: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    page: int | None = None
    row: int | None = None


def split(parsed: Parsed, *, size: int = 1200) -> list[Piece]:
    """The passages of a document, in order and without overlap.

    Prose under one heading is packed up to about ``size`` characters at the ends of
    paragraphs; a longer paragraph is cut at the ends of sentences, else at white space. A list
    stays with the line that introduces it and a code fence stays whole where they fit. Rows of
    a table are packed whole. Every piece stands under one heading and on one page.

    Every character of every block that is not white space is in exactly one piece, but for
    this: a heading's line opens the first piece of prose below it; where a table or another
    page follows instead, the line is in the heading path of the pieces below only.

    Args:
        parsed: The document.
        size: Characters aimed at in one piece, at least 1; only rows and headings get longer.
    """
    pieces: list[Piece] = []
    pending: list[Block] = []
    for _, group in groupby(parsed.blocks, key=_section):
        section = list(group)
        if all(block.kind == "heading" for block in section):
            pending += section
            continue
        last = section[-1]
        pieces += _leaves(parsed.text, pending, last.heading, size)
        if last.kind == "row":
            pieces += _rows(parsed.text, section, size)
        else:
            above = _above(parsed.text, pending, section[0], size)
            pieces += _prose(parsed.text, [*above, *section], last, size)
        pending = []
    return [*pieces, *_leaves(parsed.text, pending, (), size)]


def _section(block: Block) -> tuple[object, ...]:
    """What the blocks of one piece have in common."""
    if block.kind == "row":
        return True, block.heading, block.page, block.columns
    return False, block.heading, block.page, block.row


def _above(text: str, pending: list[Block], first: Block, size: int) -> list[Block]:
    """The headings right above ``first`` that lead to it, to be shown with it."""
    above: list[Block] = []
    below = first
    for block in reversed(pending):
        leads = block.heading == first.heading[: len(block.heading)] and block.page == first.page
        if not leads or first.start - block.start > size or _dirty(text, block.end, below.start):
            break
        above.append(block)
        below = block
    return above[::-1]


def _leaves(
    text: str, pending: list[Block], heading: tuple[str, ...], size: int
) -> Iterator[Piece]:
    """Pieces for the headings that have nothing below them; neighbours share one."""
    run: list[Block] = []
    for block in pending:
        leads = block.heading == heading[: len(block.heading)]
        if run and (
            leads
            or block.page != run[0].page
            or block.end - run[0].start > size
            or _dirty(text, run[-1].end, block.start)
        ):
            yield _of_run(run)
            run = []
        if not leads:
            run.append(block)
    if run:
        yield _of_run(run)


def _of_run(run: list[Block]) -> Piece:
    first, last = run[0], run[-1]
    heading = first.heading
    for block in run[1:]:
        pairs = zip(heading, block.heading, strict=False)
        heading = tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return Piece(start=first.start, end=last.end, heading=heading, page=first.page)


def _rows(text: str, section: list[Block], size: int) -> Iterator[Piece]:
    """Whole rows packed up to the size; only an enormous one is cut, and read as prose."""
    run: list[Block] = []
    for block in section:
        enormous = block.end - block.start > _LONGEST_ROW * size
        if run and (
            enormous
            or block.end - run[0].start > size
            or (block.row or 0) <= (run[-1].row or 0)
            or _dirty(text, run[-1].end, block.start)
        ):
            yield _piece((run[0].start, run[-1].end), run[0])
            run = []
        if enormous:
            whole = block._replace(columns=())
            yield from (_piece(span, whole) for span in _packed(_cut(text, block, size), size))
        else:
            run.append(block)
    if run:
        yield _piece((run[0].start, run[-1].end), run[0])


def _prose(text: str, blocks: list[Block], place: Block, size: int) -> Iterator[Piece]:
    """Pieces of prose that stands under one heading, that of ``place``."""
    stretch: list[Block] = []
    for block in blocks:
        if stretch and _dirty(text, stretch[-1].end, block.start):
            yield from _stretch(text, stretch, place, size)
            stretch = []
        stretch.append(block)
    yield from _stretch(text, stretch, place, size)


def _stretch(text: str, blocks: list[Block], place: Block, size: int) -> Iterator[Piece]:
    if blocks[-1].end - blocks[0].start <= _SLACK * size:
        yield _piece((blocks[0].start, blocks[-1].end), place)
        return
    spans = (span for group in _groups(blocks) for span in _within(text, group, size))
    for span in _packed(spans, size):
        yield _piece(span, place)


def _groups(blocks: list[Block]) -> Iterator[list[Block]]:
    """What should stay together: headings with what follows, a list with its introduction."""
    group: list[Block] = []
    for block in blocks:
        if group and not (
            group[-1].kind == "heading"
            or (block.kind == "item" and group[-1].kind in ("item", "paragraph"))
        ):
            yield group
            group = []
        group.append(block)
    yield group


def _within(text: str, group: list[Block], size: int) -> Iterator[Span]:
    """The group in one span if it fits, else in spans that fit; leading lines keep company."""
    if group[-1].end - group[0].start <= size:
        yield group[0].start, group[-1].end
        return
    start = -1
    for block in group:
        leads = block is not group[-1] and (
            block.kind == "heading" or (block is group[0] and block.kind == "paragraph")
        )
        if leads and block.end - (start if start >= 0 else block.start) <= size // 2:
            start = start if start >= 0 else block.start
            continue
        for left, right in _cut(text, block, size):
            if start >= 0 and right - start > _SLACK * size:
                yield start, _trimmed_end(text, start, left)
                start = -1
            yield (start if start >= 0 else left), right
            start = -1


def _packed(spans: Iterable[Span], size: int) -> Iterator[Span]:
    """Neighbouring spans joined up to the size; a small rest joins the one before."""
    packed: list[Span] = []
    for start, end in spans:
        if packed and end - packed[-1][0] <= size:
            packed[-1] = (packed[-1][0], end)
        else:
            packed.append((start, end))
    if len(packed) > 1:
        (start, _), (rest, end) = packed[-2:]
        if end - rest < size // 4 and end - start <= _SLACK * size:
            packed[-2:] = [(start, end)]
    return iter(packed)


def _cut(text: str, block: Block, size: int) -> Iterator[Span]:
    """One block in spans of at most ``_SLACK`` times the size."""
    if block.end - block.start <= _SLACK * size:
        yield block.start, block.end
        return
    ends = _line_ends if block.kind == "code" else _sentence_ends
    start = block.start
    for end in ends(text, block):
        yield from _chopped(text, start, end, size)
        start = end


def _line_ends(text: str, block: Block) -> Iterator[int]:
    part = text[block.start : block.end]
    return (block.start + end for _, end in lines(part))


def _sentence_ends(text: str, block: Block) -> Iterator[int]:
    """Where the sentences of a block end, its own end last; read by windows to stay linear."""
    start = block.start
    while start < block.end:
        end = block.end
        if end - start > _WINDOW:
            end = _gap_before(text, start + _WINDOW // 2, start + _WINDOW)
        yield from (start + right for _, right in sentence_spans(text[start:end]))
        yield end
        start = end


def _chopped(text: str, start: int, end: int, size: int) -> Iterator[Span]:
    """``text[start:end]`` without outer white space, in spans of at most the size."""
    while True:
        while start < end and text[start].isspace():
            start += 1
        if end - start <= size:
            break
        cut = _gap_before(text, start, start + size)
        if (right := _trimmed_end(text, start, cut)) > start:
            yield start, right
        start = cut
    if (right := _trimmed_end(text, start, end)) > start:
        yield start, right


def _gap_before(text: str, start: int, limit: int) -> int:
    """The last place in ``start < place <= limit`` after white space, else one between letters."""
    found = max(text.rfind(" ", start, limit), text.rfind("\n", start, limit))
    if found > start:
        return found + 1
    # A letter and its combining marks (Vietnamese in NFD) stay together.
    place = limit
    while place > start + 1 and place < len(text) and unicodedata.combining(text[place]):
        place -= 1
    return place if place > start + 1 else limit


def _trimmed_end(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def _dirty(text: str, start: int, end: int) -> bool:
    """Whether something that is no evidence (a comment) stands between two blocks.

    Rules (``---``) and white space do not count.
    """
    return bool(text[start:end].strip("-*_ \t\r\n\f\v"))


def _piece(span: Span, place: Block) -> Piece:
    return Piece(
        start=span[0],
        end=span[1],
        heading=place.heading,
        columns=place.columns,
        page=place.page,
        row=place.row,
    )
