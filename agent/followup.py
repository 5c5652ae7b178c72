"""Follow-ups: questions that lean on the one before ("and for part-timers?")."""

import re
from typing import Final

from chorei.core import Frozen, fold, language_of, words

_FRAMES: Final = (
    re.compile(
        r"^(?:(?:and|but|so|ok|okay)\b[ ,]*)?(?:what|how) about\b[ ,]*(?P<core>.+)$", re.IGNORECASE
    ),
    re.compile(r"^(?:and|but|or|also)\b[ ,]+(?P<core>.+)$", re.IGNORECASE),
    re.compile(r"^(?:the )?same (?:question )?(?P<core>(?:for|in|with)\b.+)$", re.IGNORECASE),
    re.compile(
        r"^(?:th[eế] |v[aậ]y |v[aậ]y th[iì] |nh[uư]ng )?c[oò]n (?:v[eề] |n[eế]u )?(?P<core>.+?)"
        r"(?: th[iì] sao| th[iì] th[eế] n[aà]o| th[iì]| sao| nh[uư] th[eế] n[aà]o)?$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:th[eế]|v[aậ]y)(?: th[iì])? (?P<core>.+?)(?: th[iì] sao| th[iì]| sao)$", re.IGNORECASE
    ),
    re.compile(r"^(?P<core>.+?) th[iì] sao$", re.IGNORECASE),
)
# Words that point back, and are not the subject of a first question of its own.
_BACKWARD: Final = frozenset(
    "it its they them their that those these this one ones he she him her his there then".split()
)
_BACKWARD_VI: Final = frozenset("nó đó này kia họ vậy thế".split())
# Typed without diacritics, where "no" is also English and "nợ", and counts at the start alone.
_BACKWARD_UNMARKED: Final = re.compile(r"(?:no|cai (?:do|nay|kia|ay))\b")
_ASKING: Final = frozenset(
    "what who whom whose when where why how which is are was were do does did can could may"
    " should will would has have tell show give list explain gi ai nao sao dau bao may".split()
)
_PLACE = re.compile(
    r"^(for|in|at|on|with|by|during|under|from|cho|o|tai|voi|trong)\b", re.IGNORECASE
)
_LONGEST_POINTER = 8  # words; a longer question that says "it" usually explains it itself
_LONGEST_FRAGMENT = 3  # words; "part-timers?" after a question is one


class FollowUp(Frozen):
    """A question understood in its conversation.

    Attributes:
        core: What is newly asked, without framing words.
        background: The earlier question it refers to; empty if it stands alone.
        resolved: Both in one line.
    """

    core: str
    background: str
    resolved: str


def resolve(question: str, earlier: str) -> FollowUp:
    """Understand a question after an earlier one.

    Args:
        question: The question as asked.
        earlier: The question before it, as it was understood; empty if there is none.
    """
    bare = question.strip().rstrip("?!. ").strip()
    alone = FollowUp(core=question.strip(), background="", resolved=question.strip())
    if not earlier or not bare:
        return alone
    core = _framed(bare)
    if core is None:
        core = bare if _leans_back(bare) else None
    if core is None:
        return alone
    return FollowUp(core=core, background=earlier, resolved=_merge(earlier, core))


def _framed(bare: str) -> str | None:
    for frame in _FRAMES:
        if match := frame.match(bare):
            return match["core"].strip(" ,")
    return None


def _leans_back(bare: str) -> bool:
    spoken = words(bare)
    folded = [fold(word) for word in spoken]
    if len(spoken) > _LONGEST_POINTER:
        return False
    if any(word in _BACKWARD or word in _BACKWARD_VI for word in spoken):
        return True
    unmarked = _BACKWARD_UNMARKED.match(" ".join(spoken))
    if unmarked and (unmarked.group() != "no" or language_of(bare) == "vi"):
        return True
    return len(spoken) <= _LONGEST_FRAGMENT and not any(word in _ASKING for word in folded)


def _merge(earlier: str, core: str) -> str:
    """One line for both: a parallel phrase replaces its counterpart, else it is put behind."""
    stem = earlier.rstrip("?!. ")
    if place := _PLACE.match(core):
        counterpart = re.compile(rf"\s{place[1]}\s[^,;]*$", re.IGNORECASE)
        replaced, count = counterpart.subn(f" {core}", stem, count=1)
        if count:
            return f"{replaced}?"
    return f"{stem} – {core}?"
