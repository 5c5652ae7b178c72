"""Small files of binary formats, made by code."""

import io
import zipfile
from collections.abc import Callable

import docx
import openpyxl


def pdf(*pages: str, info: str = "", encrypted: bool = False) -> bytes:
    """A PDF with the content stream operators given for each page; fonts F1 and F2 (bold)."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    fonts = (
        "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
        " /F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >>"
    )
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        f"<< {info} >>",
    ]
    for index, content in enumerate(pages):
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * index} 0 R"
            f" /Resources << /Font {fonts} >> >>"
        )
        bodies.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    locked = (
        f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <{'ab' * 32}> /U <{'cd' * 32}> >>"
        f" /ID [<{'00' * 16}> <{'00' * 16}>]"
    )
    trailer = f"/Size {len(bodies) + 1} /Root 1 0 R /Info 3 0 R {locked if encrypted else ''}"
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}".encode("latin-1")
    return out + f"trailer << {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode("latin-1")


def lines(*rows: tuple[str, float], size: float = 11, top: float = 760, font: str = "F1") -> str:
    """Operators that show each text at its distance below ``top``."""
    shown = (f"BT /{font} {size} Tf 60 {top - below} Td ({text}) Tj ET" for text, below in rows)
    return "\n".join(shown)


def word(write: Callable[[docx.document.Document], None]) -> bytes:
    """A DOCX that ``write`` has written."""
    document = docx.Document()
    write(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    """An XLSX with these rows on its sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one part replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    """One part of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)
