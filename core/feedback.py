"""What a person says about an answer."""

import datetime as dt
from typing import Any, Literal

from chorei.core.answer import RouteKind
from chorei.core.document import Frozen, Language

Verdict = Literal["up", "down"]
Origin = Literal["model", "documents", "computed", "assistant"]


class Rating(Frozen):
    """One rated answer, with all that is needed to learn from it later.

    Attributes:
        question: What was asked.
        answer: What was answered, without the marks of citations and without the line that
            introduces what a model knows by itself.
        rating: ``up`` or ``down``.
        correction: What should have been answered, "" if nobody said.
        comment: A remark for people; never trained on.
        session: Id of the conversation, "" if there is none.
        turn: Which question of the conversation it answers, from 1; 0 if there is none.
        resolved: The question with what a follow-up left out filled in, "" if that is the same.
        language: Language of the answer, None if unknown.
        route: Where the question was sent, None if unknown.
        origin: Whose words the answer is: ``model`` (what the model or its adapter knows),
            ``documents`` (quoted from them, or written by a model and checked against them),
            ``computed`` (the calculator, a program or a tool) or ``assistant`` (a fixed phrase,
            such as that the documents do not say). None if unknown.
        model: Name of the model that wrote the answer, with its adapter; "" if none was asked.
        declined: Whether the answer says that it cannot answer.
        citations: Number of quotations that it rests on.
        unsupported: Numbers in it for which there is no evidence.
        rated: When it was rated (UTC), None if unknown.
    """

    question: str
    answer: str
    rating: Verdict
    correction: str = ""
    comment: str = ""
    session: str = ""
    turn: int = 0
    resolved: str = ""
    language: Language | None = None
    route: RouteKind | None = None
    origin: Origin | None = None
    model: str = ""
    declined: bool = False
    citations: int = 0
    unsupported: tuple[str, ...] = ()
    rated: dt.datetime | None = None

    @property
    def asked(self) -> str:
        """The question as it stands alone."""
        return self.resolved or self.question

    def as_json(self) -> dict[str, Any]:
        """The rating as a plain object, one line of ``chorei feedback export``."""
        return self.model_dump(mode="json")
