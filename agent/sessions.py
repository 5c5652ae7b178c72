"""Conversations that last: LangGraph checkpoints in one SQLite file, a thread a session."""

import asyncio
import json
import secrets
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from chorei.core import Answer, Frozen, SessionError, SessionNotFoundError

_BUSY_SECONDS = 10.0
# What people said about the answers; see chorei.agent.feedback.
_RATINGS = """
CREATE TABLE IF NOT EXISTS ratings (
    session TEXT NOT NULL,
    turn INTEGER NOT NULL,
    rated TEXT NOT NULL,
    rating TEXT NOT NULL,
    PRIMARY KEY (session, turn)
)"""
_TITLE = 60


class SessionInfo(Frozen):
    """A conversation at a glance.

    Attributes:
        id: Its id.
        title: Its first question, shortened.
        turns: Number of questions answered.
        updated: Time of the last answer, ISO 8601 in UTC.
    """

    id: str
    title: str
    turns: int
    updated: str


class Sessions:
    """The conversations of one library.

    Args:
        file: The SQLite file; made with the first conversation.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._saver: ThreadedSqliteSaver | None = None

    @property
    def saver(self) -> "ThreadedSqliteSaver":
        """The checkpointer behind the conversations, opened on first use."""
        if self._saver is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._saver = ThreadedSqliteSaver.open(self._file)
        return self._saver

    @property
    def begun(self) -> bool:
        """Whether there is a file of conversations yet."""
        return self._file.exists()

    def new(self) -> str:
        """An id for a new conversation, not used before."""
        return secrets.token_hex(4)

    def list(self) -> Sequence[SessionInfo]:
        """All conversations, the latest first."""
        if not self._file.exists():
            return []
        found = (self._info(thread) for thread in self.saver.threads())
        return sorted(filter(None, found), key=lambda info: info.updated, reverse=True)

    def history(self, session: str) -> Sequence[Answer]:
        """The answers of a conversation, oldest first.

        Raises:
            SessionNotFoundError: No conversation has this id.
        """
        latest = self._latest(session) if self._file.exists() else None
        if latest is None:
            known = ", ".join(info.id for info in self.list()[:5])
            raise SessionNotFoundError(
                f"There is no session '{session}'.",
                hint=f"The latest ones are: {known}." if known else "There are none yet.",
            )
        fields = latest.checkpoint["channel_values"].get("history", [])
        return [Answer.model_validate(answer) for answer in fields]

    def export(self, session: str, *, form: Literal["md", "json"] = "md") -> str:
        """A conversation as Markdown for people or as a JSON array for programs.

        Raises:
            SessionNotFoundError: No conversation has this id.
        """
        answers = self.history(session)
        if form == "json":
            fields = [answer.as_json() for answer in answers]
            return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"
        return "\n".join(_markdown(answer) for answer in answers)

    def delete(self, session: str) -> None:
        """Delete a conversation for good, with what was said about its answers.

        Raises:
            SessionNotFoundError: No conversation has this id.
        """
        self.history(session)
        self.saver.delete_thread(session)

    def close(self) -> None:
        """Close the file."""
        if self._saver is not None:
            self._saver.conn.close()
            self._saver = None

    def _latest(self, session: str) -> CheckpointTuple | None:
        return self.saver.get_tuple({"configurable": {"thread_id": session}})

    def _info(self, thread: str) -> SessionInfo | None:
        latest = self._latest(thread)
        history = latest.checkpoint["channel_values"].get("history", []) if latest else []
        if latest is None or not history:
            return None
        title = " ".join(history[0]["question"].split())
        return SessionInfo(
            id=thread,
            title=title if len(title) <= _TITLE else title[: _TITLE - 1] + "…",
            turns=len(history),
            updated=latest.checkpoint["ts"],
        )


def _markdown(answer: Answer) -> str:
    lines = [f"**{answer.question}**", "", answer.text, ""]
    for c in answer.citations:
        where = " › ".join((c.document, *c.heading)) + (f", p. {c.page}" if c.page else "")
        lines.append(f"- [{c.number}] {where} ({c.start}–{c.end})")
    lines += [f"- {p.source} = {p.result}" for p in answer.programs]
    lines += [f"- {note}" for note in answer.notes]
    return "\n".join(lines).rstrip() + "\n"


class ThreadedSqliteSaver(SqliteSaver):
    """LangGraph's SQLite checkpointer, usable from coroutines as well, one state a thread.

    The synchronous saver refuses ``ainvoke`` and the asynchronous one refuses ``invoke``; this
    one serves both by moving the short SQLite calls to a worker thread. Only the latest
    checkpoint of a conversation is kept: it holds the whole history, so older ones would make
    the file grow with the square of the turns.
    """

    @classmethod
    def open(cls, file: Path) -> "ThreadedSqliteSaver":
        """Open or make the file; only plain types are read back from it.

        Raises:
            SessionError: The file is not a database of conversations.
        """
        connection = sqlite3.connect(file, check_same_thread=False, timeout=_BUSY_SECONDS)
        saver = cls(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        try:
            saver.setup()
            with saver.cursor() as cursor:
                cursor.execute(_RATINGS)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise SessionError(
                f"The conversations in {file} cannot be read: {error}.",
                hint="Move the file away to start afresh.",
            ) from error
        return saver

    def threads(self) -> list[str]:
        """The ids of all conversations."""
        with self.cursor(transaction=False) as cursor:
            rows = cursor.execute("SELECT DISTINCT thread_id FROM checkpoints").fetchall()
        return [row[0] for row in rows]

    def delete_thread(self, thread_id: str) -> None:
        """Delete a conversation and its ratings, all in one transaction."""
        with self.cursor() as cursor:
            cursor.execute("DELETE FROM ratings WHERE session = ?", (thread_id,))
            for table in ("checkpoints", "writes"):
                cursor.execute(f"DELETE FROM {table} WHERE thread_id = ?", (thread_id,))

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint and drop the older ones of its thread."""
        stored = super().put(config, checkpoint, metadata, new_versions)
        where = stored["configurable"]
        key = (where["thread_id"], where["checkpoint_ns"], where["checkpoint_id"])
        with self.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(
                    f"DELETE FROM {table}"
                    " WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id < ?",
                    key,
                )
        return stored

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """As :meth:`get_tuple`, in a worker thread."""
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """As :meth:`list`, in a worker thread."""

        def rows() -> list[CheckpointTuple]:
            found: Iterator[CheckpointTuple] = self.list(
                config, filter=filter, before=before, limit=limit
            )
            return [*found]

        for row in await asyncio.to_thread(rows):
            yield row

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """As :meth:`put`, in a worker thread."""
        return await asyncio.to_thread(self.put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """As :meth:`put_writes`, in a worker thread."""
        await asyncio.to_thread(self.put_writes, config, writes, task_id, task_path)
