"""Facts that an acting tool needs from the user before it may run."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from chorei.core import Frozen, Language, ToolError, fold
from chorei.tools import extraction
from chorei.tools.wording import Phrase

Find: TypeAlias = Callable[[str, Language], tuple[str, ...]]
"""Every value that a text holds, in its normal form."""

_LONGEST: Final = 1_000


class Problem(Frozen):
    """Why facts are not accepted.

    Attributes:
        text: What to tell the user, by language or for all. It must not say which of the facts
            is wrong: whoever guesses would learn from it.
        final: Whether asking again would not help: the facts are right, but the action is not
            possible ("this order was returned already").
    """

    text: str | dict[Language, str]
    final: bool = False


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact that is asked from the user.

    Use one of the constructors: :meth:`email`, :meth:`of_pattern`, :meth:`of_parser`,
    :meth:`date`, :meth:`amount`, :meth:`yes_no`, :meth:`text`.

    Attributes:
        name: The argument of the tool that it becomes.
        ask: The question put to the user, by language.
        find: Finds its values in what the user says.
        unclear: What to say if the answer to the question holds no value.
        identifies: Whether it proves something about the user or their order, so that it must
            have been said by the user, word for word, and is asked anew when the check fails.
        when_asked: Whether it is only looked for in the answer to its own question.
        free: Whether any text is a value of it.
    """

    name: str
    ask: Phrase
    find: Find = field(repr=False)
    unclear: Phrase = ""
    identifies: bool = True
    when_asked: bool = False
    free: bool = False

    @classmethod
    def email(cls, name: str = "email", *, ask: Phrase = "") -> "Fact":
        """An e-mail address; its normal form is in lower case."""
        return cls(
            name=name,
            ask=ask
            or {
                "en": "Which e-mail address did you order with?",
                "vi": "Bạn đã đặt hàng bằng địa chỉ e-mail nào?",
            },
            find=lambda text, _: extraction.emails(text),
            unclear={
                "en": "I see no e-mail address in that; it looks like name@example.com.",
                "vi": "Tôi không thấy địa chỉ e-mail; địa chỉ có dạng ten@example.com.",
            },
        )

    @classmethod
    def of_pattern(
        cls,
        name: str,
        pattern: str,
        *,
        ask: Phrase,
        unclear: Phrase = "",
        normalise: Callable[[str], str] = str,
        identifies: bool = True,
    ) -> "Fact":
        """What a regular expression finds, as a word of its own, in any case.

        Args:
            name: The argument.
            pattern: The regular expression.
            ask: The question.
            unclear: What to say if nothing is found.
            normalise: Makes the normal form from what was found, which is in upper case and
                without spaces.
            identifies: See the attribute.

        Raises:
            ToolError: The regular expression is none.
        """
        try:
            compiled = re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise ToolError(f"The pattern of the fact '{name}' is wrong: {error}.") from None

        def find(text: str, _: Language) -> tuple[str, ...]:
            values = (normalise(value) for value in extraction.matches(compiled, text))
            return tuple(dict.fromkeys(values))

        return cls(name=name, ask=ask, find=find, unclear=unclear, identifies=identifies)

    @classmethod
    def of_parser(
        cls,
        name: str,
        parse: Callable[[str], str | None],
        *,
        ask: Phrase,
        unclear: Phrase = "",
        identifies: bool = True,
        when_asked: bool = False,
    ) -> "Fact":
        """What a function of yours finds: the value in its normal form, or None."""

        def find(text: str, _: Language) -> tuple[str, ...]:
            value = parse(text)
            return () if value is None else (value,)

        return cls(
            name=name,
            ask=ask,
            find=find,
            unclear=unclear,
            identifies=identifies,
            when_asked=when_asked,
        )

    @classmethod
    def date(
        cls, name: str, *, ask: Phrase, today: Callable[[], dt.date] = dt.date.today
    ) -> "Fact":
        """A date with its year, or today, yesterday, tomorrow; its normal form is ISO 8601."""
        return cls(
            name=name,
            ask=ask,
            find=lambda text, language: extraction.dates(text, language, today()),
            unclear={
                "en": "I see no single date in that; write it like 24 March 2026.",
                "vi": "Tôi không thấy một ngày rõ ràng; hãy viết như 24/3/2026.",
            },
            identifies=False,
        )

    @classmethod
    def amount(cls, name: str, *, ask: Phrase) -> "Fact":
        """A number, in the format of the language; its normal form is a plain decimal."""
        return cls(
            name=name,
            ask=ask,
            find=extraction.amounts,
            unclear={
                "en": "I see no single number in that.",
                "vi": "Tôi không thấy một con số rõ ràng.",
            },
            when_asked=True,
        )

    @classmethod
    def yes_no(cls, name: str, *, ask: Phrase) -> "Fact":
        """Yes or no; its normal form is ``yes`` or ``no``, which fits a ``bool`` argument."""

        def find(text: str, _: Language) -> tuple[str, ...]:
            said = extraction.yes_or_no(text)
            return () if said is None else ("yes" if said else "no",)

        return cls(
            name=name,
            ask=ask,
            find=find,
            unclear={"en": "Please say yes or no.", "vi": "Bạn hãy trả lời có hoặc không."},
            when_asked=True,
        )

    @classmethod
    def text(cls, name: str, *, ask: Phrase) -> "Fact":
        """Whatever the user answers, at most 1,000 characters."""

        def find(text: str, _: Language) -> tuple[str, ...]:
            said = " ".join(extraction.plain(text).split())[:_LONGEST]
            return (said,) if said else ()

        return cls(name=name, ask=ask, find=find, identifies=False, when_asked=True, free=True)

    def said_in(self, value: Any, texts: tuple[str, ...], language: Language) -> bool:
        """Whether a value stands in what the user has said.

        Args:
            value: The value, for example as a model gave it.
            texts: What the user has said.
            language: The language of numbers and dates.
        """
        meant = {fold(v) for v in self.find(_as_said(value), language)}
        said = {fold(v) for text in texts for v in self.find(text, language)}
        return len(meant) == 1 and meant <= said


def _as_said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
