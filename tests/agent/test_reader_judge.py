"""The judge that sees question and sentence together."""

import numpy as np
import pytest
from sentence_hits import hit

from chorei.agent.reader.encoder import HALFWAY, layer
from chorei.agent.reader.judge import judge, judgements
from chorei.agent.reader.likeness import Compared, encoder, likenesses
from chorei.agent.reader.question import analyse
from chorei.agent.reader.reader import by_words
from chorei.agent.reader.rereading import reread
from chorei.agent.reader.scoring import selection_features
from chorei.agent.reader.weights import SELECTION


def compared(asked: str, *texts: str) -> list[Compared]:
    question = analyse(asked, lambda _: 1, 100)
    found = by_words(question, [hit(text) for text in texts], selection_features, SELECTION)
    order = {text: i for i, text in enumerate(texts)}
    return likenesses(question, sorted(found, key=lambda m: order[m.page.passage.text]))


def test_the_first_token_alone_is_the_same_as_among_all() -> None:
    x = np.random.default_rng(1).normal(size=(11, 384)).astype(np.float32)
    lengths = [4, 2, 5]
    whole = layer(encoder().weights, "0.", x, lengths)
    first = layer(encoder().weights, "0.", x, lengths, first=True)
    np.testing.assert_allclose(first, whole[[0, 4, 6]], atol=1e-5)


def test_the_judge_has_the_layers_that_the_encoder_lacks_halfway() -> None:
    layers = [name for name in encoder().weights if name.endswith(".qkv")]
    assert sum(name.endswith(".qkv") for name in judge()) == len(layers) - HALFWAY


def test_a_unit_is_judged_the_same_alone_and_among_others() -> None:
    read = compared(
        "Who washes the aprons?",
        "We wash your aprons every Friday evening.",
        "The till is closed at nine.",
        "Bring soap.",
    )
    together = judgements(read)
    alone = [judgements([one])[0] for one in read]
    np.testing.assert_allclose(together, alone, atol=1e-3)
    assert judgements([]) == []


@pytest.mark.parametrize(
    ("asked", "answer", "other"),
    [
        ("Who washes the aprons?", "Aprons are washed by us.", "Aprons cost nine pounds."),
        ("How long may I borrow a laptop?", "Laptops are lent for six weeks.", "Laptops are grey."),
        ("When is the canteen open?", "The canteen opens at eight.", "The canteen is in Leeds."),
    ],
)
def test_what_answers_is_judged_above_what_is_only_about_it(
    asked: str, answer: str, other: str
) -> None:
    first, second = judgements(compared(asked, answer, other))
    assert first > second


def test_only_the_best_units_are_judged_and_the_others_stay_behind() -> None:
    question = analyse("How many days of leave are there?", lambda _: 1, 100)
    hits = [hit(f"{n} Leave is {n} days in year {n}.") for n in range(10, 30)]
    ranked = reread(question, by_words(question, hits, selection_features, SELECTION))
    judged = [match.judged is not None for match in ranked]
    assert sum(judged) == 8
    assert judged == sorted(judged, reverse=True)
    assert len(ranked) == 20
