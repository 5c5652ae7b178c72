"""Markdown as people read it: without its markup."""

import html
import re
from collections.abc import Iterator

from chorei.core.tables import cells, is_delimiter_row, pipe_cells, row_spans

_PLACE, _PLACE_END = "\ue000", "\ue001"
_PLACED = re.compile(_PLACE + r"([0-9]{1,9})" + _PLACE_END)
# Every pattern is linear: what it scans ends at the next possible opener, and quantifiers
# that could be retried are possessive.
_MARKED = re.compile(
    r"[\\`*_\[\]<>{}#|~&=•·" + _PLACE + r"]|^[ \t]*[-+][ \t]|^ {0,3}-{2,}\s*$", re.M
)
_FENCE = re.compile(r"[ \t]*+(?:`{3,}+[^`\n]*|~{3,}+[^\n]*)$")
_PREFIX = re.compile(
    r"[ \t]*+(?:>|[-*+•·](?=\s)(?:\s++\[[ xX]\](?=\s))?|#{1,6}(?=\s|$|[^\W\d_a-z]))"
)
_CLOSING = re.compile(r"\s#+\s*$")
_RULE = re.compile(r"\s*+(?:=+|(?:-\s*){2,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_TICKS = re.compile(r"`+")
_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]|" + _PLACE)
_HIDDEN = re.compile(
    r"<!--(?:[^<-]|<(?!!--)|-(?!->))*+-->"
    r"|\{%(?:[^%{]|%(?!\})|\{(?!%))*+%\}"
    r"|\{\{[^{}]*+\}\}"
    r"|\{:[^{}\n]*+\}|\{#[\w-]++\}"
    r"|\[\^[^\[\]\s]*+\](?!\()"
)
_INNER = r"((?:[^\[\]]|\[[^\[\]]*+\])*+)"
_TARGET = r"\((?:[^()\n]|\([^()\n]*+\))*+\)"
_IMAGE = re.compile(r"!\[([^\[\]]*+)\](?:" + _TARGET + r"|\[[^\[\]]*+\])")
_LINK = re.compile(r"\[" + _INNER + r"\](?:" + _TARGET + r"|\[[^\[\]]*+\])")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]++|[^<>\s@]++@[^<>\s@]++)>")
_INLINE = (
    "a|abbr|b|bdi|bdo|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|sub"
    "|sup|time|tt|u|var|wbr"
)
_BLOCK = (
    "address|article|aside|audio|blockquote|body|br|button|canvas|caption|center|col|colgroup|dd"
    "|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|iframe"
    "|img|input|label|legend|li|link|main|meta|nav|ol|option|p|picture|pre|script|section|select"
    "|source|style|summary|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|ul|video"
)
_TAG = re.compile(rf"</?(?:({_INLINE})|(?:{_BLOCK}))(?:\s[^<>]*+|/)?/?>", re.IGNORECASE)
_DELIMITER = re.compile(r"\*+|_+|~~")
_DUNDER = re.compile(r"__[a-z][a-z0-9_]*__")


def plain(text: str) -> str:
    """The text for people to read, on one line.

    Links and images become their text, emphasis, code ticks, heading marks, bullets, table
    pipes, HTML tags, comments, and Liquid tags go; the numbers of numbered lists stay, and so
    do identifiers such as ``snake_case`` and placeholders such as ``<your-name>``. Linear in
    the length of the text, whatever it holds.
    """
    if not _MARKED.search(text):
        return " ".join(text.split())
    text = "\n".join(_unprefixed(line) for line in text.split("\n"))
    text, literal = _protect(text)
    text = _HIDDEN.sub("", text)
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    text = _TAG.sub(lambda match: "" if match[1] else " ", _AUTOLINK.sub(r"\1", text))
    text = html.unescape(_unemphasised(text))
    if literal:
        # An entity may have made what looks like a place holder.
        places = dict(enumerate(literal))
        text = _PLACED.sub(lambda match: places.get(int(match[1]), ""), text)
    return " ".join(text.split())


def shown(text: str, columns: tuple[str, ...]) -> str:
    """A passage for people to read: prose as by :func:`plain`, a table row with its columns.

    Args:
        text: Prose, or one or several rows of a table (CSV lines or Markdown rows) as they
            stand in the document.
        columns: Names of the columns; empty for prose.

    Returns:
        One line; for rows ``Product: Widget; Price: 12``, several rows separated by ``" / "``.
        Empty cells are left out. A part of a row is shown like prose.
    """
    if not columns:
        return plain(text)
    rows = []
    for start, end in row_spans(text):
        row = text[start:end]
        found = cells(row, len(columns))
        values = [plain(row)] if found is None else [plain(cell) for cell in found]
        if found is not None and tuple(values) == columns:
            continue
        names = columns if found is not None else ()
        rows.append("; ".join(_named(values, names)))
    return " / ".join(row for row in rows if row)


def _named(values: list[str], names: tuple[str, ...]) -> Iterator[str]:
    for index, value in enumerate(values):
        if value:
            name = names[index] if index < len(names) else ""
            yield f"{name}: {value}" if name else value


def _unprefixed(line: str) -> str:
    """One line without fence, rule, heading mark, quote mark, bullet and table pipes."""
    if _FENCE.match(line) or _RULE.match(line) or is_delimiter_row(line):
        return ""
    start = 0
    while match := _PREFIX.match(line, start):
        start = match.end()
        if match.group().endswith("#"):
            return _CLOSING.sub("", line[start:].rstrip())
    line = line[start:]
    if line.lstrip().startswith("|"):
        return "; ".join(cell for cell in pipe_cells(line) if cell)
    return line


def _protect(text: str) -> tuple[str, list[str]]:
    """Code spans and escapes as one place holder each, and what they stand for."""
    runs = [(m.start(), m.end()) for m in _TICKS.finditer(text)] if "`" in text else []
    last = {end - start: start for start, end in runs}
    literal: list[str] = []
    parts: list[str] = []

    def escaped(match: re.Match[str]) -> str:
        literal.append(match.group()[-1])
        return f"{_PLACE}{len(literal) - 1}{_PLACE_END}"

    position = index = 0
    while index < len(runs):
        start, end = runs[index]
        index += 1
        if last[end - start] <= start or text[start - 1 : start] == "\\":
            continue
        closing = index
        while runs[closing][1] - runs[closing][0] != end - start:
            closing += 1
        parts.append(_ESCAPE.sub(escaped, text[position:start]))
        literal.append(text[end : runs[closing][0]].strip())
        parts.append(f"{_PLACE}{len(literal) - 1}{_PLACE_END}")
        position, index = runs[closing][1], closing + 1
    parts.append(_ESCAPE.sub(escaped, text[position:]))
    return "".join(parts), literal


def _unemphasised(text: str) -> str:
    """Without the paired marks of emphasis; the pairing of CommonMark, word-internal ones kept.

    https://spec.commonmark.org/0.31.2/#delimiter-stack, with ``*`` treated like ``_`` inside
    words, so that ``5*3`` and ``snake_case`` stay.
    """
    openers: dict[str, list[list[int]]] = {"*": [], "_": [], "~": []}
    cuts: list[tuple[int, int]] = []
    for match in _DELIMITER.finditer(text):
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        opens = bool(after) and not after.isspace() and not before.isalnum()
        closes = bool(before) and not before.isspace() and not after.isalnum()
        stack = openers[match.group()[0]]
        if opens and _DUNDER.match(text, start):
            opens = False
        left = start
        while closes and stack and left < end:
            length = min(stack[-1][1] - stack[-1][0], end - left)
            cuts += [(stack[-1][1] - length, stack[-1][1]), (left, left + length)]
            stack[-1][1] -= length
            left += length
            if stack[-1][0] == stack[-1][1]:
                stack.pop()
        if opens and left < end:
            stack.append([left, end])
    parts, position = [], 0
    for start, end in sorted(cuts):
        parts.append(text[position:start])
        position = end
    parts.append(text[position:])
    return "".join(parts)
