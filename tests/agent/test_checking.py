from chorei.agent.checking import literal, number_evidence
from chorei.core import Citation, DocumentReference, Program

TEXT = "Full-timers get 25 days. A day costs £1,200.50."


def citation(start: int, end: int, quote: str | None = None) -> Citation:
    return Citation(
        number=1,
        document="handbook.md",
        document_id="d",
        source="/h/handbook.md",
        title="Handbook 2026",
        quote=TEXT[start:end] if quote is None else quote,
        shown=TEXT[start:end],
        start=start,
        end=end,
    )


def test_only_quotations_found_where_they_claim_are_literal() -> None:
    right, shifted = citation(0, 24), citation(1, 25, quote=TEXT[0:24])
    assert literal([right, shifted], lambda _: TEXT) == [right]


def test_a_number_is_quoted_computed_or_flagged() -> None:
    evidence = number_evidence(
        "From Handbook 2026:\n“Full-timers get 25 days.” [1] Half of it is 12.5, not 13.",
        "en",
        citations=[citation(0, 24)],
        programs=[Program(language="calculator", source="25 / 2", result="12.5")],
    )
    assert [(n.text, n.status, n.citation) for n in evidence] == [
        ("2026", "quoted", 1),
        ("25", "quoted", 1),
        ("12.5", "computed", None),
        ("13", "unsupported", None),
    ]


def test_a_computed_number_may_be_written_in_either_format() -> None:
    program = Program(language="calculator", source="1500000 * 0.1", result="150000.0")
    evidence = number_evidence("1.500.000 × 10% = 150.000", "vi", programs=[program])
    assert {n.status for n in evidence} == {"computed"}


def test_a_number_that_only_resembles_a_quoted_one_is_flagged() -> None:
    evidence = number_evidence("It is 5 days.", "en", citations=[citation(0, 24)])
    assert [n.status for n in evidence] == ["unsupported"]


def test_numbers_in_titles_of_named_documents_are_quoted() -> None:
    closest = [DocumentReference(document="rfc.md", document_id="r", title="RFC 004")]
    evidence = number_evidence("The closest documents are: RFC 004.", "en", closest=closest)
    assert [n.status for n in evidence] == ["quoted"]
