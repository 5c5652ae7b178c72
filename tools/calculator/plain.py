"""Plain expressions inside the words that ask for them: "what is 12*7?"."""

import re
from itertools import pairwise
from typing import Final

from chorei.core import CalculationError, Language, nfc
from chorei.tools.calculator.expression import SINGLE, VOCABULARY, Token, tokenize
from chorei.tools.calculator.numerals import WORD
from chorei.tools.calculator.spans import CLOCK

_BEFORE: Final = re.compile(
    r"(?:(?:please|can you|could you|hey|hi|hello|so|what(?:['’]?s| is| are| does)"
    r"|how much (?:is|are|does)|calculate|compute|evaluate|solve|work out|find|tell me"
    r"|the (?:value|result) of|the"
    r"|xin|làm ơn|lam on|hãy|hay|vui lòng|vui long|cho (?:tôi |toi )?(?:biết|biet|hỏi|hoi)"
    r"|(?:tính|tinh)(?: giúp tôi| giup toi| cho tôi| cho toi| giúp| giup| giùm| gium)?"
    r"|(?:kết quả|ket qua|giá trị|gia tri)(?: của| cua)?|phép tính|phep tinh"
    r"|(?:tổng|tong)(?= [0-9]))[\s,:]+)+",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"(?:[\s,]*(?:[?!=.]|\b(?:equals?(?: to)?|is what|is how much|please|thanks|thank you"
    r"|(?:thì |thi )?(?:là|la|bằng|bang|được|duoc|ra)(?: là| la)? (?:bao nhiêu|bao nhieu|mấy|may)"
    r"(?: tiền| tien| đồng| dong)?|bao nhiêu|bao nhieu|vậy|vay|nhỉ|nhi|ạ|thế|the)))+\s*$",
    re.IGNORECASE,
)
_DIALLED: Final = re.compile(r"\+?[0-9]+(?:[-.][0-9]+){2,}")
_ALWAYS: Final = re.compile(r"24/7")
_NUMBERS: Final = re.compile(r"[0-9]+")
_SIGN: Final = re.compile(r"[-+*/×÷^−·√]")
_OPERANDS: Final = frozenset({"number", "close", "percent"})


def plain_expression(text: str, language: Language) -> str | None:
    """The expression inside the words that frame it; None if it is not arithmetic.

    A dialled number, a date, ``24/7`` and a number alone are not arithmetic.
    """
    start = _BEFORE.match(text)
    body = text[start.end() :] if start else text
    end = _AFTER.search(body)
    body = (body[: end.start()] if end else body).strip()
    if _DIALLED.fullmatch(body) or _ALWAYS.fullmatch(body) or CLOCK.search(body):
        return None
    if not all(nfc(word).lower() in VOCABULARY for word in WORD.findall(body)):
        return None
    try:
        tokens = tokenize(body, language)
    except CalculationError:
        written = len(_NUMBERS.findall(body)) >= 2 and _SIGN.search(body) is not None
        return body if written else None
    return body if _is_arithmetic(tokens) else None


def _is_arithmetic(tokens: list[Token]) -> bool:
    """Whether something is computed: two operands with an operator, or a function."""
    numbers = sum(token.kind == "number" for token in tokens)
    operators = sum(
        token.kind == "operator" and before.kind in _OPERANDS for before, token in pairwise(tokens)
    )
    calls = sum(
        token.kind == "function" and (after.kind == "open" or token.text in SINGLE)
        for token, after in pairwise(tokens)
    )
    raised = any(token.text in ("²", "³") for token in tokens)
    return bool(numbers) and ((numbers >= 2 and operators > 0) or calls > 0 or raised)
