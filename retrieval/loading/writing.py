"""Text and blocks written together, for types whose text is made and not found."""

import csv
import io
from collections.abc import Sequence

from chorei.retrieval.loading.markdown import Outline, Scanner
from chorei.retrieval.loading.parsed import Block, Blocks, Kind
from chorei.retrieval.loading.tabular import column_names, header_index


class Writer:
    """Writes a text as Markdown and keeps where its blocks are."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.blocks = Blocks()
        self._parts: list[str] = []
        self._length = 0

    @property
    def text(self) -> str:
        """What has been written so far."""
        return "".join(self._parts)

    def heading(self, level: int, title: str) -> None:
        """A heading line on its own."""
        self.outline.enter(level, title)
        self._block(f"{'#' * level} {title}", "\n\n", kind="heading")

    def paragraph(self, text: str, *, row: int | None = None) -> None:
        """One paragraph, written as it is."""
        self._block(text, "\n\n", row=row)

    def record(self, text: str, row: int) -> None:
        """Lines that belong together like a row of a table."""
        self._block(text, "\n\n", kind="row", row=row)

    def markdown(self, text: str, *, row: int | None = None) -> None:
        """Prose that may hold Markdown of its own; headings in it stand below the current one."""
        offset, above = self._length, self.outline.heading
        for block in Scanner(text).scan():
            self.blocks.append(
                block._replace(
                    start=block.start + offset,
                    end=block.end + offset,
                    heading=(*above, *block.heading),
                    row=block.row if block.kind == "row" else row,
                )
            )
        self._write(text.rstrip() + "\n\n")

    def table(self, rows: Sequence[Sequence[str]], columns: Sequence[str] = ()) -> None:
        """Rows as CSV lines; empty ones are left out.

        Args:
            rows: The cells.
            columns: Names of the columns; if none are given, a header row is looked for.
        """
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        body = -1
        names = tuple(columns)
        if columns:
            self._write(csv_line(columns) + "\n")
        elif (header := header_index(rows)) is not None:
            body, names = header, column_names(rows[header])
        for index, row in enumerate(rows):
            if index < body:
                self.paragraph(" ".join(cell for cell in row if cell))
            elif index == body:
                self._write(csv_line(row) + "\n")
            else:
                self._block(csv_line(row), "\n", kind="row", row=index - body, columns=names)
        self._write("\n")

    def _block(
        self,
        text: str,
        after: str,
        *,
        kind: Kind = "paragraph",
        row: int | None = None,
        columns: tuple[str, ...] = (),
    ) -> None:
        start, end = self._length, self._length + len(text)
        self.blocks.append(Block(start, end, kind, self.outline.heading, None, row, columns))
        self._write(text + after)

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def csv_line(row: Sequence[str]) -> str:
    """One row as a CSV line (RFC 4180) without its line end, empty cells at the end cut off."""
    cells = list(row)
    while cells and not cells[-1]:
        cells.pop()
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
