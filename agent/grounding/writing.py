"""The supported statements put back together, numbered by the quotations that are returned."""

from collections.abc import Iterable, Sequence

from chorei.agent.checking import number_evidence
from chorei.agent.composing import cite, compose
from chorei.agent.grounding.assessment import Checked, quoted_instead
from chorei.agent.grounding.evidence import Evidence
from chorei.agent.grounding.figures import rewritten
from chorei.agent.grounding.support import Checker
from chorei.agent.protocols import Quote
from chorei.core import Language


def write(kept: Sequence[Checked], numbers: dict[int, int], checker: Checker) -> str:
    """The text of an answer.

    Args:
        kept: What is shown, in order: in the model's words where it is supported, else as a
            quotation of what it cites.
        numbers: For each number that the model was shown, the number of its quotation.
        checker: What held the statements against the quotations.
    """
    parts: list[str] = []
    seen: set[str] = set()
    for checked in kept:
        text = _sentence(checked, numbers, checker)
        if text not in seen:
            seen.add(text)
            parts += ["\n" if checked.statement.own_line and parts else " " if parts else "", text]
    return "".join(parts)


def _sentence(checked: Checked, numbers: dict[int, int], checker: Checker) -> str:
    cited = checked.support.cited
    evidence = [checker.evidence[n - 1] for n in cited]
    marks = "".join(f"[{numbers[n]}]" for n in dict.fromkeys(cited))
    words: str | None = None
    if checked.support.supported and not quoted_instead(checked, checker):
        figures = [figure for item in evidence for figure in item.figures]
        words = rewritten(checked.statement.text, figures, checker.language)
    if words is None:
        return " ".join(
            f"“{item.text}” [{numbers[n]}]" for n, item in zip(cited, evidence, strict=True)
        )
    return f"{words[:1].upper()}{words[1:]} {marks}."


def quotations(quotes: Sequence[Quote], language: Language) -> str:
    """The quotations with their sources, as they are shown without a model."""
    return compose(cite(quotes, dict.fromkeys(_documents(quotes), ""), in_order=True), language)


def only_quoted_numbers(text: str, quotes: Sequence[Quote], language: Language) -> bool:
    """Whether every number of a text stands, written so, in one of the quotations."""
    citations = cite(quotes, dict.fromkeys(_documents(quotes), ""), in_order=True)
    found = number_evidence(text, language, citations=citations)
    return all(number.status == "quoted" for number in found)


def says_it_shorter(text: str, evidence: Iterable[Evidence]) -> bool:
    """Whether a text is more than a copy of the quotations: shorter, or in other words."""
    own = "".join(c for c in text.lower() if c.isalnum())
    quoted = ["".join(c for c in item.text.lower() if c.isalnum()) for item in evidence]
    return len(own) < 0.8 * sum(map(len, quoted))


def _documents(quotes: Iterable[Quote]) -> list[str]:
    return [quote.passage.document_id for quote in quotes]
