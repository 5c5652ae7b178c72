"""What a teacher has answered so far, on disk, so that nothing is asked or paid for twice."""

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from chorei.core import AdapterError, Frozen, RecordsError


class Reply(Frozen):
    """A teacher's answer to one question.

    Attributes:
        question: What was asked.
        answer: What it said.
        finish: Why it stopped: ``stop``, ``length``, …; empty if that is not known.
        refusal: Why whoever asked does not vouch for the answer; empty if nothing is wrong.
        input_tokens: Tokens it read.
        output_tokens: Tokens it wrote.
    """

    question: str
    answer: str
    finish: str = ""
    refusal: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


class Ledger:
    """A JSONL file of replies; each is on disk before it counts.

    A kill at any moment loses at most the answers that were being written: a torn last line is
    cut off when the file is opened again. A context manager: the file is closed at its end.

    Args:
        path: The file; it is made if it is not there.
        asked: How the teacher is asked (its name, the system message, …). A file that was begun
            with something else is refused.

    Raises:
        AdapterError: The file belongs to another teacher, or cannot be written.
        RecordsError: A line of it is damaged.
    """

    def __init__(self, path: Path, asked: Mapping[str, Any]) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._replies: dict[str, Reply] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = self._whole_lines()
            if lines:
                self._check(lines[0], asked)
                self._replies = {r.question: r for r in self._read(lines[1:])}
            self._file = path.open("ab")
            if not lines:
                self._append(dict(asked))
        except OSError as error:
            raise AdapterError(f"{path} cannot be written: {error.strerror}.") from None

    @property
    def replies(self) -> Mapping[str, Reply]:
        """The replies by question."""
        return self._replies

    def add(self, reply: Reply) -> None:
        """Keep a reply; it is on disk when this returns. Any thread may call it.

        Raises:
            AdapterError: It cannot be written.
        """
        with self._lock:
            try:
                self._append(reply.model_dump(exclude_defaults=True))
            except OSError as error:
                raise AdapterError(f"{self.path} cannot be written: {error.strerror}.") from None
            self._replies[reply.question] = reply

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _append(self, value: dict[str, Any]) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _whole_lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(self.path, len(whole))
        return whole.splitlines()

    def _check(self, line: bytes, asked: Mapping[str, Any]) -> None:
        try:
            before = json.loads(line)
        except ValueError:
            before = None
        if before != dict(asked):
            raise AdapterError(
                f"The answers in {self.path} were not asked for in this way.",
                hint="Use the teacher and the options of then, another --output, or remove that"
                " file.",
            )

    def _read(self, lines: list[bytes]) -> list[Reply]:
        found = []
        for number, line in enumerate(lines, start=2):
            try:
                found.append(Reply.model_validate_json(line))
            except ValidationError:
                raise RecordsError(
                    f"Line {number} of {self.path} is damaged.",
                    hint="Remove that line; its question is asked again.",
                    line=number,
                ) from None
        return found
