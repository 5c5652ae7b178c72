"""Reading records from JSONL, JSON and CSV, in any of the shapes that are about."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from chorei.adapters.records.problems import Problem, refuse
from chorei.adapters.records.record import Record
from chorei.adapters.records.shapes import record_of
from chorei.core import RecordsError

LARGEST_BYTES = 512 * 2**20
T = TypeVar("T")


def read_records(path: Path) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """The records of a file and the warnings about it.

    A file ending in ``.csv`` or ``.tsv`` is a table with a header, ``.json`` one array, anything
    else JSONL.

    Raises:
        RecordsError: The file cannot be read, or lines of it cannot be used; every such line is
            named.
    """
    return parse_records(read_text(path), form_of(path), source=path.name)


def parse_records(
    text: str, form: str = "jsonl", *, source: str = "records"
) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    """Like :func:`read_records`, from a string.

    Args:
        text: The contents.
        form: ``jsonl``, ``json``, ``csv`` or ``tsv``.
        source: What the text is called in messages.

    Raises:
        RecordsError: Lines of it cannot be used.
    """
    made, problems = parse(
        text,
        form,
        record_of,
        source=source,
        empty='Write one JSON object a line: {"prompt": "…", "response": "…"}.',
    )
    records = (record.model_copy(update={"source": source, "line": line}) for line, record in made)
    return tuple(records), problems


def parse(
    text: str, form: str, make: Callable[[Mapping[str, Any]], T], *, source: str, empty: str
) -> tuple[tuple[tuple[int, T], ...], tuple[Problem, ...]]:
    """What each object of a text is made into, with its line, and the warnings about the text.

    Args:
        text: The contents.
        form: ``jsonl``, ``json``, ``csv`` or ``tsv``.
        make: Makes something of an object, or raises ValueError.
        source: What the text is called in messages.
        empty: What to do about a text without objects.

    Raises:
        RecordsError: Lines of it cannot be used; every such line is named.
    """
    problems: list[Problem] = []
    made: list[tuple[int, T]] = []
    for line, value in _rows(text, form, problems):
        try:
            made.append((line, make(value)))
        except ValidationError as error:
            problems.append(Problem(line=line, message=_first(error)))
        except ValueError as error:
            problems.append(Problem(line=line, message=str(error)))
    if not made and not problems:
        raise RecordsError(f"{source} holds no records.", hint=empty)
    refuse(problems, source)
    return tuple(made), tuple(problems)


def form_of(path: Path) -> str:
    """The form that a file's name says."""
    return path.suffix.lower().lstrip(".")


def read_text(path: Path) -> str:
    """A file's text.

    Raises:
        RecordsError: It cannot be read, is too large or not UTF-8.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise RecordsError(
                f"{path} is larger than {LARGEST_BYTES // 2**20} MiB.", hint="Split it up."
            )
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RecordsError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise RecordsError(
            f"{path} is not UTF-8 (byte {error.start}).", hint="Save it as UTF-8."
        ) from None


def write_records(path: Path, records: tuple[Record, ...]) -> None:
    """Write records as JSONL that :func:`read_records` reads back.

    Raises:
        RecordsError: The file cannot be written.
    """
    write_lines(path, (record.as_json() for record in records))


def write_lines(path: Path, values: Iterable[object]) -> None:
    """Write JSON values, one a line.

    Raises:
        RecordsError: The file cannot be written.
    """
    lines = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines, encoding="utf-8")
    except OSError as error:
        raise RecordsError(f"{path} cannot be written: {error.strerror}.") from None


def _rows(text: str, form: str, problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if form in ("csv", "tsv"):
        yield from _table(text, "\t" if form == "tsv" else None, problems)
    elif form == "json":
        yield from _array(text, problems)
    else:
        yield from _lines(text, problems)


def _lines(text: str, problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    # Not str.splitlines, which also breaks at U+2028 inside a JSON string.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            where = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            problems.append(Problem(line=number, message=f"This is not a JSON object{where}."))
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            problems.append(Problem(line=number, message="This is not a JSON object."))


def _array(text: str, problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        values = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        problems.append(Problem(line=line, message="This is not JSON."))
        return
    if not isinstance(values, list):
        problems.append(Problem(line=1, message="This is not an array of records."))
        return
    for number, value in enumerate(values, start=1):
        if isinstance(value, dict):
            yield number, value
        else:
            problems.append(Problem(line=number, message="This item is not an object."))


def _table(
    text: str, delimiter: str | None, problems: list[Problem]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    head = text.split("\n", 1)[0]
    chosen = delimiter or max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=chosen, strict=True)
    names: list[str] = []
    start = 1
    try:
        for fields in reader:
            line, start = start, reader.line_num + 1
            if not any(field.strip() for field in fields):
                continue
            if not names:
                names = [field.strip().casefold() for field in fields]
            elif len(fields) != len(names):
                problems.append(
                    Problem(line=line, message=f"{len(fields)} fields, the header {len(names)}.")
                )
            else:
                yield line, dict(zip(names, fields, strict=True))
    except csv.Error as error:
        problems.append(Problem(line=reader.line_num, message=f"This is not CSV: {error}."))


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg'].lower()}." if place else f"{first['msg']}."
