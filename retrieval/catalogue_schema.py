"""The tables of the catalogue, and how its file is opened."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chorei.core import LibraryCorruptError, LibraryError, LibraryLockedError
from chorei.retrieval import lexical

VERSION = 1
APPLICATION = 0x63687265  # "chre", read by file(1) and by us

BUSY_SECONDS = 30.0
_CACHE_KIB = 16 * 1024
_CORRUPT = "Move the folder away and add the documents again."

# Texts are stored once, in parts; a passage is a span of them. The lexical index is contentless,
# and deleting from it takes the same fields that were inserted (contentless_delete needs
# SQLite 3.43, which Debian 12 does not have). AUTOINCREMENT: a key is never used again, so a
# key found in the vector index means one version of one passage for ever.
_TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL UNIQUE, title TEXT NOT NULL, media TEXT NOT NULL,
    language TEXT NOT NULL, tags TEXT NOT NULL, date TEXT, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, characters INTEGER NOT NULL, passages INTEGER NOT NULL,
    added TEXT NOT NULL, modified INTEGER NOT NULL, loader TEXT NOT NULL
);
CREATE TABLE texts (
    document INTEGER NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL,
    UNIQUE (document, part)
);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL, columns TEXT NOT NULL,
    page INTEGER, row INTEGER, language TEXT NOT NULL,
    UNIQUE (document, ordinal)
);
CREATE TABLE embeddings (passage INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE shards (
    token TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, upper INTEGER,
    held INTEGER NOT NULL, dirty INTEGER NOT NULL, generation INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('revision', 0), ('passages', 0), ('embedder', ''), ('dimensions', 0);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


def lexical_table() -> str:
    """The statement that makes the lexical index."""
    columns = ", ".join(lexical.COLUMNS)
    return (
        f"CREATE VIRTUAL TABLE lexical USING fts5("
        f"{columns}, content='', tokenize=\"{lexical.TOKENIZE}\")"
    )


def lexical_identity() -> str:
    """Changes when passages would be indexed in another way than before.

    Found from what is indexed for a sample, so nobody has to remember to count up a version.
    """
    sample = "Đà Nẵng's employees get 1.234,56 đồng; NGHỈ PHÉP năm, e.g. sick-leave_2 (15%)."
    indexed = lexical.fields(sample, ("Nghỉ lễ", "Pay"), "Handbook", ("Giá", "Price"), "a/b.md")
    return hashlib.sha256(repr((lexical_table(), indexed)).encode()).hexdigest()[:16]


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's exceptions into chorei's.

    Raises:
        LibraryLockedError: Another connection wrote for longer than ``BUSY_SECONDS``.
        LibraryCorruptError: The file is damaged or not a catalogue.
        LibraryError: The disk is full, or the folder cannot be written to.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        code = (error.sqlite_errorcode or 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise LibraryLockedError(
                f"Another process is writing to {path}.", hint="Try again in a moment."
            ) from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
            raise LibraryCorruptError(
                f"The catalogue {path} cannot be read: {error}.", hint=_CORRUPT
            ) from error
        raise LibraryError(
            f"The catalogue {path} cannot be used: {error}.",
            hint="Check the free space on the disk and the permissions of the folder.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise LibraryCorruptError(
            f"The catalogue {path} is damaged: {error}.", hint=_CORRUPT
        ) from error


def connect(path: Path, *, writing: bool = False) -> sqlite3.Connection:
    """A connection with manual transactions that may be handed from thread to thread.

    Commits are synced to the disk (``synchronous=FULL``): they are few, because documents are
    committed in batches, and so an acknowledged document survives a power cut, too.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL" if writing else "PRAGMA query_only = 1")
    # A search reads some thousand pages; SQLite's 2 MB of cache would fetch them each time.
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file; check the versions of an existing one.

    Raises:
        LibraryCorruptError: It is another program's file, or a newer chorei's.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not application:
        connection.execute("PRAGMA journal_mode = WAL")
        _create(connection)
        return
    if application != APPLICATION:
        raise LibraryCorruptError(
            f"{path} is not a catalogue of chorei.", hint="Choose another folder (--library)."
        )
    if version != VERSION:
        newer = version > VERSION
        raise LibraryCorruptError(
            f"{path} was written by {'a newer' if newer else 'an older'} chorei"
            f" (format {version}, this one knows {VERSION}).",
            hint="Update chorei: pip install --upgrade chorei" if newer else _CORRUPT,
        )


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made them while this one waited.
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _TABLES.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(lexical_table())
            connection.execute("INSERT INTO meta VALUES ('lexical', ?)", (lexical_identity(),))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
