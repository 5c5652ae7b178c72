"""What people say about answers: kept with the conversations, in the same file."""

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypedDict, Unpack, get_args

from pydantic import ValidationError

from chorei.agent.sessions import Sessions
from chorei.agent.turn import without_marks
from chorei.core import Answer, FeedbackError, Origin, Rating, SessionNotFoundError, Verdict

LONGEST: Final = 32_000  # characters of a correction or comment
_COMPUTED: Final = ("arithmetic", "program", "tools")

# One statement: a rating of a conversation that another process is deleting is never left behind.
_KEEP: Final = """
INSERT OR REPLACE INTO ratings (session, turn, rated, rating)
SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM checkpoints WHERE thread_id = ?)"""


class Said(TypedDict, total=False):
    """What may be said with a rating.

    Keys:
        turn: Which answer of the conversation, from 1; the latest by default.
        correction: What should have been answered.
        comment: A remark for people; never trained on.
    """

    turn: int | None
    correction: str
    comment: str


class Feedback:
    """The ratings of one library's answers.

    They lie in the file of the conversations: a rating is stored in one transaction, several
    processes may rate at once, and deleting a conversation deletes its ratings in the same step.

    Args:
        sessions: The conversations.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def rate(self, session: str, rating: Verdict, **said: Unpack[Said]) -> Rating:
        """Keep what somebody says about an answer; a second rating replaces the first.

        Args:
            session: The conversation.
            rating: ``up`` or ``down``.
            said: See :class:`Said`.

        Raises:
            SessionNotFoundError: No conversation has this id.
            FeedbackError: There is no such answer, or the rating is none.
        """
        if rating not in get_args(Verdict):
            raise FeedbackError(f"'{rating}' is no rating.", hint="It is 'up' or 'down'.")
        texts = {
            "correction": _checked(said.get("correction", ""), "correction"),
            "comment": _checked(said.get("comment", ""), "comment"),
        }
        history = self._sessions.history(session)
        turn = said.get("turn")
        number = len(history) if turn is None else turn
        if not 1 <= number <= len(history):
            raise FeedbackError(
                f"The session '{session}' has no answer {number}.",
                hint=f"It has {len(history)}; the first is 1.",
            )
        made = rated(history[number - 1]).model_copy(
            update={"rating": rating, "session": session, "turn": number, **texts}
        )
        row = (session, number, str(made.rated), made.model_dump_json(), session)
        with self._cursor() as cursor:
            kept = cursor.execute(_KEEP, row).rowcount
        if not kept:
            raise SessionNotFoundError(f"The session '{session}' was deleted just now.")
        return made

    def list(
        self,
        *,
        session: str | None = None,
        rating: Verdict | None = None,
        origin: Origin | None = None,
    ) -> Sequence[Rating]:
        """The ratings, the oldest first.

        Args:
            session: Only those of this conversation.
            rating: Only those up, or those down.
            origin: Only answers whose words came from there; see :class:`chorei.core.Rating`.

        Raises:
            FeedbackError: They cannot be read.
        """
        if not self._sessions.begun:
            return []
        with self._cursor(changes=False) as cursor:
            rows = cursor.execute(
                "SELECT rating FROM ratings ORDER BY rated, session, turn"
            ).fetchall()
        try:
            found = [Rating.model_validate_json(row[0]) for row in rows]
        except ValidationError as error:
            raise FeedbackError(
                f"A rating cannot be read: {error.errors()[0]['msg']}.",
                hint="Was it written by a newer version of chorei?",
            ) from None
        return [
            one
            for one in found
            if session in (None, one.session)
            and rating in (None, one.rating)
            and origin in (None, one.origin)
        ]

    def remove(self, session: str, turn: int | None = None) -> int:
        """Take back the rating of an answer, or of all answers of a conversation.

        Returns:
            How many there were.

        Raises:
            FeedbackError: There is none.
        """
        found = 0
        if self._sessions.begun:
            where, values = "session = ?", [session]
            if turn is not None:
                where, values = f"{where} AND turn = ?", [session, str(turn)]
            with self._cursor() as cursor:
                found = cursor.execute(f"DELETE FROM ratings WHERE {where}", values).rowcount
        if not found:
            place = session if turn is None else f"{session}, turn {turn}"
            raise FeedbackError(f"Nothing was rated in {place}.", hint="See: chorei feedback")
        return found

    @contextmanager
    def _cursor(self, *, changes: bool = True) -> Iterator[sqlite3.Cursor]:
        try:
            with self._sessions.saver.cursor(transaction=changes) as cursor:
                yield cursor
        except sqlite3.Error as error:
            raise FeedbackError(
                f"The ratings cannot be kept or read: {error}.",
                hint="Is the disk full, or the folder of the library not writable?",
            ) from error


def rated(answer: Answer) -> Rating:
    """An answer as its rating will hold it, rated up for the time being."""
    # Not before it is needed: a start without a model is to be quick.
    from chorei.agent.grounding.remarks import FROM_MODEL

    text = answer.text.removeprefix(FROM_MODEL[answer.language] + "\n")
    return Rating(
        question=answer.question,
        answer=without_marks(text) if answer.citations else text,
        rating="up",
        resolved=answer.resolved if answer.resolved != answer.question else "",
        language=answer.language,
        route=answer.route.kind,
        origin=_origin(answer, own=text != answer.text),
        model=answer.model,
        declined=answer.declined,
        citations=len(answer.citations),
        unsupported=tuple(n.text for n in answer.numbers if n.status == "unsupported"),
        rated=dt.datetime.now(dt.UTC).replace(microsecond=0),
    )


def _origin(answer: Answer, *, own: bool) -> Origin:
    if answer.citations:
        return "documents"
    if own:
        return "model"
    if answer.route.kind in _COMPUTED and not answer.declined:
        return "computed"
    return "assistant"


def _checked(text: str, what: str) -> str:
    stripped = text.strip()
    if len(stripped) > LONGEST:
        raise FeedbackError(f"The {what} has more than {LONGEST} characters.")
    try:
        stripped.encode()
    except UnicodeEncodeError:
        raise FeedbackError(f"The {what} is not Unicode text.") from None
    if "\x00" in stripped:
        raise FeedbackError(f"The {what} holds a NUL character.")
    return stripped
