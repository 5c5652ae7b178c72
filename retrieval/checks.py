"""What can be wrong inside a catalogue."""

import sqlite3
from collections import Counter

_COUNTS = (
    (
        "passages without a document",
        "SELECT count(*) FROM passages WHERE document NOT IN (SELECT key FROM documents)",
    ),
    (
        "passages without a vector",
        "SELECT count(*) FROM passages WHERE key NOT IN (SELECT passage FROM embeddings)",
    ),
    (
        "vectors without a passage",
        "SELECT count(*) FROM embeddings WHERE passage NOT IN (SELECT key FROM passages)",
    ),
    (
        "documents with another number of passages than recorded",
        "SELECT count(*) FROM documents AS d WHERE passages <>"
        " (SELECT count(*) FROM passages WHERE document = d.key)",
    ),
    (
        "passages more or less than counted",
        "SELECT abs((SELECT count(*) FROM passages) -"
        " (SELECT value FROM meta WHERE name = 'passages'))",
    ),
    (
        "passages missing from, or left over in, the lexical index",
        "SELECT abs((SELECT count(*) FROM passages) - (SELECT count(*) FROM lexical_docsize))",
    ),
)


def problems(connection: sqlite3.Connection) -> list[str]:
    """What SQLite's own check, and counting the parts against each other, find wrong."""
    found = [row[0] for row in connection.execute("PRAGMA quick_check") if row[0] != "ok"]
    for what, query in _COUNTS:
        (number,) = connection.execute(query).fetchone()
        if number:
            found.append(f"{number} {what}.")
    wrong = _wrong_lengths(connection)
    if wrong:
        found.append(f"{wrong} documents with a text of another length than recorded.")
    return found


def _wrong_lengths(connection: sqlite3.Connection) -> int:
    # Counted here because SQLite's length() stops at a NUL, which a text may hold.
    lengths: Counter[int] = Counter()
    for document, text in connection.execute("SELECT document, text FROM texts"):
        lengths[document] += len(text)
    recorded = connection.execute("SELECT key, characters FROM documents")
    return sum(lengths[key] != characters for key, characters in recorded)
