"""Answers a file of questions in one process: JSON lines in, JSON lines out."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chorei.interfaces import exits
from chorei.interfaces.console import print_json

if TYPE_CHECKING:
    from chorei.agent import Agent


def answer_batch(agent: "Agent", file: Path, *, folder: str | None, tag: str | None) -> int:
    """Prints one JSON object for each line of ``file``, in order, as soon as it is answered.

    A line is ``{"id": …, "question": "…"}``, and may name a ``session``. A line that is not,
    or whose question fails, yields ``{"id", "line", "error"}`` and the run goes on. Blank
    lines are skipped.

    Args:
        agent: Who answers.
        file: JSON lines in UTF-8; ``-`` for standard input.
        folder: Only documents below this folder.
        tag: Only documents with this tag.

    Returns:
        The exit code: 1 if any line failed.

    Raises:
        SettingsError: The file cannot be opened.
    """
    code = exits.OK
    with ExitStack() as stack:
        for number, line in enumerate(_lines(file, stack), start=1):
            if not line.strip():
                continue
            answered = _answer_line(agent, line, number, folder, tag)
            if "error" in answered:
                code = exits.ERROR
            print_json(answered)
    return code


def _lines(file: Path, stack: ExitStack) -> Iterable[str]:
    from chorei.core import SettingsError

    if str(file) == "-":
        return sys.stdin
    try:
        return stack.enter_context(file.open(encoding="utf-8-sig", errors="replace"))
    except OSError as error:
        raise SettingsError(
            f"The batch file {file} cannot be read: {error.strerror}.",
            hint='It holds one {"id": …, "question": …} on each line.',
        ) from None


def _answer_line(
    agent: "Agent", line: str, number: int, folder: str | None, tag: str | None
) -> dict[str, Any]:
    from chorei.core import ChoreiError

    identity: Any = None
    try:
        fields = _fields(line)
        identity = fields.get("id")
        question, session = _asked(fields)
        answer = agent.ask(question, session=session, folder=folder, tag=tag)
    except (ValueError, ChoreiError) as error:
        return {"id": identity, "line": number, "error": str(error)}
    return {"id": identity} | answer.as_json()


def _fields(line: str) -> dict[str, Any]:
    import json

    fields: object = json.loads(line)
    if not isinstance(fields, dict):
        raise ValueError('not an object {"id": …, "question": …}')
    return fields


def _asked(fields: dict[str, Any]) -> tuple[str, str | None]:
    question, session = fields.get("question"), fields.get("session")
    if not isinstance(question, str) or not question.strip():
        raise ValueError("no text under 'question'")
    if session is not None and not isinstance(session, str):
        raise ValueError("'session' is not a text")
    return question, session
