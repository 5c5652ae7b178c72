"""An answer checked against its evidence before anyone sees it."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from typing import Final

from chorei.core import (
    Citation,
    DocumentReference,
    Language,
    NumberEvidence,
    Program,
    ToolCall,
    nfc,
)
from chorei.tools import number_spans, numeric_values

SEARCH_TOOL: Final = "search_documents"
_MARKER: Final = re.compile(r"\s?\[\d+\]")


def literal(citations: Iterable[Citation], text_of: Callable[[str], str]) -> list[Citation]:
    """The citations whose quotation stands in the document exactly where it says.

    Args:
        citations: The citations to check.
        text_of: The text of a document by its id.
    """
    return [c for c in citations if text_of(c.document_id)[c.start : c.end] == c.quote]


def number_evidence(
    text: str,
    language: Language,
    *,
    citations: Sequence[Citation] = (),
    programs: Sequence[Program] = (),
    calls: Sequence[ToolCall] = (),
    closest: Sequence[DocumentReference] = (),
) -> tuple[NumberEvidence, ...]:
    """Where each number in an answer's text comes from.

    A number is *quoted* if it stands, written the same way, in a cited quotation or in the
    name of a document or heading that the answer points to; *computed* if a program that ran
    holds or gave its value, or a tool gave it; else *unsupported*.

    Args:
        text: The answer's text; citation marks like ``[1]`` are not numbers.
        language: Decides how an ambiguous number such as ``1.234`` is read.
        citations: The citations of the answer, already found literal.
        programs: The programs that were run for it.
        calls: The tools that were used for it.
        closest: Documents it names without quoting.
    """
    bare = _MARKER.sub("", text)
    quoted = [
        (c.number, _numbers(" \n".join((c.quote, c.shown, c.title, *c.heading)))) for c in citations
    ]
    named = _numbers(" \n".join(reference.title for reference in closest))
    computed: set[Decimal] = set()
    ran = [text for p in programs for text in (p.source, p.result)]
    # What a search returns is text of documents: it counts where it is cited, not here.
    ran += [c.result for c in calls if c.outcome == "done" and c.tool != SEARCH_TOOL]
    for text_ran in ran:
        for written in _numbers(text_ran):
            computed |= numeric_values(written, "en") | numeric_values(written, language)
    evidence = []
    for start, end in number_spans(bare):
        number = bare[start:end]
        citation = next((n for n, numbers in quoted if nfc(number) in numbers), None)
        if citation is not None or nfc(number) in named:
            evidence.append(NumberEvidence(text=number, status="quoted", citation=citation))
        elif any(_gives(value, computed) for value in numeric_values(number, language)):
            evidence.append(NumberEvidence(text=number, status="computed"))
        else:
            evidence.append(NumberEvidence(text=number, status="unsupported"))
    return tuple(evidence)


def _numbers(text: str) -> set[str]:
    return {nfc(text[start:end]) for start, end in number_spans(text)}


def _gives(shown: Decimal, computed: Collection[Decimal]) -> bool:
    """Whether a number is one of the computed ones, or one of them rounded to its places."""
    if shown in computed:
        return True
    exponent = shown.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= 0:
        return False
    unit = Decimal(1).scaleb(exponent)
    return any(abs(shown - value) <= unit / 2 for value in computed)
