"""The automatic numbers of a DOCX, which are not in its text, in the child process."""

import re
from collections.abc import Mapping
from typing import Any

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from lxml.etree import _Element  # type: ignore[import-untyped]

_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9


class Numbering:
    """Counts the numbered paragraphs of a document in its order.

    What is counted is kept by abstract numbering, of which several lists may be instances;
    ``Điều %1.`` is rendered as Word does. (ECMA-376 part 1, 17.9.)
    """

    def __init__(self, document: WordDocument, styles: Mapping[str, _Element]) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._abstract: dict[str, str] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        self._counts: dict[str, list[int]] = {}
        part = next((p for p in document.part.package.iter_parts() if _is_numbering(p)), None)
        if part is not None:
            self._read(part.element)
        for name, style in styles.items():
            found = _reference(style)
            if found is not None:
                self._styles[name] = found

    def next(self, paragraph: _Element, style: str) -> str:
        """The mark of the next paragraph: ``-``, its number, or nothing."""
        reference = _reference(paragraph) or self._styles.get(style)
        if reference is None or reference[0] == "0":
            return ""
        number, level = reference
        abstract = self._abstract.get(number, "")
        levels = self._levels.get(abstract, {})
        if level not in levels:
            return "-"
        counts = self._counts.setdefault(abstract, [0] * _LEVELS)
        counts[level] = counts[level] + 1 if counts[level] else levels[level][2]
        counts[level + 1 :] = [0] * (_LEVELS - level - 1)
        form, template, _ = levels[level]
        if form == "bullet":
            return "-"
        if form == "none":
            return ""

        def written(match: re.Match[str]) -> str:
            index = int(match[1]) - 1
            below = levels.get(index, ("decimal", "", 1))
            return _written(counts[index] or below[2], below[0])

        return _PLACE.sub(written, template).strip()

    def _read(self, root: _Element) -> None:
        for abstract in root.iter(qn("w:abstractNum")):
            levels = {}
            for level in abstract.iter(qn("w:lvl")):
                index = _number(level.get(qn("w:ilvl")), 0)
                form = _child(level, "w:numFmt", "decimal")
                start = _number(_child(level, "w:start", "1"), 1)
                levels[index] = (form, _child(level, "w:lvlText", f"%{index + 1}."), start)
            self._levels[str(abstract.get(qn("w:abstractNumId")))] = levels
        for instance in root.iter(qn("w:num")):
            abstract = _child(instance, "w:abstractNumId", "")
            self._abstract[str(instance.get(qn("w:numId")))] = abstract


def _is_numbering(part: Any) -> bool:
    return str(part.partname).endswith("/numbering.xml") and hasattr(part, "element")


def _reference(element: _Element) -> tuple[str, int] | None:
    """Which numbering and level a paragraph or style names."""
    properties = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
    if properties is None:
        return None
    level = _number(_child(properties, "w:ilvl", "0"), 0)
    number = _child(properties, "w:numId", "")
    return (number, min(level, _LEVELS - 1)) if number else None


def _child(element: _Element, name: str, default: str) -> str:
    child = element.find(qn(name))
    return str(child.get(qn("w:val"), default)) if child is not None else default


def _number(written: str | None, default: int) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 7 else default


def _written(count: int, form: str) -> str:
    """A count as decimal, letters (a, b, … z, aa) or Roman numerals."""
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 % 8 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and count < 5000:
        roman = ""
        for value, sign in _ROMAN:
            roman += sign * (count // value)
            count %= value
        return roman.upper() if form == "upperRoman" else roman
    return str(count)
