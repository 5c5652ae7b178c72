"""Stems of English words, so that ``reimbursed`` and ``reimbursement`` meet."""

import re
from functools import lru_cache
from typing import Final

_VOWEL: Final = r"(?:[aeiou]|(?<=[^aeiou])y)"
_CONSONANT: Final = r"(?:[^aeiouy]|(?<=[aeiou])y|^y)"
_MEASURED: Final = re.compile(rf"^{_CONSONANT}*{_VOWEL}+{_CONSONANT}")
_TWICE: Final = re.compile(rf"^{_CONSONANT}*{_VOWEL}+{_CONSONANT}+{_VOWEL}+{_CONSONANT}")
_HAS_VOWEL: Final = re.compile(_VOWEL)
_DOUBLE: Final = re.compile(r"([^aeioulsz])\1$")
_SHORT: Final = re.compile(r"[^aeiou][aeiouy][^aeiouwxy]$")

_STEP_2: Final = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize",
    "bli": "ble", "alli": "al", "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize",
    "ation": "ate", "ator": "ate", "alism": "al", "iveness": "ive", "fulness": "ful",
    "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble", "logi": "log",
}  # fmt: skip
_STEP_3: Final = {
    "icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": "",
}  # fmt: skip
_STEP_4: Final = (
    "al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize".split()
)
# Forms that rules do not bring together.
_IRREGULAR: Final = {
    "paid": "pay", "pays": "pay", "bought": "buy", "left": "leaving", "leaves": "leave",
    "leaving": "leaving", "sent": "send", "kept": "keep", "held": "hold", "met": "meet",
    "took": "take", "taken": "take", "given": "give", "gave": "give", "got": "get",
    "gotten": "get", "went": "go", "gone": "go", "began": "begin", "begun": "begin",
    "beginning": "begin", "wrote": "write", "written": "write", "chose": "choose",
    "chosen": "choose", "lost": "lose", "made": "make", "found": "find", "told": "tell",
    "spoke": "speak", "spoken": "speak", "stole": "steal", "stolen": "steal", "broke": "break",
    "broken": "break", "spent": "spend", "ran": "run", "running": "run", "won": "win",
    "sold": "sell", "built": "build", "taught": "teach", "brought": "bring", "became": "become",
    "children": "child", "people": "person", "persons": "person", "men": "man", "women": "woman",
    "feet": "foot", "data": "data", "died": "die", "dies": "die", "dying": "die",
    "death": "death", "passwords": "password", "weekly": "week", "monthly": "month",
    "yearly": "year", "annually": "annual", "daily": "day", "quarterly": "quarter",
    "hourly": "hour", "grew": "grow", "grown": "grow", "knew": "know", "known": "know",
    "rose": "rise", "fell": "fall", "fallen": "fall", "drove": "drive", "driven": "drive",
    "fought": "fight", "thought": "think", "understood": "understand", "led": "lead",
    "lent": "lend", "meant": "mean", "said": "say", "saw": "see", "seen": "see", "sat": "sit",
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20",
    "thirty": "30", "sixty": "60", "ninety": "90",
    "slept": "sleep", "stood": "stand", "tied": "tie", "wore": "wear", "worn": "wear",
}  # fmt: skip


_PAST: Final = frozenset(
    """
    paid pays bought left leaves leaving sent kept held met took taken given gave got gotten went
    gone began begun wrote written chose chosen lost made found told spoke spoken stole stolen
    broke broken spent ran running won sold built taught brought became died dies dying grew
    grown knew known rose fell fallen drove driven fought thought understood led lent meant said
    saw seen sat slept stood tied wore worn
    """.split()
)


def is_verb_form(word: str) -> bool:
    """Whether an English word in lower case looks like a past or present participle."""
    return word in _PAST or (word.endswith(("ed", "ing")) and stem(word) != word)


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """The stem of one English word in lower case (other words come back almost unchanged).

    Porter, "An algorithm for suffix stripping", Program 14(3), 1980, with a table of irregular
    forms before it; the lexical index uses the same algorithm.
    """
    word = word.removesuffix("'s").removesuffix("’s")
    word = _IRREGULAR.get(word, word)
    if _IRREGULAR.get(word) == word:
        return word
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    word = _ending(_plural(word))
    if word.endswith("y") and _HAS_VOWEL.search(word[:-1]):
        word = word[:-1] + "i"
    for table in (_STEP_2, _STEP_3):
        word = _replaced(word, table)
    return _final_e(_stripped(word))


def _plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + ("i" if len(word) > 4 else "ie")
    if word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word


def _ending(word: str) -> str:
    """Without ``-ed`` and ``-ing``, the stem repaired (``planned``, ``hoping``)."""
    if word.endswith("eed"):
        return word[:-1] if _MEASURED.match(word[:-3]) else word
    for suffix in ("ed", "ing"):
        if word.endswith(suffix) and _HAS_VOWEL.search(word[: -len(suffix)]):
            word = word[: -len(suffix)]
            if word.endswith(("at", "bl", "iz")):
                return word + "e"
            if _DOUBLE.search(word):
                return word[:-1]
            if _SHORT.search(word) and not _TWICE.match(word) and len(word) <= 4:
                return word + "e"
            return word
    return word


def _replaced(word: str, table: dict[str, str]) -> str:
    for length in range(7, 1, -1):
        suffix = word[-length:]
        if suffix in table and len(word) > length:
            rest = word[:-length]
            return rest + table[suffix] if _MEASURED.match(rest) else word
    return word


def _stripped(word: str) -> str:
    for suffix in sorted(_STEP_4, key=len, reverse=True):
        if word.endswith(suffix):
            rest = word[: -len(suffix)]
            fits = suffix != "ion" or rest.endswith(("s", "t"))
            return rest if fits and _TWICE.match(rest) else word
    return word


def _final_e(word: str) -> str:
    if word.endswith("e"):
        rest = word[:-1]
        if _TWICE.match(rest) or (_MEASURED.match(rest) and not _SHORT.search(rest)):
            word = rest
    if word.endswith("ll") and _TWICE.match(word):
        word = word[:-1]
    return word
