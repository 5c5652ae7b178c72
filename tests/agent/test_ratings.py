"""Ratings: kept with the conversation, replaced, taken back, and gone when it goes."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chorei.agent import Agent, Feedback, Sessions
from chorei.agent.feedback import rated
from chorei.core import (
    Answer,
    FeedbackError,
    Rating,
    Route,
    SessionNotFoundError,
    Settings,
)
from chorei.retrieval import Library

ASKED = "How many days of leave do part-time staff get?"


def test_a_rating_holds_all_that_is_needed_to_learn(agent: Agent) -> None:
    answer = agent.ask(ASKED, session="s")
    made = agent.rate("s", "down", correction=" Seven days. ", comment="wrong row")
    assert agent.feedback.list() == [made]
    assert (made.question, made.turn, made.session) == (ASKED, 1, "s")
    assert (made.origin, made.route, made.language) == ("documents", "documents", "en")
    assert (made.correction, made.comment) == ("Seven days.", "wrong row")
    assert made.citations == len(answer.citations) > 0
    assert "[1]" in answer.text
    assert "[1]" not in made.answer
    assert made.rated is not None


def test_a_turn_is_counted_from_one_and_a_second_rating_replaces_the_first(agent: Agent) -> None:
    agent.ask(ASKED, session="s")
    agent.ask("and full-time staff?", session="s")
    agent.rate("s", "up", turn=1)
    latest = agent.rate("s", "up")
    assert latest.turn == 2
    assert latest.asked != latest.question == "and full-time staff?"
    agent.rate("s", "down", turn=1)
    assert [(r.turn, r.rating) for r in agent.feedback.list()] == [(1, "down"), (2, "up")]
    assert [r.turn for r in agent.feedback.list(rating="up")] == [2]
    assert agent.feedback.list(origin="model") == []


def test_mistakes_are_typed_and_keep_nothing(agent: Agent) -> None:
    with pytest.raises(SessionNotFoundError):
        agent.rate("nowhere", "up")
    agent.ask("What is 1 + 1?", session="s")
    for turn in (0, 2, -1):
        with pytest.raises(FeedbackError, match=f"no answer {turn}"):
            agent.rate("s", "up", turn=turn)
    with pytest.raises(FeedbackError, match="'great' is no rating"):
        agent.rate("s", "great")  # type: ignore[arg-type]
    for text in ("x" * 32_001, "\ud800", "a\x00b"):
        with pytest.raises(FeedbackError, match="correction"):
            agent.rate("s", "down", correction=text)
    with pytest.raises(FeedbackError, match="Nothing was rated in s, turn 1"):
        agent.feedback.remove("s", 1)
    assert agent.feedback.list() == []


def test_ratings_go_with_their_conversation(agent: Agent) -> None:
    for session in ("one", "two"):
        agent.ask("What is 1 + 1?", session=session)
        agent.rate(session, "up")
    agent.sessions.delete("one")
    assert [r.session for r in agent.feedback.list()] == ["two"]
    assert agent.feedback.remove("two") == 1
    assert agent.feedback.list() == []
    assert len(agent.sessions.history("two")) == 1


async def test_rating_does_not_block_the_event_loop(agent: Agent) -> None:
    await agent.aask("What is 1 + 1?", session="s")
    assert (await agent.arate("s", "up")).origin == "computed"


def test_a_rating_is_the_same_after_json_and_the_store(agent: Agent) -> None:
    agent.ask("Nhân viên bán thời gian được nghỉ mấy ngày?", session="s")
    made = agent.rate("s", "down", correction="Bảy ngày\u2028thôi.")
    assert Rating.model_validate(json.loads(json.dumps(made.as_json()))) == made
    assert agent.feedback.list() == [made]


def test_the_words_of_a_model_are_told_from_those_of_the_house() -> None:
    fields = {"question": "q", "resolved": "q", "language": "en"}
    own = Answer(
        text="From the model's own knowledge, not from your documents:\nA tea of 1897.",
        route=Route(kind="model", reason="r"), model="smollm2#company", **fields,
    )  # fmt: skip
    kept = rated(own)
    assert (kept.origin, kept.answer, kept.model) == ("model", "A tea of 1897.", "smollm2#company")
    declined = Answer(
        text="The documents do not answer this.", declined=True,
        route=Route(kind="documents", reason="r"), **fields,
    )  # fmt: skip
    assert rated(declined).origin == "assistant"


def test_a_file_of_conversations_from_before_is_taken_over(library: Library) -> None:
    with Agent(library, settings=Settings()) as agent:
        agent.ask("What is 1 + 1?", session="s")
    file = library.directory / "sessions.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("DROP TABLE ratings")
    connection.close()
    with Agent(library, settings=Settings()) as agent:
        assert agent.rate("s", "up").turn == 1


def test_a_rating_that_cannot_be_read_is_a_typed_error(agent: Agent) -> None:
    agent.ask("What is 1 + 1?", session="s")
    agent.rate("s", "up")
    with agent.sessions.saver.cursor() as cursor:
        cursor.execute("UPDATE ratings SET rating = '{}'")
    with pytest.raises(FeedbackError, match="cannot be read"):
        agent.feedback.list()


_RATER = """
import sys
from pathlib import Path
from chorei.agent import Feedback, Sessions
feedback = Feedback(Sessions(Path(sys.argv[1])))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    feedback.rate("s", "up", turn=number % 5 + 1, comment=f"{sys.argv[2]} {number}")
"""


def rater(file: Path, name: str, count: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", _RATER, str(file), name, str(count)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.slow
def test_several_processes_rate_at_once_and_a_kill_loses_nothing_written(agent: Agent) -> None:
    for number in range(5):
        agent.ask(f"What is {number} + 1?", session="s")
    file = agent.library.directory / "sessions.sqlite"
    both = [rater(file, name, 40) for name in ("a", "b")]
    killed = rater(file, "c", 100_000)
    assert killed.stdout is not None
    killed.stdout.readline()
    time.sleep(0.5)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    assert [r.turn for r in sorted(agent.feedback.list(), key=lambda r: r.turn)] == [1, 2, 3, 4, 5]
    assert agent.rate("s", "down", turn=3).rating == "down"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(correction=st.text(max_size=80), comment=st.text(max_size=80))
def test_any_text_is_kept_as_it_is_or_refused(agent: Agent, correction: str, comment: str) -> None:
    if not agent.sessions.begun:
        agent.ask("What is 1 + 1?", session="s")
    if "\x00" in (correction + comment).strip():
        return
    agent.rate("s", "down", correction=correction, comment=comment)
    (kept,) = agent.feedback.list()
    assert (kept.correction, kept.comment) == (correction.strip(), comment.strip())


def test_the_store_is_what_was_said_last(tmp_path: Path, library: Library) -> None:
    with Agent(library, settings=Settings()) as asked:
        for session in "ab":
            for number in range(3):
                asked.ask(f"What is {number} + 1?", session=session)

    class Store(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.sessions = Sessions(library.directory / "sessions.sqlite")
            self.feedback = Feedback(self.sessions)
            for one in self.feedback.list():
                self.feedback.remove(one.session, one.turn)
            self.kept: dict[tuple[str, int], str] = {}

        @rule(session=st.sampled_from("ab"), turn=st.integers(1, 3),
              rating=st.sampled_from(["up", "down"]))  # fmt: skip
        def rate(self, session: str, turn: int, rating: str) -> None:
            self.feedback.rate(session, rating, turn=turn)  # type: ignore[arg-type]
            self.kept[session, turn] = rating

        @rule(session=st.sampled_from("ab"), turn=st.integers(1, 3))
        def remove(self, session: str, turn: int) -> None:
            if (session, turn) in self.kept:
                self.feedback.remove(session, turn)
                del self.kept[session, turn]
            else:
                with pytest.raises(FeedbackError):
                    self.feedback.remove(session, turn)

        @rule()
        def reopen(self) -> None:
            self.sessions.close()

        @invariant()
        def same(self) -> None:
            found = {(r.session, r.turn): r.rating for r in self.feedback.list()}
            assert found == self.kept

        def teardown(self) -> None:
            self.sessions.close()

    run_state_machine_as_test(
        Store, settings=settings(max_examples=15, stateful_step_count=12, deadline=None)
    )
