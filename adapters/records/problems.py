"""What is wrong with records, all of it at once and by line."""

from collections.abc import Iterable
from typing import Literal

from chorei.core import Frozen, RecordsError

_SHOWN = 12


class Problem(Frozen):
    """One remark on one line of a file of records.

    Attributes:
        line: The line, from 1; 0 if the remark concerns the whole.
        message: What is wrong, in one sentence.
        severity: ``error`` if the records cannot be used like this.
    """

    line: int
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.message}"


def refuse(problems: Iterable[Problem], source: str) -> None:
    """Raise one error that names every line with an error, if there is any.

    Raises:
        RecordsError: With the line of the first error; the message lists the first twelve.
    """
    errors = sorted((p for p in problems if p.severity == "error"), key=lambda p: p.line)
    if not errors:
        return
    listed = "\n".join(f"  {problem}" for problem in errors[:_SHOWN])
    rest = f"\n  … and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    raise RecordsError(
        f"{source} has {count}:\n{listed}{rest}",
        hint="\nCorrect these lines and try again; nothing was written.",
        line=errors[0].line or None,
    )
