"""Templates of questions, and how they match."""

import re
from functools import cached_property, lru_cache
from typing import Final

from chorei.core import fold

# A question is matched as words and numbers with one space after each; words that can name a thing
# are marked: "what is <p0> of <n1> ", "<n0> boxes~ at <m1> each ".
_PART: Final = re.compile(r"\{(\w+[,!]?)\}|([()\[\]|])|([^\s()\[\]|{}]+)")
_SLOTS: Final[dict[str, str]] = {
    "p": "p",
    "n": "n",
    "k": "n",
    "m": "m",
    "a": "[nm]",
    "b": "[nm]",
}
_AND: Final = "(?:and|with|và|va|với|voi|cùng|cung)"
_LIST: Final = rf"<[nmp][0-9]+> (?:(?:[,;&] (?:{_AND} )?|\\+ |{_AND} )<[nmp][0-9]+> )+"
_MARK: Final = "~"
_THING: Final = rf"(?:[^\s<>]+{_MARK} (?:of )?){{1,4}}?"
# Words that never belong to the name of a thing: what they ask for must be understood.
_STRUCTURE: Final = frozenset(
    "a an the is are was were be do does did will would can could should may has have who what"
    " when where why which how much many more less than and or not no without with at for per"
    " each every if then in on by to from between percent total average discount off tax vat"
    " tip plus minus times price cost costs before after last next year years since until"
    " most least best worst top first last other others any all some only also new"
    " our my your their his her we i you they it this that these those"
    " là gì ai khi nào đâu sao tại vì có không được phải của cho và hoặc với nếu thì bao nhiêu"
    " mấy giá mỗi một trong ngoài trước sau từ đến hơn kém giảm tăng thuế tổng trung bình còn"
    " hết bằng năm tháng ngày này đó kia ấy chúng tôi bạn họ la gi duoc cua va neu thi nhieu may"
    " gia moi mot truoc sau tu den hon kem giam tang thue tong con het bang nam thang".split()
)
_IRREGULAR: Final = {"people": "person", "men": "man", "women": "woman", "children": "child"}


def marked(word: str) -> str:
    """The word with a mark behind it if it can name a thing."""
    return f"{word}{_MARK}" if word[0].isalpha() and word not in _STRUCTURE else word


class Phrase:
    """One way to ask for a calculation.

    Args:
        template: Words, ``(a|b)`` alternatives, ``[a]`` optional parts and slots: ``{p}`` a
            percentage, ``{n}`` ``{k}`` plain numbers, ``{m}`` money, ``{a}`` ``{b}`` numbers or
            money, ``{list}`` two or more numbers, ``{t}`` the name of a thing in up to four words,
            ``{u}`` the same thing again. ``{a,}`` must be followed by a comma, ``{a!}`` must not.
            A word with diacritics also matches without any.
        expression: What to compute, with the slots' names, and ``{x}`` for what stands before;
            empty if the template can mean two things and so means none.
        unit: The unit of the result where the numbers do not give it.
    """

    def __init__(self, template: str, expression: str, unit: str = "") -> None:
        self._template = template
        self.expression = expression
        self.unit = unit
        self.slots = [slot[0] for slot, _, _ in _PART.findall(template) if slot[:1] in _SLOTS]
        self.has_list = "{list}" in template

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(pattern(self._template))

    def fits(self, kinds: str) -> bool:
        """Whether the template can hold all numbers of a question, ``pn`` for "15% of 3"."""
        if self.has_list:
            return len(kinds) >= 2
        return len(self.slots) == len(kinds) and self.slots.count("p") == kinds.count("p")

    def match(self, words: str, start: int, end: int | None = None) -> re.Match[str] | None:
        """Match at ``start``, up to exactly ``end`` if it is given; things must agree."""
        if end is None:
            found = self._pattern.match(words, start)
        else:
            found = self._pattern.fullmatch(words, start, end)
        if found is None or not _things_agree(found.groupdict()):
            return None
        return found


def pattern(template: str) -> str:
    """The regular expression of a template."""
    parts: list[str] = []
    seen: dict[str, int] = {}
    for slot, bracket, word in _PART.findall(template):
        if slot:
            seen[slot] = seen.get(slot, 0) + 1
            parts.append(_slot(slot, seen[slot]))
        elif bracket:
            parts.append({"(": "(?:", ")": ")", "[": "(?:", "]": ")?", "|": "|"}[bracket])
        else:
            spellings = dict.fromkeys((marked(word), marked(fold(word))))
            parts.append(f"(?:{'|'.join(map(re.escape, spellings))}) ")
    return "".join(parts)


def _slot(name: str, count: int) -> str:
    """The group of a slot; the second ``{u}`` of a template is the group ``u2``."""
    if name == "list":
        return f"(?P<list>{_LIST})"
    if name in ("t", "u"):
        return f"(?P<{name}{count if count > 1 else ''}>{_THING})"
    comma = {",": ", ", "!": ""}.get(name[1:], "(?:, )?")
    return f"<(?P<{name[0]}>{_SLOTS[name[0]]}[0-9]+)> {comma}"


@lru_cache(maxsize=1024)
def _forms(word: str) -> frozenset[str]:
    """The singular forms that an English word can have; other words stay as they are."""
    forms = {word, _IRREGULAR.get(word, word)}
    if word.endswith("ies"):
        forms.add(word[:-3] + "y")
    if word.endswith("es"):
        forms.add(word[:-2])
    if word.endswith("s"):
        forms.add(word[:-1])
    return frozenset(forms)


def _things_agree(slots: dict[str, str | None]) -> bool:
    """Whether each ``u`` names what ``t`` named."""
    things = {
        name: (text or "").replace(_MARK, "").split()
        for name, text in slots.items()
        if name[0] in "tu"
    }
    whole = things.get("t")
    if not whole:
        return True
    return all(
        any(_forms(named[0]) & _forms(word) for word in whole)
        for name, named in things.items()
        if name != "t" and named
    )
