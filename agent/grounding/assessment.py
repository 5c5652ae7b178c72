"""A model's whole answer held against the quotations it was shown."""

import re
from collections.abc import Sequence
from typing import Final

from chorei.agent.grounding.statements import Statement, statements
from chorei.agent.grounding.support import Checker, Support, has_contact
from chorei.core import Frozen, Language, fold

_NOT_FOUND: Final = re.compile(
    r"^\W*(?:not[ _]found|no answer|khong (?:tim thay|co thong tin|co cau tra loi))"
    r"|\b(?:not (?:found|mentioned|stated|specified|provided|given|in)|no information"
    r"|do(?:es)? not (?:say|answer|contain|mention|provide|specify|state|include)"
    r"|don['’]?t (?:say|answer|know|have)|cannot (?:answer|find|be (?:found|answered|determined))"
    r"|unable to (?:answer|find))\b.{0,60}"
    r"(?:\b(?:passages?|documents?|sentences?|text|context|list|information|answer|provided)\b|$)"
    r"|\b(?:khong|chua) (?:duoc )?(?:tim thay|neu|noi|de cap|co thong tin|tra loi|cung cap)\b"
    r".{0,60}(?:\b(?:tai lieu|doan|van ban|thong tin|cau)\b|$)",
    re.DOTALL,
)


class Checked(Frozen):
    """A statement with its support.

    Attributes:
        statement: What the model says.
        support: How far the quotations support it.
    """

    statement: Statement
    support: Support

    @property
    def says_nothing(self) -> bool:
        """Whether it states nothing that could be checked ("Sure!")."""
        return self.support.reason == "empty"


class Assessment(Frozen):
    """What is left of an answer after each statement was checked.

    Attributes:
        checked: The statements that say something, in order.
        not_found: Whether the model says that the passages do not answer.
    """

    checked: tuple[Checked, ...] = ()
    not_found: bool = False

    @property
    def supported(self) -> tuple[Checked, ...]:
        """The statements that the quotations support."""
        return tuple(c for c in self.checked if c.support.supported)

    @property
    def unsupported(self) -> tuple[Checked, ...]:
        """The others."""
        return tuple(c for c in self.checked if not c.support.supported)

    @property
    def share(self) -> float:
        """Share of the statements that are supported; 0 without any."""
        return len(self.supported) / len(self.checked) if self.checked else 0.0


def assess(text: str, checker: Checker) -> Assessment:
    """Take an answer apart and check each statement.

    A statement that cites nothing, or something else than what supports it, gets the citation
    that does. One that the model repeats is counted once.

    Args:
        text: The answer as the model wrote it.
        checker: Holds statements against the quotations.
    """
    found: dict[str, Checked] = {}
    for statement in statements(text):
        support = checker.attribute(statement.text, statement.cited)
        checked = Checked(statement=statement, support=support)
        if not checked.says_nothing:
            found.setdefault(fold(statement.text), checked)
    kept = tuple(found.values())
    denied = _NOT_FOUND.search(fold(text)) is not None
    return Assessment(checked=kept, not_found=denied and not any(c.support.supported for c in kept))


def quoted_instead(checked: Checked, checker: Checker) -> bool:
    """Whether a supported statement is shown as a quotation, not in the assistant's words.

    So it is with links and addresses, which a reader may follow, and with what rests on a
    passage that tells an assistant what to do.
    """
    held: Sequence[int] = checked.support.cited
    return has_contact(checked.statement.text) or any(checker.evidence[n - 1].orders for n in held)


def claims(found: Sequence[Checked], language: Language) -> str:
    """The statements that lack support, one per line, each with what is missing."""
    return "\n".join(f"- “{c.statement.text}”: {_explained(c, language)}" for c in found)


def _explained(checked: Checked, language: Language) -> str:
    support = checked.support
    template = _LACKING[support.reason or "words"][language]
    return template.format(missing=", ".join(support.missing[:5]) or "…")


_LACKING: Final[dict[str, dict[Language, str]]] = {
    "citation": {
        "en": "it cites no passage that exists ({missing})",
        "vi": "không dẫn đoạn nào có thật ({missing})",
    },
    "number": {
        "en": "the cited passage does not hold {missing}",
        "vi": "đoạn được dẫn không có {missing}",
    },
    "contact": {
        "en": "the cited passage does not hold the address {missing}",
        "vi": "đoạn được dẫn không có địa chỉ {missing}",
    },
    "name": {
        "en": "the cited passage does not name {missing}",
        "vi": "đoạn được dẫn không nhắc đến {missing}",
    },
    "words": {
        "en": "the cited passage says nothing about {missing}",
        "vi": "đoạn được dẫn không nói về {missing}",
    },
    "opposite": {
        "en": "the cited passage says otherwise ({missing})",
        "vi": "đoạn được dẫn nói khác ({missing})",
    },
}
