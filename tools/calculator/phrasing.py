"""Arithmetic that is asked for in words."""

import re
from functools import cache
from typing import Final

from chorei.core import CalculationError, Language, nfc
from chorei.tools.calculator import phrases_en, phrases_vi
from chorei.tools.calculator.calculation import MOST_CHARACTERS, Calculation, computed
from chorei.tools.calculator.durations import duration
from chorei.tools.calculator.numberwords import with_digits
from chorei.tools.calculator.plain import plain_expression
from chorei.tools.calculator.question import Question, parse_question
from chorei.tools.calculator.template import Phrase, pattern

_Built = tuple[str, str]
_MOST_CHANGES: Final = 4
_PHRASES: Final = {"en": phrases_en, "vi": phrases_vi}
_SLOT: Final = re.compile(r"\{(\w+)\}")
_NUMBER: Final = re.compile(r"<[nmp]([0-9]+)>")
_PRICED: Final = re.compile(r"\b(?:discount|discounted|off|vat|gst|tax|tip|commission)\b")
_QUANTITY: Final = re.compile(
    r"<n[0-9]+> (?:(?:kg|g|mg|lb|oz|l|ml|km|m|cm|mm|kilo|gram|litre|liter|metre|meter|ton|tonne"
    r"|gallon|dozen|piece|hour)s?|(?!bucks|pounds|quid)[a-z]+[^\Ws]s)~ "
)


def arithmetic(question: str, *, language: Language) -> Calculation | None:
    """The arithmetic that a question asks for, computed.

    Plain expressions and the common phrasings of business arithmetic are understood in both
    languages, Vietnamese with and without diacritics: percent of, percentages asked for,
    discount, tax added and contained, totals, averages, so many things at a price, shares,
    differences, unit prices, interest, margin, and lengths of time. Every word and every
    number of the question must be understood; nothing is guessed.

    Args:
        question: A question or a bare expression, at most 1,000 characters.
        language: Decides what ``1.234`` means, and the language of the answer.

    Returns:
        The calculation, or None if the question is not arithmetic, or not all of it.

    Raises:
        CalculationError: It is arithmetic but has no result, such as ``5 / 0``.
    """
    text = nfc(question).strip()
    if not text or len(text) > MOST_CHARACTERS:
        return None
    found = _arithmetic(text, language)
    if found is None:
        digits = with_digits(text, language)
        if digits is not None:
            return _arithmetic(digits, language)
    return found


def _arithmetic(text: str, language: Language) -> Calculation | None:
    plain = plain_expression(text, language)
    failure: CalculationError | None = None
    if plain is not None:
        try:
            return computed(plain, language)
        except CalculationError as error:
            failure = error
    question = parse_question(text, language)
    built = None
    if question is not None:
        other: Language = "vi" if language == "en" else "en"
        built = duration(question, language)
        for phrasing in (language, other):
            built = built or _phrased(question, phrasing)
    if built is not None and question is not None:
        return computed(built[0], language, unit=built[1], notes=question.notes)
    if failure is not None:
        raise failure
    return None


def _phrased(question: Question, language: Language) -> _Built | None:
    """The expression and unit of the first phrase that covers the whole question."""
    words = question.words
    if _is_quantity(question):
        return None
    starts, ends = _frame(words, language)
    for phrase in _PHRASES[language].PHRASES:
        if not phrase.fits(question.kinds):
            continue
        for start in starts:
            for end in ends:
                found = phrase.match(words, start, end) if start < end else None
                if found is not None and not phrase.expression:
                    return None
                if found is not None:
                    return _filled(phrase, found, question), phrase.unit
    return _changed(question, language, starts, ends)


def _is_quantity(question: Question) -> bool:
    """Whether a price is asked for and the only amount is no price: "12 kg with 15% discount"."""
    if question.kinds.replace("p", "") != "n" or not _PRICED.search(question.words):
        return False
    return _QUANTITY.search(question.words) is not None


@cache
def _frames(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    phrases = _PHRASES[language]
    return re.compile(pattern(phrases.BEFORE)), re.compile(pattern(phrases.AFTER))


def _frame(words: str, language: Language) -> tuple[list[int], list[int]]:
    """Where the phrase itself may start and end, inside what only frames the question."""
    before, after = _frames(language)
    cuts = [match.end() for match in re.finditer(r" ", words)]
    first = words.find("<")
    starts = [0] + [cut for cut in cuts if cut <= first and before.fullmatch(words, 0, cut)]
    last = words.rfind(">")
    ends = [cut for cut in cuts if cut > last and after.fullmatch(words, cut)]
    return starts, [len(words), *reversed(ends)]


def _changed(
    question: Question, language: Language, starts: list[int], ends: list[int]
) -> _Built | None:
    """An amount and what happens to it: "3 boxes at $4 each with 10% discount plus 8% VAT"."""
    phrases = _PHRASES[language]
    if len(question.kinds) < 2:
        return None
    for base in (*phrases.PHRASES, *phrases.BASES):
        if (
            base.has_list
            or base.unit
            or not base.expression
            or len(base.slots) >= len(question.kinds)
        ):
            continue
        for start in starts:
            found = base.match(question.words, start)
            if found is None:
                continue
            first = _filled(base, found, question)
            whole = _continue(question, phrases.CHANGES, first, found.end(), ends, _MOST_CHANGES)
            if whole is not None:
                return whole, ""
    return None


def _continue(
    question: Question,
    changes: tuple[Phrase, ...],
    expression: str,
    position: int,
    ends: list[int],
    left: int,
) -> str | None:
    """The expression with the changes from ``position`` on, None if they do not reach an end."""
    if not left:
        return None
    for change in changes:
        found = next(
            filter(None, (change.match(question.words, position, end) for end in ends)), None
        )
        if found is not None:
            return _filled(change, found, question, expression)
        found = change.match(question.words, position)
        if found is None:
            continue
        changed = _filled(change, found, question, expression)
        whole = _continue(question, changes, changed, found.end(), ends, left - 1)
        if whole is not None:
            return whole
    return None


def _filled(phrase: Phrase, found: re.Match[str], question: Question, before: str = "") -> str:
    """The phrase's expression with its slots filled in."""
    slots = found.groupdict()

    def fill(slot: re.Match[str]) -> str:
        name = slot.group(1)
        if name == "x":
            return f"({before})"
        if name == "list":
            numbers = _NUMBER.findall(slots["list"])
            return "; ".join(question.sources[int(number)] for number in numbers)
        return question.sources[int(slots[name][1:])]

    return _SLOT.sub(fill, phrase.expression)
