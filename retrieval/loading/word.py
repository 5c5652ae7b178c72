"""DOCX, in the child process."""

import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from lxml.etree import _Element  # type: ignore[import-untyped]

from chorei.retrieval.loading.archive import check_archive
from chorei.retrieval.loading.numbering import Numbering

# What python-docx's own template says of itself; not a date of this document.
_TEMPLATE_DATE = dt.datetime(2013, 12, 23, 23, 15)
_HEADING_NAME = re.compile(r"heading ([1-9])$")
_MARKUP = re.compile(r"#{1,6}(?:\s|$)|```|~~~|<!--|\{%|---|===|\|")
_LONGEST_BOLD_HEADING = 120
_LEVELS = frozenset("012345678")
_MOST_ANCESTORS = 10

_BODY = frozenset(qn(f"w:{name}") for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_UNREAD = frozenset(
    (
        *(qn(f"w:{name}") for name in ("del", "moveFrom", "txbxContent", "pPr", "rPr", "sdtPr")),
        f"{_COMPATIBILITY}Fallback",
    )
)
_SPACES = {
    qn("w:tab"): " ",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
_P, _TBL, _TR, _TC, _T, _R = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc", "t", "r"))


def parse(data: bytes, max_bytes: int) -> dict[str, Any]:
    """The paragraphs and tables of a document in their order, as Markdown; title and date.

    Raises:
        RefusedError: It is encrypted, too large or malformed.
    """
    check_archive(data, max_bytes, "[Content_Types].xml")
    document = Document(io.BytesIO(data))
    properties = document.core_properties
    changed = properties.modified or properties.created
    if changed and changed.replace(tzinfo=None) == _TEMPLATE_DATE:
        changed = None
    text = "\n".join(_Writer(document).write())
    return {
        "title": " ".join((properties.title or "").split()),
        "date": changed.date().isoformat() if changed else None,
        "pages": [text],
    }


class _Writer:
    """Writes the body of a document as Markdown."""

    def __init__(self, document: WordDocument) -> None:
        self._body = document.element.body
        styles = {
            str(style.get(qn("w:styleId"))): style
            for style in document.styles.element.iter(qn("w:style"))
        }
        self._numbering = Numbering(document, styles)
        levels = {name: _outline_level(name, styles) for name in styles}
        self._titles = {name for name, level in levels.items() if level == 0}
        self._outline = {name: level for name, level in levels.items() if level}
        used = {self._style(paragraph) for paragraph in self._body.iter(_P)}
        self._headed = bool(used & self._outline.keys())
        self._below_title = 1 if used & self._titles else 0

    def write(self) -> Iterator[str]:
        """The lines of the document."""
        for element in _blocks(self._body):
            if element.tag == _TBL:
                yield from self._table(element)
            else:
                yield from self._paragraph(element)

    def _paragraph(self, paragraph: _Element) -> Iterator[str]:
        text = _text_of(paragraph).strip()
        number = self._numbering.next(paragraph, self._style(paragraph)) if text else ""
        if not text:
            return
        level = self._level(paragraph, text)
        if level:
            title = " ".join(f"{number if number != '-' else ''} {text}".split())
            yield f"{'#' * min(level, 6)} {title}\n"
        elif number:
            yield f"{number} {text}\n"
        else:
            yield f"\\{text}\n" if _MARKUP.match(text) else f"{text}\n"

    def _level(self, paragraph: _Element, text: str) -> int:
        """The level of a heading, 0 for other paragraphs.

        In a document without heading styles, a short paragraph all in bold is a heading.
        """
        style = self._style(paragraph)
        if style in self._titles:
            return 1
        if style in self._outline:
            return self._outline[style] + self._below_title
        own = paragraph.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        if own is not None and _value(own) in _LEVELS:
            return int(_value(own)) + 1 + self._below_title
        if self._headed or len(text) > _LONGEST_BOLD_HEADING or text[-1] in ".,;":
            return 0
        return 1 + self._below_title if _all_bold(paragraph) else 0

    def _table(self, table: _Element) -> Iterator[str]:
        """A table with bars; one that only lays out paragraphs becomes these."""
        own = (row for row in table.iter(_TR) if next(row.iterancestors(_TBL)) is table)
        rows = [[_cell_text(cell) for cell in _cells(row)] for row in own]
        rows = [row for row in rows if any(row)]
        width = max(map(len, rows), default=0)
        if width < 2 or len(rows) < 2:
            for row in rows:
                yield from (f"{cell}\n" for cell in row if cell)
            return
        for index, row in enumerate(rows):
            padded = row + [""] * (width - len(row))
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in padded) + " |"
            if index == 0:
                yield "|" + " --- |" * width
        yield ""

    @staticmethod
    def _style(paragraph: _Element) -> str:
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return _value(style) if style is not None else ""


def _outline_level(name: str, styles: Mapping[str, _Element]) -> int | None:
    """The level that a style gives, itself or by one that it is based on; 0 for the title.

    The names of the built-in styles are the same in every language of Word, their ids are not.
    """
    for _ in range(_MOST_ANCESTORS):
        style = styles.get(name)
        if style is None:
            return None
        known = _child_value(style, "w:name").lower()
        if known == "title":
            return 0
        if match := _HEADING_NAME.match(known):
            return int(match[1])
        level = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        if level is not None and _value(level) in _LEVELS:
            return int(_value(level)) + 1
        name = _child_value(style, "w:basedOn")
    return None


def _blocks(parent: _Element) -> Iterator[_Element]:
    """Paragraphs and tables in order, those in content controls and insertions too."""
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        if element.tag in (_P, _TBL):
            yield element
        elif element.tag in _BODY:
            stack.extend(reversed(element))


def _cells(row: _Element) -> Iterator[_Element]:
    """The cells of a row, one that spans columns once for each."""
    for cell in row.iter(_TC):
        if next(cell.iterancestors(_TR)) is not row:
            continue
        yield cell
        span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        width = _value(span) if span is not None else "1"
        for _ in range(min(int(width) if width.isdecimal() else 1, 50) - 1):
            yield cell


def _cell_text(cell: _Element) -> str:
    return " ".join(" ".join(_text_of(paragraph) for paragraph in cell.iter(_P)).split())


def _text_of(paragraph: _Element) -> str:
    """The visible characters of a paragraph: no deletions, field codes or hidden text."""
    parts: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        if element.tag in _UNREAD or (element.tag == _R and _on(element, "w:vanish")):
            continue
        if element.tag == _T:
            parts.append(element.text or "")
        elif element.tag in _SPACES:
            parts.append(_SPACES[element.tag])
        else:
            stack.extend(reversed(element))
    return "".join(parts)


def _all_bold(paragraph: _Element) -> bool:
    runs = [run for run in paragraph.iter(_R) if run.find(_T) is not None]
    return bool(runs) and all(_on(run, "w:b") for run in runs)


def _on(run: _Element, name: str) -> bool:
    """Whether a switch is set in a run's own properties."""
    switch = run.find(f"{qn('w:rPr')}/{qn(name)}")
    return switch is not None and _value(switch) not in ("0", "false", "off")


def _child_value(element: _Element, name: str) -> str:
    child = element.find(qn(name))
    return _value(child) if child is not None else ""


def _value(element: _Element) -> str:
    return str(element.get(qn("w:val"), ""))
