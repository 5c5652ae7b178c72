"""The built-in router: rules that send a question to the documents, to arithmetic or nowhere."""

import re
from collections.abc import Callable
from typing import Final

from chorei.agent import phrases
from chorei.agent.smalltalk import small_talk, spoken
from chorei.core import CalculationError, Language, Route, RouteKind
from chorei.tools import Calculation, arithmetic

_POLITE = r"^(?:please |can you |could you |hay |vui long |giup toi |nho ban )*"
# Requests to make a text or to play a part: they ask for no fact, so no document answers them.
_TASK: Final = re.compile(
    _POLITE + r"(?:"
    r"(?:write|compose|draft|generate|create|draw|paint|sing|translate|rewrite|paraphrase)"
    r" (?:me |us |a |an |the |this |some |into )"
    r"|tell (?:me |us )?an? (?:joke|story)"
    r"|roleplay|pretend|act as|repeat after me|print your (?:system|prompt)"
    r"|(?:ignore|disregard|forget) (?:all|any|the|your|previous)"
    r"|(?:viet|soan|sang tac|ve|dich|ke)"
    r" (?:cho |giup |mot |bai |doan |sang |cau |chuyen |email |thu )"
    r"|bo qua (?:moi|tat ca|cac) )"
)


class RuleRouter:
    """Routes by rules alone: no model, no guess.

    Args:
        compute: Recognises arithmetic; by default :func:`chorei.tools.arithmetic`.
    """

    def __init__(self, compute: Callable[..., Calculation | None] = arithmetic) -> None:
        self._compute = compute

    def route(self, question: str, *, language: Language, follow_up: bool) -> Route:
        """See :meth:`chorei.agent.protocols.Router.route`."""

        def to(kind: RouteKind, reason: phrases.Phrase) -> Route:
            return Route(kind=kind, reason=reason[language])

        said = spoken(question)
        if not said:
            return to("decline", phrases.REASON_NO_QUESTION)
        if small_talk(question):
            return to("about", phrases.REASON_ABOUT)
        if self._is_arithmetic(question, language):
            return to("arithmetic", phrases.REASON_ARITHMETIC)
        if _TASK.match(said):
            return to("decline", phrases.REASON_NOT_MY_TASK)
        if follow_up:
            return to("documents", phrases.REASON_FOLLOW_UP)
        return to("documents", phrases.REASON_DOCUMENTS)

    def _is_arithmetic(self, question: str, language: Language) -> bool:
        try:
            return self._compute(question, language=language) is not None
        except CalculationError:
            return True
