"""An answer and its evidence."""

from typing import Any, Literal

from chorei.core.document import Frozen, Language

RouteKind = Literal["documents", "arithmetic", "about", "decline"]
NumberStatus = Literal["quoted", "computed", "unsupported"]


class Route(Frozen):
    """Where a question was sent, and why.

    Attributes:
        kind: ``documents``, ``arithmetic``, ``about`` (the assistant itself) or ``decline``.
        reason: One sentence in the language of the question.
    """

    kind: RouteKind
    reason: str


class Citation(Frozen):
    """A literal quotation from one document.

    ``quote`` is exactly ``document_text[start:end]``; see :class:`~chorei.core.Passage`
    for what a document's text is.

    Attributes:
        number: The number it is cited by in the answer, from 1.
        document: The document's name.
        document_id: The document's id.
        source: Where the document came from (an absolute path, or ``text:NAME``).
        title: The document's title.
        heading: The headings above the quotation, outermost first.
        page: Page number (from 1) where the document has pages.
        row: Row number (from 1) where the quotation is a row of a table.
        quote: The quoted characters, markup included.
        shown: The quotation as people read it: without markup, a row with its column names.
        start: Offset of the quotation in the document's text.
        end: Offset after its last character.
    """

    number: int
    document: str
    document_id: str
    source: str
    title: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    row: int | None = None
    quote: str
    shown: str
    start: int
    end: int


class Program(Frozen):
    """Something that was run to get a result.

    Attributes:
        language: ``calculator`` for an exact expression, ``python`` for a sandboxed program.
        source: The expression or program as it ran.
        result: What it gave, as text.
    """

    language: Literal["calculator", "python"]
    source: str
    result: str


class NumberEvidence(Frozen):
    """Where one number in the answer's text comes from.

    Attributes:
        text: The number as written in the answer.
        status: ``quoted`` (stands in a cited quotation), ``computed`` (operand or result of a
            program that ran) or ``unsupported``.
        citation: Number of the citation it stands in, if quoted.
    """

    text: str
    status: NumberStatus
    citation: int | None = None


class DocumentReference(Frozen):
    """A pointer to a document that may help, without a claim that it answers.

    Attributes:
        document: The document's name.
        document_id: The document's id.
        title: The document's title.
    """

    document: str
    document_id: str
    title: str


class Answer(Frozen):
    """What the agent says, and everything it rests on.

    Attributes:
        question: The question as asked.
        resolved: The question as understood, with what a follow-up left out filled in.
        text: The answer, citations marked ``[1]``, ``[2]``.
        language: The language it is written in (quotations keep their documents' language).
        route: Where the question was sent and why.
        declined: True if it says that it cannot answer.
        degraded: True if a fallback answered because the model server was down.
        citations: The quotations, numbered as in the text.
        programs: The programs that were run.
        numbers: Every number in the text with its evidence.
        notes: Remarks a reader needs, such as how an ambiguous number was read.
        closest: When declined, the documents nearest to the question.
        session: Id of the conversation, if any.
        seconds: Wall time from question to answer.
    """

    question: str
    resolved: str
    text: str
    language: Language
    route: Route
    declined: bool = False
    degraded: bool = False
    citations: tuple[Citation, ...] = ()
    programs: tuple[Program, ...] = ()
    numbers: tuple[NumberEvidence, ...] = ()
    notes: tuple[str, ...] = ()
    closest: tuple[DocumentReference, ...] = ()
    session: str | None = None
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The answer as the plain object that ``chorei ask --json`` prints.

        The fields are the attributes, but for ``answer`` (the text), ``route`` (its kind)
        and ``reason``.
        """
        fields = self.model_dump(mode="json", exclude={"text", "route"})
        head = {"answer": self.text, "route": self.route.kind, "reason": self.route.reason}
        return head | fields


class Event(Frozen):
    """Something that happened while an answer was made; see the subclasses."""


class Routed(Event):
    """The route was chosen."""

    route: Route


class Retrieved(Event):
    """Documents were searched; ``documents`` are the names found, best first."""

    documents: tuple[str, ...]


class TextDelta(Event):
    """The next piece of the answer's text; all pieces joined are the whole text."""

    text: str


class Finished(Event):
    """The answer is complete; always the last event."""

    answer: Answer
