"""What the catalogue knows about the vector index."""

import sqlite3
from typing import NamedTuple


class Shard(NamedTuple):
    """One part of the vector index: the passages of a range of keys.

    Attributes:
        token: Its name, a random one each time it is begun, so that a leftover of an earlier
            index is never taken for it.
        first: Passages with keys above this one belong to it.
        last: Up to here its passages have been written.
        upper: Last key that belongs to it; None while it is the open end of the index.
        held: Number of vectors written to it, those of removed passages included.
        dirty: A write was begun and not seen to end.
        generation: Counts its writes, so that another process knows when to open it again.
    """

    token: str
    first: int
    last: int
    upper: int | None
    held: int
    dirty: bool
    generation: int


def shards(connection: sqlite3.Connection) -> list[Shard]:
    """All shards in the order of their keys."""
    rows = connection.execute(
        "SELECT token, first, last, upper, held, dirty, generation FROM shards ORDER BY first"
    )
    return [Shard._make((*row[:5], bool(row[5]), row[6])) for row in rows]


def store(connection: sqlite3.Connection, shard: Shard) -> None:
    """Insert a shard, or update the one with its token."""
    connection.execute("INSERT OR REPLACE INTO shards VALUES (?, ?, ?, ?, ?, ?, ?)", shard)


def forget(connection: sqlite3.Connection, token: str) -> None:
    """Remove one shard."""
    connection.execute("DELETE FROM shards WHERE token = ?", (token,))
