"""A form: the facts of one action, collected over several turns of a conversation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import Field

from chorei.core import Frozen, Language
from chorei.tools.facts import Fact, Problem
from chorei.tools.form_phrases import (
    AGAIN,
    GIVEN_UP,
    MISMATCH,
    NOT_CHECKED,
    SEVERAL,
    UNCLEAR,
)
from chorei.tools.tool import Tool
from chorei.tools.wording import in_language

ATTEMPTS: Final = 3
"""Times that facts may fail the check before the form gives up."""

Check = Callable[[Tool, Mapping[str, Any]], Problem | None]
"""Runs :attr:`Tool.verify`; see :meth:`Toolbox.verify`."""


class Form(Frozen):
    """What is known of an action that a user asked for; plain values that can be stored.

    Attributes:
        tool: Name of the tool.
        facts: The facts known so far, by name, in their normal form.
        arguments: Other arguments of the tool, such as a model filled in.
        asked: Name of the fact that was asked for last.
        attempts: Times that facts failed the check.
    """

    tool: str
    facts: dict[str, str] = Field(default_factory=dict)
    arguments: dict[str, Any] = Field(default_factory=dict)
    asked: str = ""
    attempts: int = 0

    @property
    def closed(self) -> bool:
        """Whether the facts failed so often that nothing more is tried.

        Keep the attempts for the whole conversation: a form that could be begun anew would let
        a guesser try for ever.
        """
        return self.attempts >= ATTEMPTS

    def missing(self, tool: Tool) -> tuple[Fact, ...]:
        """The facts that are not known yet, in the order in which they are asked."""
        return tuple(fact for fact in tool.facts if fact.name not in self.facts)

    def heard(self, text: str, tool: Tool, language: Language) -> bool:
        """Whether a text holds a value for any fact of this form."""
        return any(self._values(fact, text, language) for fact in tool.facts)

    def take(self, text: str, tool: Tool, language: Language, check: Check) -> "Turn":
        """Take what the user says, and say what comes next.

        Args:
            text: What the user said.
            tool: The tool of this form.
            language: The language to speak.
            check: Verifies the facts when all are known.
        """
        if self.closed:
            return Turn(form=self, say=GIVEN_UP[language], over=True)
        known = dict(self.facts)
        doubtful: Fact | None = None
        for fact in tool.facts:
            values = self._values(fact, text, language)
            if len(values) == 1:
                known[fact.name] = values[0]
            elif values and fact.name not in self.facts:
                doubtful = doubtful or fact
        form = self.model_copy(update={"facts": known})
        missing = form.missing(tool)
        if not missing:
            return form._checked(tool, language, check)
        unread = known == self.facts and self.asked == missing[0].name
        return form._ask(missing[0], language, _remark(missing[0], doubtful, unread, language))

    def _values(self, fact: Fact, text: str, language: Language) -> tuple[str, ...]:
        if fact.when_asked and self.asked != fact.name:
            return ()
        return fact.find(text, language)

    def _ask(self, fact: Fact, language: Language, remark: str = "") -> "Turn":
        question = in_language(fact.ask, language)
        said = f"{remark} {question}".strip()
        return Turn(form=self.model_copy(update={"asked": fact.name}), say=said)

    def _checked(self, tool: Tool, language: Language, check: Check) -> "Turn":
        arguments = self.arguments | self.facts
        try:
            problem = check(tool, self.facts)
        except Exception:  # the shop's own code; its message is for its logs, not for customers
            return Turn(form=self, say=NOT_CHECKED[language], over=True)
        if problem is None:
            return Turn(form=self, arguments=arguments)
        told = in_language(problem.text, language) or MISMATCH[language]
        if problem.final:
            return Turn(form=self, say=told, over=True)
        attempts = self.attempts + 1
        # All that identifies is asked anew, whichever was wrong: else the question would tell.
        kept = {
            f.name: self.facts[f.name]
            for f in tool.facts
            if not f.identifies and f.name in self.facts
        }
        emptied = self.model_copy(update={"facts": kept, "attempts": attempts, "asked": ""})
        if emptied.closed:
            return Turn(form=emptied, say=f"{told} {GIVEN_UP[language]}", over=True)
        missing = emptied.missing(tool)
        if not missing:
            return Turn(form=emptied, say=told, over=True)
        return emptied._ask(missing[0], language, f"{told} {AGAIN[language]}")


class Turn(Frozen):
    """What a form comes to after the user has spoken.

    Attributes:
        form: The form after it.
        say: What to tell the user: a question, a problem, or both; empty if it is ready.
        arguments: The arguments, once all facts are known and checked.
        over: Whether the form has ended without an action.
    """

    form: Form
    say: str = ""
    arguments: dict[str, Any] | None = None
    over: bool = False


def unsaid(
    tool: Tool, arguments: Mapping[str, Any], said: Sequence[str], language: Language
) -> tuple[str, ...]:
    """The facts in a model's arguments that the user never said.

    Args:
        tool: The tool that the model wants to call.
        arguments: The arguments that it filled in.
        said: Everything the user has said in the conversation.
        language: The language of numbers and dates.

    Returns:
        The names of the facts that identify and were not said, or are missing.
    """
    return tuple(
        fact.name
        for fact in tool.facts
        if fact.identifies
        and not (
            fact.name in arguments and fact.said_in(arguments[fact.name], tuple(said), language)
        )
    )


def form_of(
    tool: Tool, arguments: Mapping[str, Any], said: Sequence[str], language: Language
) -> Form:
    """A form with what a model filled in, as far as the user has said it.

    Args:
        tool: The tool that the model wants to call.
        arguments: The arguments that it filled in.
        said: Everything the user has said in the conversation.
        language: The language of numbers and dates.
    """
    invented = set(unsaid(tool, arguments, said, language))
    facts: dict[str, str] = {}
    for fact in tool.facts:
        if fact.name in arguments and fact.name not in invented:
            values = fact.find(str(arguments[fact.name]), language)
            if len(values) == 1:
                facts[fact.name] = values[0]
    names = {fact.name for fact in tool.facts}
    others = {k: v for k, v in arguments.items() if k not in names}
    return Form(tool=tool.name, facts=facts, arguments=others)


def _remark(asked: Fact, doubtful: Fact | None, unread: bool, language: Language) -> str:
    if doubtful is asked:
        return SEVERAL[language]
    if unread:
        return in_language(asked.unclear, language) or UNCLEAR[language]
    return ""
