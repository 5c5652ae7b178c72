"""What the reader knows of words that mean nearly the same."""

import pytest

from chorei.agent.reader.matching import matches
from chorei.agent.reader.meaning import sense_of, senses
from chorei.agent.reader.question import analyse
from chorei.agent.reader.relatedness import related, word_vectors
from chorei.agent.reader.stemming import stem
from chorei.agent.reader.units import Page, page_of
from chorei.core import Hit, Passage


def cosine(a: str, b: str) -> float:
    return related(stem(a), stem(b))


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("cab", "taxi", "salary"),
        ("price", "cost", "holiday"),
        ("permission", "allowed", "airport"),
        ("dead", "deceased", "laptop"),
        ("guard", "security", "invoice"),
        ("abroad", "overseas", "password"),
    ],
)
def test_words_of_like_meaning_are_nearer_than_others(word: str, near: str, far: str) -> None:
    assert cosine(word, near) > 0.5 > cosine(word, far)


def test_relatedness_is_symmetric_and_greatest_for_the_word_itself() -> None:
    assert related("taxi", "cab") == pytest.approx(related("cab", "taxi"))
    assert related("taxi", "taxi") == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("unknown", ["", "zxqvw", "MC-505", "4350", "nghỉ phép"])
def test_what_is_not_known_is_related_to_nothing(unknown: str) -> None:
    assert related(unknown, "leave") == related("leave", unknown) == 0.0


def test_many_words_are_compared_at_once() -> None:
    cosines = word_vectors().cosines(["cab", "zxqvw"], ["taxi", "cab", "salari"])
    assert cosines.shape == (2, 3)
    assert cosines[0, 0] == pytest.approx(related("cab", "taxi"))
    assert not cosines[1].any()
    assert word_vectors().cosines([], ["taxi"]).shape == (0, 1)


def test_every_stem_is_what_the_stemmer_makes() -> None:
    """The file must be made anew when the stemmer changes."""
    stems = word_vectors().rows
    for word in ("reimbursement", "reimbursed", "hiring", "permission", "vacation"):
        assert stem(word) in stems


def page_with(text: str) -> Page:
    passage = Passage(
        id="1",
        document_id="1",
        document="a.md",
        title="A",
        text=text,
        start=0,
        end=len(text),
        language="en",
    )
    return page_of(Hit(passage=passage, score=1.0, lexical_rank=1, vector_rank=1))


def covered(question: str, text: str) -> list[float]:
    """How well the best sentence of a text covers each term of a question."""
    asked = analyse(question, lambda _: 1, 100)
    found = matches(asked, page_with(text), sense_of(asked))
    return [max(credits) for credits in zip(*(m.credits for m in found), strict=True)]


def sense(question: str, text: str) -> list[float]:
    """How nearly each sentence of a text means what is asked."""
    asked = analyse(question, lambda _: 1, 100)
    return [own for own, _, _ in senses(sense_of(asked), page_with(text))]


TEXT = "The airport taxi costs 40 dollars. Wash the filter every week. Xqz vbn."


@pytest.mark.parametrize("question", ["What is the price of a cab?", "Giá đi taxi bao nhiêu?"])
def test_a_sentence_of_like_meaning_is_nearer_than_others(question: str) -> None:
    near, far, unknown = sense(question, TEXT)
    assert 1.0 >= near > far + 0.1
    assert unknown == 0.0


def test_a_question_without_known_words_means_nothing() -> None:
    assert sense("Xqz?", TEXT) == [0.0, 0.0, 0.0]


def test_a_related_word_earns_less_than_the_word_and_more_than_nothing() -> None:
    exact, near, far = (
        covered("Who guards it?", f"The site is {word} at night.")[0]
        for word in ("guarded", "protected", "invoiced")
    )
    assert exact > near > far == 0.0


def test_names_and_numbers_are_never_related() -> None:
    assert covered("Is it open in Vienna?", "The office in Austria is open.")[-1] == 0.0
    assert covered("Does it cost 40?", "It has 50 seats.")[-1] == 0.0
