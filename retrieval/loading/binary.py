"""PDF, DOCX, XLSX and HTML: what the child process made of them, with its structure."""

import re

from chorei.core import plain
from chorei.retrieval.loading.converter import Converted, shared
from chorei.retrieval.loading.markdown import Scanner
from chorei.retrieval.loading.parsed import Limits, Parsed
from chorei.retrieval.loading.prose import stem, title_among
from chorei.retrieval.loading.writing import Writer

_LONGEST_TITLE = 300
_BY_PROGRAM = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel) - .*|.*\.(?:docx?|xlsx?|pptx?|pdf|indd|html?)"
    r"|untitled.*|(?:document|book|workbook)\s?\d*|powerpoint presentation)$",
    re.IGNORECASE,
)


def parse_binary(data: bytes, media: str, name: str, limits: Limits) -> Parsed:
    """Parse in the child process, under its limits.

    Raises:
        DocumentError: The document is refused; which subclass says why.
    """
    converted = shared.convert(data, media=media, name=name, limits=limits)
    if converted.sheets:
        writer = Writer()
        for sheet in converted.sheets:
            if sheet.rows:
                writer.heading(1, sheet.name)
                writer.table(sheet.rows)
        text, blocks = writer.text, tuple(writer.blocks)
        return Parsed(text, _title(converted) or stem(name), blocks, converted.date)
    pages = [page.replace("\0", "\ufffd").strip() for page in converted.pages]
    text = "\n\n".join(pages)
    scanner = Scanner(text)
    start = 0
    for number, page in enumerate(pages, start=1):
        scanner.page = number if media == "pdf" else None
        scanner.scan(start, start + len(page))
        start += len(page) + 2
    blocks = tuple(scanner.blocks)
    title = _title(converted) or title_among(blocks) or stem(name)
    return Parsed(text, title, blocks, converted.date)


def _title(converted: Converted) -> str:
    """The title in the properties, if its author wrote it and not a program."""
    title = plain(converted.title)[:_LONGEST_TITLE]
    return "" if _BY_PROGRAM.match(title) else title
