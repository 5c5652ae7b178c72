"""PDF, in the child process."""

import ctypes
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from chorei.retrieval.loading.layout import LINE_HYPHEN, Line, written
from chorei.retrieval.loading.protocol import RefusedError

_MOST_PAGES = 20_000
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")
# A gap this wide, in heights of a letter, separates the cells of a table.
_CELL_GAP = 1.5
_SAME_LINE = 0.3


class Letter(NamedTuple):
    """One character and its box in points; the page's origin is at its lower left."""

    character: str
    left: float
    right: float
    bottom: float
    height: float


def parse(data: bytes, max_bytes: int) -> dict[str, Any]:
    """The text of each page as Markdown, with title and date of the document.

    Raises:
        RefusedError: It is encrypted, malformed, too large, or has no text (a scan).
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise RefusedError("encrypted", "it is protected by a password.") from None
        raise RefusedError("malformed", "it is truncated or no PDF.") from None
    if len(document) > _MOST_PAGES:
        raise RefusedError("too large", f"it has more than {_MOST_PAGES:,} pages.")
    pages: list[list[Line]] = []
    left = max_bytes
    for number in range(len(document)):
        page = list(_lines(document, number))
        left -= sum(len(line.text) for line in page)
        if left < 0:
            raise RefusedError("too large", f"its text has more than {max_bytes:,} characters.")
        pages.append(page)
    if not any(pages):
        raise RefusedError("empty", "its pages hold no text; it may be a scan.")
    metadata = document.get_metadata_dict()
    return {
        "title": " ".join(metadata.get("Title", "").split()),
        "date": _date(metadata.get("ModDate", "")) or _date(metadata.get("CreationDate", "")),
        "pages": written(pages),
    }


def _lines(document: pdfium.PdfDocument, number: int) -> Iterator[Line]:
    """The lines of a page, what stands on the same height taken together."""
    try:
        page = document[number]
        text = page.get_textpage()
    except pdfium.PdfiumError:
        raise RefusedError("malformed", f"its page {number + 1} cannot be read.") from None
    last: Line | None = None
    for letters in _letters(text):
        line = _line(text, letters)
        if (
            last
            and line.left > last.right
            and abs(line.bottom - last.bottom) < (_SAME_LINE * line.size)
        ):
            last = last._replace(
                cells=(*last.cells, *line.cells), right=line.right, bold=last.bold and line.bold
            )
            continue
        if last:
            yield last
        last = line
    if last:
        yield last
    text.close()
    page.close()


def _letters(text: pdfium.PdfTextPage) -> Iterator[list[tuple[int, Letter]]]:
    """The characters of each line that shows any, with their index on the page."""
    unicode_of, box_of, raw = (
        pdfium_c.FPDFText_GetUnicode,
        pdfium_c.FPDFText_GetLooseCharBox,
        text.raw,
    )
    box = pdfium_c.FS_RECTF()
    reference = ctypes.byref(box)
    line: list[tuple[int, Letter]] = []
    for index in range(text.count_chars()):
        code = unicode_of(raw, index)
        if code in (0x0A, 0x0D):
            if line:
                yield line
            line = []
        elif code and not (0xD800 <= code < 0xE000) and box_of(raw, index, reference):
            letter = Letter(chr(code), box.left, box.right, box.bottom, box.top - box.bottom)
            if line or not letter.character.isspace():
                line.append((index, letter))
            if letter.character == LINE_HYPHEN:
                yield line
                line = []
    if line:
        yield line


def _line(text: pdfium.PdfTextPage, letters: list[tuple[int, Letter]]) -> Line:
    cells = [""]
    right: float | None = None
    size = max(letters[0][1].height, 1.0)
    for _, letter in letters:
        if letter.character.isspace():
            cells[-1] += " "
            continue
        if right is not None and letter.left - right > _CELL_GAP * size:
            cells.append("")
        cells[-1] += letter.character
        right = letter.right
    shown = [index for index, letter in letters if not letter.character.isspace()]
    return Line(
        cells=tuple(" ".join(cell.split(" ")).strip() for cell in cells),
        size=size,
        bottom=letters[0][1].bottom,
        left=letters[0][1].left,
        right=right or 0.0,
        bold=_is_bold(text, shown[0]) and _is_bold(text, shown[-1]),
    )


def _is_bold(text: pdfium.PdfTextPage, index: int) -> bool:
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(text.raw, index, name, len(name), ctypes.byref(flags))
    return b"bold" in name.value.lower() or b"black" in name.value.lower()


def _date(written_date: str) -> str | None:
    """The day of a PDF date (``D:20240501120000+07'00'``) in ISO form."""
    match = _DATE.match(written_date)
    return f"{match[1]}-{match[2] or '01'}-{match[3] or '01'}" if match else None
