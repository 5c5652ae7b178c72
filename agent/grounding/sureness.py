"""When the rules of the router can be relied on, and what else a question may be."""

import re
from typing import Final

from chorei.agent.grounding.wordproblem import is_word_problem, number_count
from chorei.core import Language, Route, RouteKind, fold

_ASKING: Final = re.compile(
    r"\?\s*$|^\W*(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|may"
    r"|could|should|must|will|would|has|have|am)\b"
    r"|\b(?:la gi|the nao|bao nhieu|bao lau|khi nao|o dau|tai sao|vi sao|nhu nao|may gio|ai|gi|nao"
    r"|khong|chua|dau)\W*$|\b(?:bao nhieu|bao lau|khi nao|o dau|tai sao|lam sao|nguoi nao|may)\b",
    re.IGNORECASE,
)
# Something is to be done: looked up in a system, sent, booked, changed.
_REQUEST: Final = re.compile(
    r"^\W*(?:please |kindly |could you |can you |would you |i(?:'d| would) like (?:you )?to "
    r"|i want to |i need (?:you )?to |hay |vui long |giup (?:toi|em|minh) |lam on "
    r"|nho (?:ban|em) |toi muon |em muon |cho (?:toi|em|minh) )*"
    r"(?:book|cancel|send|create|open|close|order|refund|return|register|schedule|reserve|update"
    r"|change|delete|remove|add|assign|approve|reject|submit|start|stop|call|email|notify|remind"
    r"|track|check|look up|file|issue|apply|set|reset|transfer|pay|renew|print|export|move|mark"
    r"|dat|huy|gui|tao|mo|dong|hoan|tra|dang ky|len lich|cap nhat|doi|xoa|them|giao|duyet|tu choi"
    r"|nop|bat dau|goi|nhac|theo doi|kiem tra|tra cuu|xuat|chuyen|gia han|in|bao|ghi)\b"
    r"(?! (?:la|gi)\b)",
    re.IGNORECASE,
)
_WH: Final = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b")
_FAVOUR: Final = re.compile(
    r"\b(?:giup|lam on|vui long|nho|ho|hay)\b|\bduoc (?:khong|chu)\b|\bcho (?:toi|em|minh)\b"
)
_IDENTIFIER: Final = re.compile(r"\b[A-Z]{1,5}-?\d{2,}\b|#\d{2,}|\b\d{5,}\b")


def sure_kind(question: str, route: Route, language: Language, follow_up: bool) -> RouteKind | None:
    """The route if the rules alone can be relied on, else None.

    They are sure of arithmetic, small talk, a follow-up, a word problem, and a plain question
    that counts nothing up. They are not of requests, of statements, of a text to be made, and
    of questions that bring several numbers along.

    Args:
        question: The question.
        route: What the rules chose.
        language: Its language.
        follow_up: Whether it leans on an earlier question.
    """
    if route.kind in ("arithmetic", "about"):
        return route.kind
    if not any(c.isalnum() for c in question):
        return "decline"
    if is_word_problem(question, language):
        return "program"
    if route.kind != "documents":
        return None
    if follow_up:
        return "documents"
    said = fold(question) if language == "vi" else question
    if not _ASKING.search(said) or _REQUEST.match(fold(question)):
        return None
    if number_count(question) > 1 or _IDENTIFIER.search(question):
        return None
    return "documents"


def only_asks(question: str, language: Language) -> bool:
    """Whether a question wants to be told something, though its first word may look like an order.

    Without diacritics ``đội`` (a team) and ``đổi`` (change) are one word, and "in" is Vietnamese
    for to print: "In which room …?", "Remind me what … is" are questions.

    Args:
        question: The question.
        language: Its language.
    """
    if not is_request(question):
        return True
    said = fold(question)
    if language == "en":
        return _WH.search(said) is not None
    return bool(_ASKING.search(said)) and not _FAVOUR.search(said)


def is_request(question: str) -> bool:
    """Whether a question asks for something to be done ("Cancel order A-1042")."""
    return _REQUEST.match(fold(question)) is not None
