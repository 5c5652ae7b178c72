"""How answers, citations and places in documents look on a screen or in a pipe."""

from typing import TYPE_CHECKING

from chorei.interfaces.console import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from chorei.core import Answer, Citation, Passage


def print_hanging(console: "Console", label: "str | Text", body: "Text") -> None:
    """Prints ``body`` after ``label``, its further lines aligned below its first."""
    from rich.text import Text

    first = Text(label) if isinstance(label, str) else label
    indent = first.cell_len
    lines = body.wrap(console, max(console.width - indent, 20))
    for number, line in enumerate(lines):
        line.rstrip()
        console.print((first if number == 0 else Text(" " * indent)) + line, soft_wrap=True)


def place(cited: "Citation | Passage") -> str:
    """Where something stands, for people: ``leave.md › Annual leave, page 2``."""
    above = cited.heading[1:] if cited.heading[:1] == (cited.title,) else cited.heading
    path = " › ".join([cited.document, *above])
    if cited.page is not None:
        path += f", page {cited.page}"
    if cited.row is not None:
        path += f", row {cited.row}"
    return printable(path)


def print_sources(console: "Console", answer: "Answer", *, quotes: bool) -> None:
    """Prints the numbered sources of an answer.

    Args:
        console: Where to print.
        answer: The answer.
        quotes: Whether each quotation is repeated; otherwise only those that the answer's
            text does not already hold.
    """
    from rich.text import Text

    if not answer.citations:
        return
    console.print()
    held = _squeezed(answer.text)
    for citation in answer.citations:
        body = Text(place(citation), style="dim")
        body.append(f" ({citation.start}–{citation.end})", style="dim")
        if quotes or _squeezed(citation.shown) not in held:
            body.append(f"\n“{printable(citation.shown)}”", style="dim italic")
        print_hanging(console, f"[{citation.number}] ", body)


def print_remarks(console: "Console", answer: "Answer") -> None:
    """Prints what a reader must know besides the text: notes, flagged numbers, near documents."""
    from rich.text import Text

    if answer.degraded:
        text = "The built-in reader answered instead of the language model."
        print_hanging(console, "! ", Text(text, style="yellow"))
    for note in answer.notes:
        if note not in answer.text:
            print_hanging(console, "· ", Text(printable(note), style="dim"))
    unsupported = [n.text for n in answer.numbers if n.status == "unsupported"]
    if unsupported:
        text = f"Neither quoted nor computed: {printable(', '.join(unsupported))}"
        print_hanging(console, "! ", Text(text, style="yellow"))
    if answer.closest:
        # The text names their titles; this is what `show` and /open understand.
        names = printable(", ".join(d.document for d in answer.closest))
        print_hanging(console, "· ", Text(f"Closest documents: {names}", style="dim"))


def print_route(console: "Console", answer: "Answer") -> None:
    """Prints the route and its reason, and all that the answer was derived from."""
    from rich.text import Text

    lines = [f"route: {answer.route.kind}. {answer.route.reason}"]
    if answer.resolved != answer.question:
        lines.append(f"understood as: {answer.resolved}")
    lines += [f"{p.language}: {p.source} = {p.result}" for p in answer.programs]
    lines += [f"tool {c.tool}: {c.outcome}, {c.seconds:.2f} s. {c.result}" for c in answer.calls]
    if answer.reasoning:
        lines.append(f"reasoning: {answer.reasoning}")
    lines += [
        f"number {n.text}: {n.status}" + (f" in [{n.citation}]" if n.citation else "")
        for n in answer.numbers
    ]
    if answer.model:
        used = answer.usage
        lines.append(
            f"model: {answer.model}, {used.calls} calls, {used.prompt} + {used.completion} tokens"
        )
    lines.append(f"{answer.seconds:.2f} s")
    for line in lines:
        print_hanging(console, "· ", Text(printable(line), style="dim"))


def _squeezed(text: str) -> str:
    return " ".join(text.split())
