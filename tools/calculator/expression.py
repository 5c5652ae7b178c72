"""The words and signs of an arithmetic expression."""

import re
from typing import Final, Literal, NamedTuple

from chorei.core import Language, nfc
from chorei.tools.calculator.functions import FUNCTION_NAMES, FUNCTIONS
from chorei.tools.calculator.numerals import NUMBER, WORD, Numeral, currency_before, read, readings
from chorei.tools.calculator.units import (
    CURRENCY_WORDS,
    HALF,
    MILLION_DONG,
    SCALE_WORDS,
    TIGHT_CURRENCY,
    TIGHT_SCALES,
    spelled,
)
from chorei.tools.calculator.wording import fault

Kind = Literal["number", "operator", "percent", "function", "open", "close", "separator", "end"]

_SIGNS: Final[dict[str, str]] = {
    "**": "**",
    "//": "//",
    "^": "**",
    "*": "*",
    "×": "*",
    "✕": "*",
    "·": "*",
    "⋅": "*",
    "∙": "*",
    "/": "/",
    "÷": "/",
    "∕": "/",
    "⁄": "/",
    "+": "+",
    "-": "-",
    "−": "-",
    "–": "-",
    "²": "²",
    "³": "³",
}
_WORD_OPERATORS: Final[dict[str, str]] = spelled(
    {
        "x": "*",
        "of": "*",
        "của": "*",
        "plus": "+",
        "cộng": "+",
        "cộng với": "+",
        "minus": "-",
        "trừ": "-",
        "trừ đi": "-",
        "times": "*",
        "multiplied by": "*",
        "nhân": "*",
        "nhân với": "*",
        "divided by": "/",
        "over": "/",
        "chia": "/",
        "chia cho": "/",
        "mod": "mod",
        "modulo": "mod",
        "to the power of": "**",
        "raised to": "**",
        "raised to the power of": "**",
        "mũ": "**",
        "squared": "²",
        "bình phương": "²",
        "cubed": "³",
        "lập phương": "³",
        "percent": "%",
        "per cent": "%",
        "phần trăm": "%",
    }
)
_OPEN: Final[dict[str, str]] = {"(": ")", "[": "]", "{": "}"}
_SPACES: Final = " \t\n\r\u00a0\u2009\u200a\u202f"
_LOGARITHM: Final = re.compile(r"log(?:10|2)(?![0-9.,])", re.IGNORECASE)
_SEPARATION: Final = re.compile(r";|,[ \t\n\r\u00a0\u2009\u200a\u202f]")
_LONGEST_PHRASE: Final = 5
# A call with one argument cannot be confused by a comma inside its number.
SINGLE: Final = frozenset(name for name, function in FUNCTIONS.items() if function.most == 1)
# Every word that an expression can hold.
VOCABULARY: Final = frozenset(
    word
    for phrase in (
        *FUNCTION_NAMES,
        *_WORD_OPERATORS,
        *SCALE_WORDS,
        *TIGHT_SCALES,
        *CURRENCY_WORDS,
        *TIGHT_CURRENCY,
        *HALF,
        *MILLION_DONG,
        "đô la",
        "us",
    )
    for word in phrase.split()
) | {"log"}


class Token(NamedTuple):
    """A word or sign of an expression.

    Attributes:
        kind: What it is.
        text: The operator or function it stands for; for other kinds, as written.
        start: Offset of its first character.
        end: Offset after its last character.
        numeral: The number that was read, for the kind ``number``.
    """

    kind: Kind
    text: str
    start: int
    end: int
    numeral: Numeral | None = None


class _Call(NamedTuple):
    """An open bracket; ``name`` is the function it belongs to, or ""."""

    bracket: str
    start: int
    name: str
    spaced: bool


class Tokenizer:
    """Cuts an expression into tokens.

    Args:
        text: The expression.
        language: Decides what ``1.234`` means, and the language of errors.
    """

    def __init__(self, text: str, language: Language) -> None:
        self._text = text
        self._language = language
        self._position = 0
        self._tokens: list[Token] = []
        self._open: list[_Call] = []

    def tokens(self) -> list[Token]:
        """All tokens, the last one of kind ``end``.

        Raises:
            CalculationError: A character or word is no part of arithmetic, a number is
                written wrongly, or brackets do not match.
        """
        end = len(self._text.rstrip(_SPACES + "=?"))
        while self._position < end:
            if self._text[self._position] in _SPACES or self._leading_equals():
                self._position += 1
                continue
            self._next()
        if self._open:
            raise self._fault("unclosed", self._open[-1].start)
        self._tokens.append(Token("end", "", end, end))
        return self._tokens

    def _leading_equals(self) -> bool:
        return self._text[self._position] == "=" and not self._tokens

    def _next(self) -> None:
        text, at = self._text, self._position
        if text[at] == "," and self._open and self._open[-1].name:
            self._push("separator", ",", at + 1)
        elif NUMBER.match(text, at) or currency_before(text, at)[0]:
            self._number()
        elif _LOGARITHM.match(text, at):
            match = _LOGARITHM.match(text, at)
            assert match is not None
            self._push("function", match.group().lower(), match.end())
        elif WORD.match(text, at):
            self._word()
        elif text[at] == "%":
            self._percent()
        elif text[at] in _OPEN:
            name = self._tokens[-1].text if self._follows("function") else ""
            self._open.append(_Call(text[at], at, name, _spaced(text, at)))
            self._push("open", text[at], at + 1)
        elif text[at] in ")]}":
            if not self._open or _OPEN[self._open[-1].bracket] != text[at]:
                raise self._fault("unopened", at)
            self._open.pop()
            self._push("close", text[at], at + 1)
        elif text[at] in ",;":
            if not self._open or not self._open[-1].name:
                raise self._fault("separator", at, text=text[at])
            self._push("separator", text[at], at + 1)
        else:
            self._sign()

    def _sign(self) -> None:
        text, at = self._text, self._position
        if text[at] == "√":
            self._push("function", "sqrt", at + 1)
            return
        sign = text[at : at + 2] if text[at : at + 2] in _SIGNS else text[at]
        # Vietnamese schools write division as a colon.
        if sign == ":" and self._language == "vi" and text[at + 1 : at + 2] in _SPACES:
            self._push("operator", "/", at + 1)
            return
        if sign not in _SIGNS:
            raise self._fault("character", at, text=sign)
        self._push("operator", _SIGNS[sign], at + len(sign))

    def _word(self) -> None:
        """The longest known phrase at the position."""
        ends: list[tuple[str, int]] = []
        name, end = "", self._position
        while len(ends) < _LONGEST_PHRASE and (match := WORD.match(self._text, end)) is not None:
            name = f"{name} {nfc(match.group()).lower()}".strip()
            ends.append((name, match.end()))
            end = match.end()
            while end < len(self._text) and self._text[end] in _SPACES:
                end += 1
        for name, end in reversed(ends):
            after_operand = self._tokens and self._tokens[-1].kind in ("number", "close", "percent")
            if name in FUNCTION_NAMES and not (after_operand and name in _WORD_OPERATORS):
                self._push("function", FUNCTION_NAMES[name], end)
                self._skip_of()
                return
            operator = _WORD_OPERATORS.get(name)
            if operator is not None:
                self._push("percent" if operator == "%" else "operator", operator, end)
                return
        match = WORD.match(self._text, self._position)
        assert match is not None
        raise self._fault("word", self._position, text=match.group())

    def _skip_of(self) -> None:
        """Let "square root of 16" and "căn bậc hai của 16" stand without their preposition."""
        match = re.compile(r"\s+(?:of|của|cua)\b", re.IGNORECASE).match(self._text, self._position)
        if match is not None and self._tokens[-1].text in ("sqrt", "cbrt"):
            self._position = match.end()

    def _percent(self) -> None:
        """Tell percent from remainder: remainder needs an operand and even spacing."""
        text, at = self._text, self._position
        rest = text[at + 1 :]
        operand = rest.lstrip(_SPACES)
        if not self._operand_at(len(text) - len(operand)):
            self._push("percent", "%", at + 1)
            return
        space_before, space_after = text[at - 1 : at] in _SPACES, operand != rest
        if space_after and not space_before:
            raise self._fault("ambiguous_percent", at)
        self._push("operator", "mod", at + 1)

    def _operand_at(self, position: int) -> bool:
        text = self._text
        if NUMBER.match(text, position) or currency_before(text, position)[0]:
            return True
        if text[position : position + 1] in ("(", "[", "{", "√"):
            return True
        match = WORD.match(text, position)
        return match is not None and nfc(match.group()).lower() in FUNCTION_NAMES

    def _number(self) -> None:
        text, at = self._text, self._position
        start = currency_before(text, at)[1]
        match = NUMBER.match(text, start)
        limit = None
        if match is not None and "," in match.group() and self._open and self._open[-1].name:
            limit = self._comma_limit(match)
        numeral = read(text, at, self._language, limit=limit)
        self._push("number", text[at : numeral.end], numeral.end, numeral)

    def _comma_limit(self, match: re.Match[str]) -> int | None:
        """Where the digits end if their comma separates arguments: ``max(3,5)``.

        Raises:
            CalculationError: Both readings are possible, as in ``max(1,234)``.
        """
        call = self._open[-1]
        fits = any(form == self._language for _, form in readings(match.group()))
        if not fits:
            fits = call.spaced and len(readings(match.group())) > 0 and self._language == "vi"
            return None if fits else match.start() + match.group().index(",")
        if call.spaced or call.name in SINGLE:
            return None
        comma = match.start() + match.group().index(",")
        raise self._fault("ambiguous_commas", comma, text=match.group())

    def _follows(self, kind: Kind) -> bool:
        return bool(self._tokens) and self._tokens[-1].kind == kind

    def _push(self, kind: Kind, text: str, end: int, numeral: Numeral | None = None) -> None:
        self._tokens.append(Token(kind, text, self._position, end, numeral))
        self._position = end

    def _fault(self, key: str, position: int, **fields: object) -> Exception:
        return fault(key, self._language, self._text, position, **fields)


def _spaced(text: str, start: int) -> bool:
    """Whether the call opened at ``start`` separates its arguments by ``;`` or ``, ``."""
    depth = 0
    for position in range(start, len(text)):
        character = text[position]
        if character in _OPEN:
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return False
        elif depth == 1 and _SEPARATION.match(text, position):
            return True
    return False


def tokenize(text: str, language: Language) -> list[Token]:
    """The tokens of an expression; see :class:`Tokenizer`."""
    return Tokenizer(text, language).tokens()
