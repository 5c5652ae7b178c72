"""Which documents a search is restricted to."""

import datetime as dt
from typing import Any, NamedTuple


class Filter(NamedTuple):
    """Which documents are searched; a field that is None does not restrict.

    Attributes:
        folder: Leading part of the name, whole path components.
        tag: A tag the document has.
        since: First date.
        until: Last date.
    """

    folder: str | None = None
    tag: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    def sql(self) -> tuple[str, list[Any]]:
        """A condition on ``documents AS d`` and its parameters."""
        parts, values = ["1"], []
        if self.folder is not None:
            folder = self.folder.strip("/")
            # "0" is the character after "/": the range of names below the folder.
            parts.append("(d.name = ? OR d.name >= ? AND d.name < ?)")
            values += [folder, f"{folder}/", f"{folder}0"]
        if self.tag is not None:
            parts.append("EXISTS (SELECT 1 FROM json_each(d.tags) WHERE value = ?)")
            values.append(self.tag)
        if self.since is not None:
            parts.append("d.date >= ?")
            values.append(self.since.isoformat())
        if self.until is not None:
            parts.append("d.date <= ?")
            values.append(self.until.isoformat())
        return " AND ".join(parts), values


EVERYTHING = Filter()
