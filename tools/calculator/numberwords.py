"""Numbers written in words."""

import re
from typing import Final

from chorei.core import Language, nfc

_EN: Final[dict[str, int]] = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen".split()
    )
} | {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_VI: Final[dict[str, int]] = {
    "không": 0,
    "một": 1,
    "mốt": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "tư": 4,
    "năm": 5,
    "lăm": 5,
    "sáu": 6,
    "bảy": 7,
    "bẩy": 7,
    "tám": 8,
    "chín": 9,
    "mười": 10,
}
_SCALES: Final[dict[Language, dict[str, int]]] = {
    "en": {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9},
    "vi": {"mươi": 10, "trăm": 100, "nghìn": 1000, "ngàn": 1000, "triệu": 10**6, "tỷ": 10**9},
}
_UNITS: Final[dict[Language, dict[str, int]]] = {"en": _EN, "vi": _VI}
_FILLERS: Final[dict[Language, frozenset[str]]] = {
    "en": frozenset({"and"}),
    "vi": frozenset({"linh", "lẻ"}),
}
_WORDS: Final = re.compile(r"[^\W\d_]+|[^\W_]+|[\W_]")


def with_digits(text: str, language: Language) -> str | None:
    """The text with its number words as digits; None if it has none.

    Vietnamese is read with its diacritics only: ``nam`` is five, year or south.
    """
    units, scales = _UNITS[language], _SCALES[language]
    pieces = _WORDS.findall(nfc(text))
    output: list[str] = []
    index = changed = 0
    while index < len(pieces):
        words, after = _run(pieces, index, language)
        if any(word in units for word in words):
            output.append(str(_value(words, units, scales)))
            changed, index = 1, after
        else:
            output.append(pieces[index])
            index += 1
    return "".join(output) if changed else None


def _run(pieces: list[str], start: int, language: Language) -> tuple[list[str], int]:
    """The number words from ``start`` on, joined by spaces or hyphens, and the index after them."""
    units, scales, fillers = _UNITS[language], _SCALES[language], _FILLERS[language]
    words: list[str] = []
    index = end = start
    while index < len(pieces):
        word = pieces[index].lower()
        filler = word in fillers and bool(words) and words[-1] in scales
        if (word not in units and word not in scales and not filler) or (
            not words and word not in units
        ):
            break
        if _breaks(words, word, units, scales):
            break
        words.append(word)
        index += 1
        end = index if not filler else end
        if index + 1 < len(pieces) and pieces[index] in (" ", "-"):
            index += 1
    while words and words[-1] in fillers:
        words.pop()
    return words, end


def _breaks(words: list[str], word: str, units: dict[str, int], scales: dict[str, int]) -> bool:
    """Whether ``word`` starts another number: "five six" are two."""
    if not words or words[-1] not in units or word in scales:
        return False
    tens = units[words[-1]]
    return word not in units or tens < 10 or tens % 10 != 0 or not 0 < units[word] < 10


def _value(words: list[str], units: dict[str, int], scales: dict[str, int]) -> int:
    """The number that the words say: "two hundred and five thousand" is 205,000."""
    total = part = 0
    for word in words:
        if word in units:
            part += units[word]
        elif word in scales and scales[word] < 1000:
            # "hai trăm ba mươi": the tens belong to the last digit only.
            last = part % 10 if scales[word] == 10 else part
            part = part - last + (last or 1) * scales[word]
        elif word in scales:
            total, part = total + (part or 1) * scales[word], 0
    return total + part
