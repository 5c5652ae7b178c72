"""Terms and questions found in the text of documents."""

import csv
import re
from collections.abc import Iterator

from chorei.adapters.records.making import Entry
from chorei.core import RecordsError, fold, language_of, plain
from chorei.core.tables import DELIMITERS, csv_rows, is_delimiter_row, pipe_cells

_DEFINED = re.compile(
    r"^[ \t]*(?:[-*+•][ \t]+)?(?:\*\*|__)(?P<term>[^*_\n]{1,80}?)(?P<colon>:?)(?:\*\*|__)"
    r"[ \t]*(?P<mark>[:–—-]?)[ \t]*(?P<meaning>[^\n]{3,})$",
    re.MULTILINE,
)
_LISTED = re.compile(
    r"^[ \t]*[-*+•][ \t]+(?P<term>[^\s:–—][^:–—\n]{0,60}?)[ \t]*[:–—][ \t]+"
    r"(?P<meaning>[^\n]{3,})$",
    re.MULTILINE,
)
_ASKED = re.compile(
    r"^(?P<form>#{1,6}(?=[ \t])|\*\*|(?:Q|Hỏi|Câu hỏi)(?=[ \t]*[:.]))[ \t:.]*(?P<q>[^\n]{3,300})$"
)
_REPLY = re.compile(r"^(?:\*\*)?(?:A|Đáp|Trả lời)(?:\*\*)?[ \t]*[:.][ \t]*", re.IGNORECASE)
_TERM = ("term", "word", "name", "abbreviation", "tu", "thuat ngu", "ten", "viet tat")
_MEANING = ("meaning", "definition", "explanation", "description", "nghia", "dinh nghia",
            "giai thich", "mo ta", "y nghia")  # fmt: skip


def glossary(text: str) -> tuple[Entry, ...]:
    """The terms that a Markdown text or a table defines.

    Read are bold terms (``**TERM**: meaning``), list items (``- TERM: meaning``), and tables, in
    Markdown or CSV, whose header names a term and a meaning (``meaning_en`` and ``meaning_vi``
    side by side are both read, as are ``facts_en`` and ``facts_vi``, separated by semicolons).
    """
    found = [*_tables(text)]
    for pattern in (_DEFINED, _LISTED):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            if pattern is _DEFINED and not (groups["colon"] or groups["mark"]):
                continue
            term, meaning = plain(groups["term"]).strip(), plain(groups["meaning"]).strip()
            if term and meaning:
                found.append(Entry(term=term, meaning=meaning, language=language_of(meaning)))
    unique = {(entry.term, entry.meaning): entry for entry in found}
    return tuple(unique.values())


def faq(text: str) -> tuple[tuple[str, str], ...]:
    """Questions and answers in Markdown.

    A question is a heading, a bold line or a line with ``Q:`` that ends with ``?``; its answer is
    the text below it up to the next heading or question. Questions of one form that follow each
    other without a text between them share the answer below the last: they are wordings of one
    question.
    """
    pairs: list[tuple[str, str]] = []
    asked: dict[str, str] = {}
    answer: list[str] = []

    def close() -> None:
        body = plain(_REPLY.sub("", " ".join(" ".join(answer).split()))).strip()
        if body:
            pairs.extend((question, body) for question in asked)
        asked.clear()

    for line in text.splitlines():
        match = _ASKED.match(line.strip())
        question = plain(match["q"]).strip(" *") if match else ""
        if not (match and question.endswith("?")) and not line.startswith("#"):
            answer.append(line)
            continue
        form = match["form"] if match and question.endswith("?") else ""
        if "".join(answer).strip() or form not in asked.values():
            close()
        answer.clear()
        if form:
            asked[question] = form
    close()
    return tuple(pairs)


def _tables(text: str) -> Iterator[Entry]:
    header: list[str] = []
    for cells in _rows(text):
        names = [fold(cell.strip().strip("*")) for cell in cells]
        if any(name in _TERM for name in names) and any(_is_meaning(name) for name in names):
            header = names
        elif header and len(cells) == len(header):
            yield from _entries(dict(zip(header, cells, strict=True)))
        else:
            header = []


def _entries(row: dict[str, str]) -> Iterator[Entry]:
    term = next(plain(row[name]).strip() for name in row if name in _TERM)
    for name in row:
        meaning = plain(row[name]).strip()
        if not (_is_meaning(name) and term and meaning):
            continue
        facts = row.get(f"facts_{name.rsplit('_', 1)[-1]}", row.get("facts", ""))
        yield Entry(
            term=term,
            meaning=meaning,
            facts=tuple(fact.strip() for fact in facts.split(";") if fact.strip()),
            language=language_of(meaning),
        )


def _is_meaning(name: str) -> bool:
    return name in _MEANING or name.rsplit("_", 1)[0] in _MEANING


def _rows(text: str) -> Iterator[list[str]]:
    lines = text.splitlines()
    if any(line.lstrip().startswith("|") for line in lines):
        for line in lines:
            if line.lstrip().startswith("|") and not is_delimiter_row(line):
                yield pipe_cells(line)
            elif not line.lstrip().startswith("|"):
                yield []
        return
    first = lines[0] if lines else ""
    delimiter = max(DELIMITERS, key=first.count)
    if delimiter not in first:
        return
    try:
        yield from (fields for _, _, fields in csv_rows(text, delimiter))
    except csv.Error as error:
        raise RecordsError(f"The table cannot be read: {error}.") from None
