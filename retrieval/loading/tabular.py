"""Which row of a table is its header."""

import re
from collections import Counter
from collections.abc import Sequence

_SAMPLE = 50
# Longer headers name nothing: every passage of the table repeats them.
_LONGEST_HEADER = 5_000
_NUMBER = re.compile(r"[-+(]?[^\w\s]{0,2}\d[\d.,:/ \-]*(?:[%)]|[^\W\d]{1,4})?$")
_YEAR = re.compile(r"(?:19|20)\d\d$")


def header_index(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the header row, None if the table has none; rows before it are titles and notes.

    The header is the first row that is as wide as the table, if there are rows below it and it
    does not look like one of them: names where they have numbers, or names only.

    Args:
        rows: The first rows of the table as text; none of them empty.
    """
    sample = [[cell.strip() for cell in row] for row in rows[:_SAMPLE]]
    widths = Counter(sum(1 for cell in row if cell) for row in sample)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    first = next((i for i, row in enumerate(sample) if len(list(filter(None, row))) >= usual), 0)
    below = sample[first + 1 :]
    if not below:
        return None
    header = sample[first]
    if sum(map(len, header)) > _LONGEST_HEADER or len(set(filter(None, header))) < sum(
        1 for cell in header if cell
    ):
        return None
    numbers = [_is_number(cell) and not _YEAR.match(cell) for cell in header]
    if any(numbers):
        return None
    return first


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """The names in a header row, on one line each."""
    return tuple(" ".join(cell.split()) for cell in header)


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.match(cell)) if len(cell) < 40 else False
