"""XLSX, in the child process."""

import datetime as dt
import io
import zipfile
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]

from chorei.retrieval.loading.archive import check_archive

_PROPERTIES = "docProps/core.xml"


def parse(data: bytes, max_bytes: int) -> dict[str, Any]:
    """The visible sheets of a workbook as rows of text, with its title and date.

    Formulas count with the value that the spreadsheet program stored for them.

    Raises:
        RefusedError: It is encrypted, too large or malformed.
    """
    check_archive(data, max_bytes, "xl/workbook.xml")
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        sheet.reset_dimensions()
        rows = []
        for cells in sheet.iter_rows():
            row = [_text(cell.value, str(cell.number_format or "")) for cell in cells]
            while row and not row[-1]:
                row.pop()
            if row:
                rows.append(row)
        sheets.append({"name": sheet.title, "rows": rows})
    properties = book.properties
    # Without properties in the file, openpyxl fills in the time of reading.
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        dated = _PROPERTIES in archive.namelist()
    changed = (properties.modified or properties.created) if dated else None
    return {
        "title": " ".join((properties.title or "").split()),
        "date": changed.date().isoformat() if changed else None,
        "sheets": sheets,
    }


def _text(value: object, number_format: str) -> str:
    """A cell as a person sees it, as far as that does not depend on the machine's locale."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    percent = "%" in number_format
    if isinstance(value, int) and not percent:
        return str(value)
    if isinstance(value, int | float):
        # Excel itself shows 15 significant digits.
        return f"{value * 100 if percent else value:.15g}" + ("%" if percent else "")
    if isinstance(value, dt.datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    return " ".join(str(value).split())
