"""Passages as the reader sees them: sentences, items and rows with what frames each."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from chorei.agent.reader.terms import key_of
from chorei.core import Hit, Passage, plain, sentence_spans, shown, words
from chorei.core.tables import row_spans

UnitKind = Literal["prose", "item", "row", "heading", "code", "noise"]

_ITEM: Final = re.compile(r"(?:[-*+•–]|\d{1,3}[.)]|[a-zA-Z][.)])\s")
_ROW: Final = re.compile(r"\||<tr\b", re.IGNORECASE)
_RULE: Final = re.compile(r"[\s|:=_*-]+|</?\w+[^>]*>\s*|---\n.*", re.DOTALL)
_CODE: Final = re.compile(r"```|~~~")
_LINK_LINE: Final = re.compile(
    r"\[[^\]]+\]:\s*\S+|!\[.*|(?:[-*+]\s+)?\[[^\]]*\]\([^)]*\)[.\s]*|\{%.*%\}|https?://\S+",
    re.DOTALL,
)
_ANAPHORA: Final = re.compile(
    r"(?:it|its|they|their|this|these|those|that|he|she|such|however|otherwise|if so|in this case"
    r"|nó|họ|điều này|việc này)\b",
    re.IGNORECASE,
)


class Bag:
    """The stems of some text, for quick look-up of words and phrases."""

    __slots__ = ("joined", "keys")

    def __init__(self, keys: list[str]) -> None:
        self.keys = frozenset(keys)
        self.joined = f" {' '.join(keys)} "

    def __contains__(self, form: str) -> bool:
        return f" {form} " in self.joined if " " in form else form in self.keys


EMPTY: Final = Bag([])


@dataclass(slots=True)
class Unit:
    """A sentence, list item, table row or heading line of a passage.

    Attributes:
        start: Offset of its first character in the passage's text.
        end: Offset after its last character.
        text: It without markup.
        kind: What it is.
        bag: Its words.
        length: Number of its words.
        lead: Index of the line that introduces the list or of the item it belongs to, or None.
        opens: Whether it introduces what follows (it ends with a colon).
        leans: Whether it begins with a word that points back ("it", "this").
    """

    start: int
    end: int
    text: str
    kind: UnitKind
    bag: Bag
    length: int
    lead: int | None = None
    opens: bool = False
    leans: bool = False


@dataclass(slots=True)
class Page:
    """A passage taken apart.

    Attributes:
        hit: The passage as it was found.
        units: What it consists of, in order.
        heading: The words of the innermost heading.
        frame: The words of the title, the name and all headings.
        whole: The words of all units.
        columns: The words of the table's header, if it is one.
        topics: The words of the title and of each heading, apart.
    """

    hit: Hit
    units: list[Unit]
    heading: Bag
    frame: Bag
    whole: Bag
    columns: Bag = field(default=EMPTY)
    topics: tuple[Bag, ...] = ()

    @property
    def passage(self) -> Passage:
        """The passage itself."""
        return self.hit.passage


def keys(text: str, *, folded: bool = False) -> list[str]:
    """The stems of a text, in order."""
    return [key_of(word, folded=folded) for word in words(text)]


def page_of(hit: Hit, *, folded: bool = False) -> Page:
    """Take a passage apart.

    Args:
        hit: The passage.
        folded: Compare Vietnamese without diacritics.
    """
    passage = hit.passage
    units: list[Unit] = []
    lead: int | None = None
    spans = row_spans(passage.text) if passage.columns else sentence_spans(passage.text)
    for start, end in spans:
        raw = passage.text[start:end]
        kind = _kind(raw, table=bool(passage.columns))
        text = shown(raw, passage.columns)
        found = keys(text, folded=folded)
        unit = Unit(start, end, text, kind, Bag(found), len(found))
        unit.opens = raw.rstrip("*_` ").endswith(":")
        unit.leans = bool(_ANAPHORA.match(text))
        if kind in ("item", "row"):
            unit.lead = lead
        elif (
            kind == "prose"
            and units
            and units[-1].kind == "item"
            and _same_block(passage.text, units[-1].end, start)
        ):
            unit.lead = len(units) - 1
        elif kind != "noise":
            lead = len(units) if unit.opens or kind == "heading" else None
        units.append(unit)
    headings = [plain(h) for h in passage.heading]
    frame = keys(" / ".join((passage.title, passage.document, *headings)), folded=folded)
    return Page(
        hit,
        units,
        Bag(keys(headings[-1], folded=folded)) if headings else EMPTY,
        Bag(frame),
        Bag([key for unit in units for key in unit.bag.joined.split()]),
        Bag(keys(" ".join(passage.columns), folded=folded)),
        tuple(Bag(keys(t, folded=folded)) for t in dict.fromkeys((passage.title, *headings))),
    )


def _kind(raw: str, *, table: bool) -> UnitKind:
    if raw.startswith("#"):
        return "heading"
    if _RULE.fullmatch(raw) or _LINK_LINE.fullmatch(raw):
        return "noise"
    if table or _ROW.match(raw):
        return "row"
    if _CODE.match(raw):
        return "code"
    if _ITEM.match(raw):
        return "item"
    return "prose"


def _same_block(text: str, end: int, start: int) -> bool:
    return "\n\n" not in text[end:start]
