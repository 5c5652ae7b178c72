"""An answer and its evidence."""

from typing import Any, Literal

from pydantic import Field

from chorei.core.document import Frozen, Language

RouteKind = Literal["documents", "arithmetic", "program", "tools", "model", "about", "decline"]
CallOutcome = Literal["done", "failed", "invalid", "refused"]
NumberStatus = Literal["quoted", "computed", "unsupported"]


class Route(Frozen):
    """Where a question was sent, and why.

    Attributes:
        kind: ``documents``; ``arithmetic`` (the calculator); ``program`` (a model writes one);
            ``tools`` (a model or a form uses the company's tools); ``model`` (what the model or
            its adapter knows); ``about`` (the assistant itself); or ``decline``.
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


class ToolCall(Frozen):
    """One use of a tool.

    Attributes:
        tool: Name of the tool.
        arguments: The arguments, as JSON values.
        outcome: ``done``; ``failed`` (the tool raised or ran out of time); ``invalid`` (the
            arguments did not fit, nothing ran); ``refused`` (a person said no, nothing ran).
        result: What came back as text, cut to the budget for tool output.
        seconds: Wall time of the call.
    """

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    outcome: CallOutcome = "done"
    result: str = ""
    seconds: float = 0.0


class Approval(Frozen):
    """An action that waits for a person's yes or no.

    Attributes:
        tool: Name of the tool that would act.
        arguments: The arguments it would be called with, as JSON values.
        summary: What would happen, in one sentence for the person who decides.
    """

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    summary: str = ""


class Usage(Frozen):
    """Tokens that a language model used for one answer.

    Attributes:
        prompt: Tokens read.
        completion: Tokens written, thinking included.
        calls: Requests to the model.
    """

    prompt: int = 0
    completion: int = 0
    calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            prompt=self.prompt + other.prompt,
            completion=self.completion + other.completion,
            calls=self.calls + other.calls,
        )


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
        calls: The tools that were used, in order.
        approval: The action that waits for a yes or no before the answer can go on, if any.
        reasoning: How the model came to the answer, kept apart from it; no evidence.
        model: Name of the model that wrote the answer; empty if no model was asked.
        usage: Tokens that the model used.
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
    calls: tuple[ToolCall, ...] = ()
    approval: Approval | None = None
    reasoning: str = ""
    model: str = ""
    usage: Usage = Usage()
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


class ToolUsed(Event):
    """A tool has come back."""

    call: ToolCall


class TextDelta(Event):
    """The next piece of the answer's text; all pieces joined are the whole text."""

    text: str


class Finished(Event):
    """The answer is complete; always the last event."""

    answer: Answer
