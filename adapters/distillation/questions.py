"""What a teacher is asked: a file of questions, records, or the headings of documents."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from chorei.adapters.records import Record, exchange, read_records
from chorei.core import Language, RecordsError, fold, language_of, plain

_UNANSWERED: Final = "-"
_ASKED: Final[dict[Language, str]] = {
    "en": "What do our documents say about “{heading}” ({title})?",
    "vi": "Tài liệu của chúng ta nói gì về “{heading}” ({title})?",
}


def read_questions(path: Path) -> tuple[Record, ...]:
    """The questions of a file, as records whose answers are not used.

    A file ending in ``.txt`` or ``.md`` holds one question a line (``#`` begins a remark); any
    other is read as records are, and each keeps its topic, facts, kind and split.

    Raises:
        RecordsError: The file cannot be read, or holds no question.
    """
    if path.suffix.lower() not in (".txt", ".md"):
        return read_records(path)[0]
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise RecordsError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise RecordsError(f"{path} is not UTF-8 (byte {error.start}).") from None
    found = [
        exchange(line.strip(), _UNANSWERED, source=path.name, line=number)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not found:
        raise RecordsError(f"{path} holds no questions.", hint="Write one on each line.")
    return tuple(found)


def from_headings(headings: Iterable[tuple[str, str]]) -> tuple[Record, ...]:
    """A question for each heading of the documents; a heading that is a question is asked as is.

    Args:
        headings: Title of a document and a heading in it.
    """
    found: dict[str, Record] = {}
    for title, given in headings:
        heading = plain(given).strip(" \t.:*#")
        if len(heading) < 3 or fold(heading) == fold(title):
            continue
        wording = _ASKED[language_of(f"{heading} {title}")]
        question = (
            heading if heading.endswith("?") else wording.format(heading=heading, title=title)
        )
        found.setdefault(question, exchange(question, _UNANSWERED, topic=heading, source=title))
    return tuple(found.values())
