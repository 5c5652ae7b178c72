import json
import sqlite3
from pathlib import Path

import pytest

from chorei.agent import Agent, Sessions
from chorei.core import SessionError, SessionNotFoundError, Settings
from chorei.retrieval import Library


def test_a_conversation_outlives_the_process(library: Library) -> None:
    with Agent(library, settings=Settings()) as agent:
        agent.ask("How many days of leave do full-time staff get?", session="morning")
    with Agent(library, settings=Settings()) as agent:
        assert "15 days" in agent.ask("and part-time staff?", session="morning").text
        assert len(agent.sessions.history("morning")) == 2


def test_conversations_are_listed_latest_first(agent: Agent) -> None:
    agent.ask("What is 1 + 1?", session="one")
    agent.ask("What is 2 + 2?", session="two")
    agent.ask("What is 3 + 3?", session="one")
    listed = agent.sessions.list()
    assert [(s.id, s.turns, s.title) for s in listed] == [
        ("one", 2, "What is 1 + 1?"),
        ("two", 1, "What is 2 + 2?"),
    ]


def test_export_gives_markdown_and_json(agent: Agent) -> None:
    agent.ask("How many days of leave do part-time staff get?", session="s")
    markdown = agent.sessions.export("s")
    assert "**How many days" in markdown
    assert "- [1] handbook.md › " in markdown
    (fields,) = json.loads(agent.sessions.export("s", form="json"))
    assert fields["route"] == "documents"
    assert fields["citations"][0]["quote"] in markdown


def test_delete_forgets_one_conversation(agent: Agent) -> None:
    agent.ask("What is 1 + 1?", session="one")
    agent.ask("What is 2 + 2?", session="two")
    agent.sessions.delete("one")
    assert [s.id for s in agent.sessions.list()] == ["two"]
    with pytest.raises(SessionNotFoundError, match="latest ones are: two"):
        agent.sessions.history("one")


def test_an_unknown_session_is_a_clear_error(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions.sqlite")
    for act in (sessions.history, sessions.export, sessions.delete):
        with pytest.raises(SessionNotFoundError, match="no session 'x'"):
            act("x")
    assert not (tmp_path / "sessions.sqlite").exists()


def test_the_file_grows_with_the_turns_not_with_their_square(agent: Agent) -> None:
    for number in range(12):
        agent.ask(f"What is {number} + 1?", session="long")
    file = agent.library.directory / "sessions.sqlite"
    with sqlite3.connect(file) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM checkpoints").fetchone()
    connection.close()
    assert rows == 1
    assert len(agent.sessions.history("long")) == 12


def test_a_file_that_is_no_database_is_a_typed_error(tmp_path: Path) -> None:
    file = tmp_path / "sessions.sqlite"
    file.write_bytes(b"not a database, just some bytes" * 100)
    with pytest.raises(SessionError, match="cannot be read"):
        _ = Sessions(file).saver
