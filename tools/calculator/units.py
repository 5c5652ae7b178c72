"""The words and signs that stand beside a number: scales and currencies.

Vietnamese words are listed with their diacritics and without any, and match in these two
spellings only: ``5 ngăn`` (drawers) is not ``5 ngàn`` (thousand).
"""

from typing import Final

from chorei.core import fold

PERCENT: Final = "%"


def spelled(words: dict[str, str]) -> dict[str, str]:
    """The table with each key also in its spelling without diacritics."""
    return words | {fold(word): meaning for word, meaning in words.items()}


CURRENCY_SIGNS: Final[dict[str, str]] = {"$": "$", "£": "£", "€": "€", "₫": "₫", "¥": "¥"}
CURRENCY_WORDS: Final[dict[str, str]] = spelled(
    {
        "usd": "$",
        "dollar": "$",
        "dollars": "$",
        "gbp": "£",
        "eur": "€",
        "euro": "€",
        "euros": "€",
        "jpy": "¥",
        "yen": "¥",
        "vnd": "₫",
        "vnđ": "₫",
        "đồng": "₫",
    }
)
# Too short to be trusted away from a number: taken only directly after its digits or scale.
TIGHT_CURRENCY: Final[dict[str, str]] = {"d": "₫", "đ": "₫"}
CURRENCIES: Final = frozenset(CURRENCY_SIGNS.values())

_POWERS: Final[dict[str, int]] = {
    "hundred": 2,
    "thousand": 3,
    "million": 6,
    "mn": 6,
    "billion": 9,
    "bn": 9,
    "trillion": 12,
    "trăm": 2,
    "nghìn": 3,
    "ngàn": 3,
    "triệu": 6,
    "tr": 6,
    "tỷ": 9,
    "tỉ": 9,
}
SCALE_WORDS: Final[dict[str, int]] = _POWERS | {fold(word): n for word, n in _POWERS.items()}
# Single letters are scales only directly after the digits: "5k", but not "5 k".
TIGHT_SCALES: Final[dict[str, int]] = {"k": 3, "m": 6, "b": 9}
# "1tr2" is 1.2 million and "2 tỷ 5" is 2.5 billion in spoken Vietnamese.
SPOKEN_FRACTION: Final = frozenset({"tr", "triệu", "trieu", "tỷ", "ty", "tỉ", "ti"})
HALF: Final = frozenset({"rưỡi", "ruoi"})
# "500trđ" is million dong in one word: the scale, and where the currency starts.
MILLION_DONG: Final = frozenset({"trđ", "trd"})
