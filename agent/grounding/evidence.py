"""Quotations made ready to be compared with what a model says about them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chorei.agent.grounding.figures import Figure, figures, spoken_figures
from chorei.agent.prompts import passages
from chorei.agent.protocols import Quote
from chorei.agent.reader.units import Bag, keys
from chorei.core import fold, plain, shown

# Text that tells the assistant what to do, instead of stating something about the company.
_ORDER: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}"
    r"\b(?:instruction|prompt|rule|direction|guideline|context|above|previous|prior|everything)"
    r"|\b(?:system|developer) (?:prompt|message|override|mode)\b|\bprompt injection\b"
    r"|\b(?:tell|inform|instruct|convince) the (?:user|reader|customer)\b"
    r"|\b(?:as an?|dear|attention|note to) (?:ai|assistant|language model|llm|chatbot)\b"
    r"|\b(?:the|you,? the|any|if you are an?) (?:ai|assistant|language model|llm|chatbot)\b"
    r"(?! (?:manager|director|chef|coach|buyer|editor|professor|secretary))"
    r".{0,30}\b(?:must|should|will|shall|reading|processing|please)\b"
    r"|\b(?:you are now|pretend to be|act as|from now on,? you|you must (?:say|answer|reply"
    r"|respond|output|print|recommend))\b"
    r"|\b(?:answer|respond|reply) (?:only )?(?:with|by saying)\b"
    r"|<\|?(?:im_start|im_end|system|user|assistant|endoftext)"
    r"|\[/?inst\]|<</?sys>>|#{2,} ?(?:instruction|system)"
    r"|\bbo qua\b.{0,40}\b(?:huong dan|chi dan|lenh|quy tac|yeu cau|tren|truoc)\b"
    r"|\b(?:hay )?(?:noi|tra loi|bao) (?:voi )?(?:nguoi dung|khach hang) rang\b"
    r"|\btro ly (?:ai )?(?:phai|can|hay)\b|\btu (?:bay gio|nay) ban la\b|\bloi nhac he thong\b",
    re.IGNORECASE | re.DOTALL,
)
_CLAUSE: Final = re.compile(
    r"[.!?…;:]+(?=\s|$)|,\s|\n+|\s[-–—]\s|\s\|\s"
    r"|\s(?:but|and|unless|except|while|whereas|although|though|nhưng|và|còn|trừ khi|mặc dù)\s",
    re.IGNORECASE,
)
_SPECIAL: Final = re.compile(r"<\|([^<>|\n]{1,40})\|>|\[(/?INST)\]|<<(/?SYS)>>", re.IGNORECASE)
_LONGEST: Final = 1_200  # characters of one passage that a model is shown


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quotation and what can be found in it.

    Attributes:
        quote: The quotation.
        text: It as people read it, on one line.
        bag: Its words with those of the title and headings above it.
        folded: The same as one folded string, for names.
        figures: Its numbers, in digits and in words.
        clauses: Its clauses, as read.
        orders: Whether it tells an assistant what to do.
    """

    quote: Quote
    text: str
    bag: Bag
    folded: str
    figures: tuple[Figure, ...]
    clauses: tuple[str, ...]
    orders: bool

    @property
    def place(self) -> str:
        """Title and headings above, for people."""
        passage = self.quote.passage
        headings = (plain(h) for h in passage.heading[-2:])
        return " › ".join(dict.fromkeys((passage.title, *headings)))


def evidence_of(quote: Quote, *, folded: bool = False) -> Evidence:
    """Make a quotation ready.

    Args:
        quote: The quotation.
        folded: Compare Vietnamese without diacritics.
    """
    passage = quote.passage
    text = " ".join(shown(quote.text, passage.columns).split())
    frame = " / ".join((passage.title, *map(plain, passage.heading), *passage.columns))
    whole = f"{text} / {frame}"
    found = dict.fromkeys((*figures(text), *figures(quote.text), *spoken_figures(text)))
    return Evidence(
        quote=quote,
        text=text,
        bag=Bag(keys(whole, folded=folded)),
        folded=f" {' '.join(_tokens(f'{whole} {quote.text} {passage.document}'))} ",
        figures=tuple(found),
        clauses=tuple(clauses(text)),
        orders=is_order(quote.text),
    )


def clauses(text: str) -> Iterator[str]:
    """The clauses of a text, roughly: cut at commas, full stops and conjunctions."""
    for piece in _CLAUSE.split(text):
        if any(c.isalnum() for c in piece):
            yield piece.strip()


def is_order(text: str) -> bool:
    """Whether a text tells an assistant what to do ("ignore the instructions above …").

    A rule over forms that are common in attacks; it marks text, it proves nothing about others.
    """
    return _ORDER.search(fold(text)) is not None


def numbered(evidence: Sequence[Evidence]) -> str:
    """The passages as a model is shown them, numbered from 1.

    Marks of chat templates lose their force, so that a document cannot end the message.
    """
    return passages((tame(item.place), tame(item.text)[:_LONGEST]) for item in evidence)


def tame(text: str) -> str:
    """The text on one line, without marks of chat templates."""
    return _SPECIAL.sub(lambda m: f"({m[1] or m[2] or m[3]})", " ".join(text.split()))


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))
