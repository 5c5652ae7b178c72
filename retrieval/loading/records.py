"""JSON and JSON Lines files: records with fields."""

import json
import re
from collections.abc import Iterator
from typing import Any

from chorei.core import DocumentTooLargeError, MalformedDocumentError
from chorei.core.tables import lines
from chorei.retrieval.loading.decoding import decode
from chorei.retrieval.loading.frontmatter import iso_date
from chorei.retrieval.loading.parsed import Parsed
from chorei.retrieval.loading.prose import stem
from chorei.retrieval.loading.writing import Writer

_MOST_VALUES = 2_000_000
_LONGEST_PATH = 100
_LONGEST_CELL = 200
_LONGEST_HEADER = 5_000
_LONGEST_TITLE = 300
_TITLES = ("title", "name", "question", "heading", "subject", "tiêu đề", "tên", "câu hỏi")
_BODIES = (
    "text",
    "content",
    "body",
    "answer",
    "description",
    "markdown",
    "message",
    "summary",
    "nội dung",
    "trả lời",
    "câu trả lời",
    "mô tả",
)
_DATES = ("date", "last_updated", "updated")
# A lone surrogate in a \u escape is no character and cannot be stored.
_SURROGATE = re.compile(r"[\ud800-\udfff\0]")

Fields = dict[str, Any]


def parse_json(data: bytes, name: str) -> Parsed:
    """A JSON file: a record per element of its lists of objects, else one record.

    Records of short plain values become rows of a table; one with a title or a text reads as
    prose under its title; others are lines of ``path.to.key: value``. Numbers stay as written.
    """
    value = _load(_decoded(data, name), name, "")
    writer = Writer()
    title = ""
    date = None
    if isinstance(value, dict):
        title = _first_text(value, ("title", "name"))[:_LONGEST_TITLE]
        date = next((d for key in _DATES if (d := iso_date(_scalar(value.get(key)) or ""))), None)
        _object(writer, value, title)
    else:
        _records(writer, value if isinstance(value, list) else [value])
    return Parsed(
        text=writer.text, title=title or stem(name), date=date, blocks=tuple(writer.blocks)
    )


def parse_jsonl(data: bytes, name: str) -> Parsed:
    """A JSON Lines file: a record per line that is not blank."""
    text = _decoded(data, name)
    values = []
    for number, (start, end) in enumerate(lines(text), start=1):
        line = text[start:end].rstrip()
        if line:
            values.append(_load(line, name, f" in line {number}"))
    writer = Writer()
    _records(writer, values)
    return Parsed(text=writer.text, title=stem(name), blocks=tuple(writer.blocks))


def _decoded(data: bytes, name: str) -> str:
    # Every value but the first follows one of these; empty lists are 20 times their text.
    values = sum(map(data.count, (b",", b"[", b"{", b"\n")))
    if values > _MOST_VALUES:
        raise DocumentTooLargeError(name, f"more than {_MOST_VALUES:,} values.", hint="Split it.")
    return decode(data, name)


def _load(text: str, name: str, where: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        place = where or f" in line {error.lineno}"
        raise MalformedDocumentError(
            name, f"not valid JSON{place}, column {error.colno}: {error.msg}."
        ) from None
    except RecursionError:
        raise MalformedDocumentError(name, f"JSON nested too deeply{where}.") from None


def _object(writer: Writer, value: Fields, title: str) -> None:
    """One object: its own values, then each list of records in it under its key."""
    lists = {
        key: item
        for key, item in value.items()
        if isinstance(item, list) and item and all(isinstance(part, dict) for part in item)
    }
    own = {key: item for key, item in value.items() if key not in lists}
    if title:
        writer.heading(1, _one_line(title))
    if own:
        _record(writer, own, 1, level=2, single=True)
    for key, items in lists.items():
        writer.heading(2, _one_line(key)[:_LONGEST_TITLE] or "-")
        _records(writer, items, level=3)


def _records(writer: Writer, values: list[Any], *, level: int = 1) -> None:
    columns = _columns(values)
    if columns:
        rows = [[_one_line(_scalar(value.get(key)) or "") for key in columns] for value in values]
        writer.table(rows, [_one_line(key) for key in columns])
        return
    for row, value in enumerate(values, start=1):
        _record(writer, value, row, level=level)


def _columns(values: list[Any]) -> list[str]:
    """The keys, if all values are flat objects of the same short fields."""
    keys: dict[str, None] = {}
    for value in values:
        if not isinstance(value, dict) or not value or _body_of(value):
            return []
        for key, item in value.items():
            scalar = _scalar(item)
            if scalar is None or len(scalar) > _LONGEST_CELL:
                return []
            keys[key] = None
        if len(keys) > 2 * len(value):
            return []
    return list(keys) if len(values) > 1 and sum(map(len, keys)) <= _LONGEST_HEADER else []


def _record(writer: Writer, value: Any, row: int, *, level: int, single: bool = False) -> None:
    fields = value if isinstance(value, dict) else {}
    body = _body_of(fields)
    title = _title_of(fields) if body else ""
    if not single:
        writer.outline.leave(level)
        if title:
            writer.heading(level, _one_line(fields[title]))
    if not body:
        if found := "\n".join(_pairs(value)):
            writer.record(found, row)
        return
    writer.markdown(_clean(fields[body]).strip(), row=row)
    rest = {key: item for key, item in fields.items() if key not in (body, title)}
    if found := "\n".join(_pairs(rest)):
        writer.paragraph(found, row=row)


def _body_of(fields: Fields) -> str:
    named = (key for key in fields if key.lower() in _BODIES)
    return next((key for key in named if _is_text(fields[key])), "")


def _title_of(fields: Fields) -> str:
    named = (key for key in fields if key.lower() in _TITLES)
    return next(
        (key for key in named if _is_text(fields[key]) and len(fields[key]) <= _LONGEST_TITLE), ""
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and any(character.isalpha() for character in value)


def _first_text(fields: Fields, keys: tuple[str, ...]) -> str:
    return next((_one_line(fields[key]) for key in keys if _is_text(fields.get(key))), "")


def _pairs(value: Any) -> Iterator[str]:
    """``path.to.key: value`` lines of nested values, without recursion on hostile depth."""
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        path, item = stack.pop()
        scalar = _scalar(item)
        if scalar is not None:
            if scalar.strip():
                line = _one_line(scalar)
                yield f"{path}: {line}" if path else line
        elif isinstance(item, list) and all(_scalar(part) is not None for part in item):
            if joined := ", ".join(_one_line(_scalar(part) or "") for part in item):
                yield f"{path}: {joined}" if path else joined
        else:
            pairs = item.items() if isinstance(item, dict) else enumerate(item, start=1)
            below = [(_below(path, str(key)), part) for key, part in pairs]
            stack.extend(reversed(below))


def _below(path: str, key: str) -> str:
    """The path to ``key``; of a long one the end, so that it cannot multiply the size."""
    below = f"{path}.{_one_line(key)}" if path else _one_line(key)
    return below if len(below) <= _LONGEST_PATH else f"…{below[-_LONGEST_PATH:]}"


def _scalar(value: Any) -> str | None:
    """A plain value as text, None for lists and objects; numbers were kept as written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _clean(value) if isinstance(value, str) else None


def _clean(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())
