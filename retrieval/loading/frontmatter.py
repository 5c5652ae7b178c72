"""The metadata between ``---`` lines at the top of a Markdown file."""

import datetime as dt
import re

from chorei.core import Frozen, plain
from chorei.core.tables import lines

_LONGEST = 64 * 1024
_PAIR = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*))?$", re.DOTALL)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_DATES = ("date", "last_updated", "updated", "last_modified_at", "lastmod", "date_approved")


class FrontMatter(Frozen):
    """What front matter says about its document; ``end`` is where the body starts."""

    end: int = 0
    title: str = ""
    date: dt.date | None = None
    keywords: tuple[str, ...] = ()


def front_matter(text: str) -> FrontMatter:
    """Title, date and keywords of the front matter of ``text``.

    Only the scalars and plain lists that these fields need are read, not all of YAML: nothing
    in it can expand (aliases) or build objects (tags).
    """
    if not text.startswith("---"):
        return FrontMatter()
    fields: dict[str, list[str]] = {}
    key = ""
    for number, (start, end) in enumerate(lines(text[:_LONGEST])):
        line = text[start:end].rstrip()
        if number == 0:
            if line != "---":
                return FrontMatter()
        elif line in ("---", "..."):
            return _understood(fields, end)
        elif match := _PAIR.match(line):
            key = match[1].lower().replace("-", "_")
            fields[key] = [_unquoted(match[2] or "")]
        elif key and line.lstrip().startswith("- "):
            fields[key].append(_unquoted(line.lstrip()[2:]))
        elif key and line[:1] in " \t":
            fields[key][-1] = f"{fields[key][-1]} {line.strip()}".lstrip(">|- ")
    return FrontMatter()


def iso_date(written: str) -> dt.date | None:
    """The date that a string starts with in ISO 8601 form, None if there is none."""
    match = _DATE.match(written.strip())
    if match is None:
        return None
    try:
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _understood(fields: dict[str, list[str]], end: int) -> FrontMatter:
    dates = (iso_date(fields[name][0]) for name in _DATES if name in fields)
    written = ",".join(fields.get("keywords", fields.get("tags", []))).strip("[]")
    return FrontMatter(
        end=end,
        title=plain(fields.get("title", [""])[0])[:300],
        date=next((date for date in dates if date), None),
        keywords=tuple(word for part in written.split(",") if (word := _unquoted(part)))[:100],
    )


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace("\\" + value[0], value[0])
    return value
