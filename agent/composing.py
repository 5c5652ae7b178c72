"""Answers put into words: a frame in the question's language around literal quotations."""

from collections.abc import Iterable, Sequence

from chorei.agent import phrases
from chorei.agent.protocols import Quote, Reading
from chorei.agent.smalltalk import Topic
from chorei.core import Citation, DocumentReference, Hit, Language, Settings, shown

_CLOSEST = 3
_HEADINGS = 2


def cite(
    quotes: Iterable[Quote], sources: dict[str, str], *, in_order: bool = False
) -> tuple[Citation, ...]:
    """Number the quotations in the order in which they are shown: best first.

    Args:
        quotes: The quotations, best first.
        sources: The ``source`` of each document by its id.
        in_order: Whether they keep their order, as a text refers to them by it; otherwise
            those of one document are put together.
    """
    by_document: dict[str, list[Quote]] = {}
    for quote in quotes:
        key = "" if in_order else quote.passage.document_id
        by_document.setdefault(key, []).append(quote)
    ordered = [quote for group in by_document.values() for quote in group]
    return tuple(
        _citation(number, quote, sources[quote.passage.document_id])
        for number, quote in enumerate(ordered, start=1)
    )


def quotes_of(citations: Iterable[Citation], hits: Iterable[Hit]) -> tuple[Quote, ...]:
    """The quotations of citations again, in the passages they were taken from."""
    passages = [hit.passage for hit in hits]
    return tuple(
        Quote(passage=passage, start=citation.start, end=citation.end, score=1.0)
        for citation in citations
        for passage in [
            next(
                (
                    p
                    for p in passages
                    if p.document_id == citation.document_id
                    and p.start <= citation.start <= citation.end <= p.start + len(p.text)
                ),
                None,
            )
        ]
        if passage is not None
    )


def _citation(number: int, quote: Quote, source: str) -> Citation:
    passage = quote.passage
    row = passage.row
    if row is not None:
        before = passage.text[: quote.start - passage.start]
        row += sum(1 for line in before.splitlines() if line.strip())
    return Citation(
        number=number,
        document=passage.document,
        document_id=passage.document_id,
        source=source,
        title=passage.title,
        heading=passage.heading,
        page=passage.page,
        row=row,
        quote=quote.text,
        shown=shown(quote.text, passage.columns),
        start=quote.start,
        end=quote.end,
    )


def compose(citations: Sequence[Citation], language: Language) -> str:
    """The answer's text: for each place the source and below it what it says."""
    lines: list[str] = []
    place = ""
    for citation in citations:
        source = _place(citation)
        if source != place:
            if lines:
                lines.append("")
            lines.append(phrases.ACCORDING_TO[language].format(source=source))
            place = source
        lines.append(f"“{citation.shown}” [{citation.number}]")
    return "\n".join(lines)


def _place(citation: Citation) -> str:
    path = [h for h in citation.heading if h != citation.title][-_HEADINGS:]
    return " › ".join([citation.title, *path])


def decline(reading: Reading, closest: Sequence[DocumentReference], language: Language) -> str:
    """Say that the documents do not answer, what they lack, and which come closest."""
    parts = [phrases.NOT_FOUND[language]]
    # A number of the question is no statement of ours and would need evidence.
    lacking = [word for word in reading.missing if not any(c.isdigit() for c in word)]
    if lacking:
        named = ", ".join(f"“{word}”" for word in lacking)
        parts.append(phrases.NOTHING_ABOUT[language].format(words=named))
    if closest:
        named = "; ".join(reference.title for reference in closest)
        parts.append(phrases.CLOSEST[language].format(documents=named))
    return " ".join(parts)


def nearest(hits: Iterable[Hit]) -> tuple[DocumentReference, ...]:
    """The first few distinct documents among the hits."""
    found: dict[str, DocumentReference] = {}
    for hit in hits:
        passage = hit.passage
        if len(found) == _CLOSEST:
            break
        found.setdefault(
            passage.document_id,
            DocumentReference(
                document=passage.document, document_id=passage.document_id, title=passage.title
            ),
        )
    return tuple(found.values())


def about(topic: Topic, settings: Settings, language: Language) -> str:
    """Small talk about the assistant itself."""
    said = {
        "greeting": phrases.GREETING,
        "identity": phrases.IDENTITY,
        "abilities": phrases.ABILITIES,
        "thanks": phrases.THANKS,
        "farewell": phrases.FAREWELL,
    }[topic]
    company = settings.company or phrases.THE_COMPANY[language]
    return said[language].format(assistant=settings.assistant, company=company)
