"""Sentences of the documents that name a term, and those that say what it is."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from chorei.agent.protocols import Quote
from chorei.core import Hit, fold, sentence_spans

# What follows a term that is being explained, in folded text.
_IS: Final = (
    r"\W{0,3}(?:\([^()]{1,60}\)\W{0,2})?"
    r"(?:is|are|was|means|stands for|refers to|la|nghia la|co nghia la|dung de chi|[:–—=|])(?!\w)"
)
_BEFORE: Final = r"^\W{0,6}(?:the |a |an |our )?"


def mentions(hits: Iterable[Hit], name: str) -> Iterator[Quote]:
    """The sentences and lines of passages that say a name, in the order of the passages.

    Args:
        hits: The passages.
        name: The name, of any case; diacritics do not count.
    """
    said = re.compile(rf"(?<!\w){re.escape(fold(name))}(?!\w)")
    for hit in hits:
        passage = hit.passage
        at = 0
        for line in passage.text.splitlines(keepends=True):
            for start, end in sentence_spans(line):
                if said.search(fold(line[start:end])):
                    first = passage.start + at
                    yield Quote(passage=passage, start=first + start, end=first + end, score=1.0)
            at += len(line)


def explains(quote: Quote, name: str) -> bool:
    """Whether a sentence says what a name stands for ("KIVARA is …", "KIVARA: …")."""
    return re.match(f"{_BEFORE}{re.escape(fold(name))}{_IS}", fold(quote.text)) is not None
