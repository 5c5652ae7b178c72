import pytest

from chorei.agent import Quote, Reading, phrases
from chorei.agent.composing import cite, compose, decline, nearest
from chorei.core import Hit, Passage

TEXT = "SKU,Price\nA-1,10\nA-2,12\nA-3,15\n"


def passage(**changes: object) -> Passage:
    fields = {
        "id": "d:0",
        "document_id": "d",
        "document": "prices.csv",
        "title": "Prices",
        "text": TEXT[10:],
        "start": 10,
        "end": len(TEXT),
        "columns": ("SKU", "Price"),
        "row": 1,
    }
    return Passage.model_validate(fields | changes)


def quote(found: Passage, text: str, score: float = 1.0) -> Quote:
    start = found.start + found.text.index(text)
    return Quote(passage=found, start=start, end=start + len(text), score=score)


def test_a_row_is_cited_by_its_number_and_shown_with_its_columns() -> None:
    (citation,) = cite([quote(passage(), "A-2,12")], {"d": "/prices.csv"})
    assert (citation.row, citation.quote) == (2, "A-2,12")
    assert citation.shown == "SKU: A-2; Price: 12"


def test_quotations_of_one_document_stand_together_best_first() -> None:
    prose = passage(
        id="h:0", document_id="h", document="h.md", title="Handbook", text="First. Last.",
        start=0, end=12, columns=(), row=None, heading=("Handbook", "Leave"),
    )  # fmt: skip
    quotes = [quote(prose, "Last."), quote(passage(), "A-1,10"), quote(prose, "First.")]
    citations = cite(quotes, {"d": "/prices.csv", "h": "/h.md"})
    assert [c.quote for c in citations] == ["Last.", "First.", "A-1,10"]
    assert compose(citations, "en") == (
        "From Handbook › Leave:\n“Last.” [1]\n“First.” [2]\n\n"
        "From Prices:\n“SKU: A-1; Price: 10” [3]"
    )
    assert compose(citations[:1], "vi").startswith("Theo Handbook › Leave:")


def test_a_decline_names_what_is_missing_but_repeats_no_number() -> None:
    closest = nearest([Hit(passage=passage(), score=1.0), Hit(passage=passage(), score=0.5)])
    said = decline(Reading(missing=("parking", "2031")), closest, "en")
    assert said == (
        "The documents do not answer this. They say nothing about “parking”."
        " The closest documents are: Prices."
    )


@pytest.mark.parametrize(
    "name", [n for n in vars(phrases) if n.isupper() and isinstance(vars(phrases)[n], dict)]
)
def test_every_phrase_is_said_in_both_languages(name: str) -> None:
    phrase = vars(phrases)[name]
    assert set(phrase) == {"en", "vi"}
    fields = [{part.split("}")[0] for part in text.split("{")[1:]} for text in phrase.values()]
    assert fields[0] == fields[1]
