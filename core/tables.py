"""Rows of tables as they stand in a text: CSV lines and Markdown table rows."""

import csv
import re
from collections.abc import Iterator

DELIMITERS = ("\t", ";", ",")

# Linear: every pattern here either matches one character or stops at the next opener.
_PIPE = re.compile(r"(?<!\\)\|")
_NEWLINE = re.compile(r"\n|\r(?!\n)")


def lines(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Start and end offsets of each line from ``start`` on, its line end included.

    A line ends with LF, CRLF or CR, as in CommonMark, and not at the other characters that
    ``str.splitlines`` breaks at.
    """
    if "\r" in text:
        for match in _NEWLINE.finditer(text, start):
            yield start, match.end()
            start = match.end()
    else:
        while (found := text.find("\n", start)) >= 0:
            yield start, found + 1
            start = found + 1
    if start < len(text):
        yield start, len(text)


def csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """Each row that is not empty: its start and end offset without the line end, its fields.

    A quoted field may span lines.

    Raises:
        csv.Error: A field is longer than :func:`csv.field_size_limit` (a quotation mark that
            is never closed, most often).
    """
    position = end = 0

    def feed() -> Iterator[str]:
        nonlocal end
        for line_start, line_end in lines(text):
            end = line_end
            yield text[line_start:line_end]

    for fields in csv.reader(feed(), delimiter=delimiter):
        stop = end
        while stop > position and text[stop - 1] in "\r\n":
            stop -= 1
        if any(field.strip() for field in fields):
            yield position, stop, fields
        position = end


def pipe_cells(line: str) -> list[str]:
    """The cells of one row of a Markdown table, outer pipes removed, markup kept."""
    inner = line.strip()
    if inner.startswith("|"):
        inner = inner[1:]
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip() for cell in _PIPE.split(inner)]


def is_delimiter_row(line: str) -> bool:
    """Whether the line is the ``|---|:-:|`` below the header of a Markdown table."""
    inner = line.strip()
    return "-" in inner and not inner.strip("|:- \t") and ("|" in inner or ":" in inner)


def row_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end offset of each row of a passage that holds rows of a table.

    Markdown rows are lines that start with a pipe; anything else is read as CSV, in which a
    quoted field may span lines.
    """
    if text.lstrip().startswith("|"):
        for start, end in lines(text):
            line = text[start:end]
            if line.strip() and not is_delimiter_row(line):
                yield start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        return
    try:
        yield from [(start, end) for start, end, _ in csv_rows(text, _delimiter(text))]
    except csv.Error:
        yield 0, len(text)


def cells(row: str, count: int) -> list[str] | None:
    """The cells of one row of a table with ``count`` columns, None if it is not such a row.

    A row may lack cells at its end or have some too many, but a row of a table with several
    columns has at least two.
    """
    if row.lstrip().startswith("|"):
        return pipe_cells(row)
    best: list[str] | None = None
    for delimiter in DELIMITERS:
        try:
            found = [fields for _, _, fields in csv_rows(row, delimiter)]
        except csv.Error:
            return None
        if len(found) != 1:
            continue
        if len(found[0]) == count:
            return found[0]
        if len(found[0]) > 1 and (best is None or len(found[0]) > len(best)):
            best = found[0]
    if best is None and "|" in row:
        piped = pipe_cells(row)
        return piped if len(piped) == count else None
    return best


def _delimiter(text: str) -> str:
    # Only line ends inside quotes matter here, and they hold for any delimiter that the
    # quoted field follows; the most frequent one is it.
    return max(DELIMITERS, key=text.count)
