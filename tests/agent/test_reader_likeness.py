"""The encoder that reads the sentences that come first: its words, its vectors, what they tell."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentence_hits import hit

from chorei.agent.reader.encoder import attention, encoded, normal
from chorei.agent.reader.likeness import encoder, framed, likenesses
from chorei.agent.reader.matching import Likeness
from chorei.agent.reader.question import analyse
from chorei.agent.reader.reader import by_words
from chorei.agent.reader.rereading import reread
from chorei.agent.reader.scoring import selection_features
from chorei.agent.reader.shipped import once
from chorei.agent.reader.weights import SELECTION
from chorei.agent.reader.wordpieces import WordPieces

WORDS = WordPieces(
    {p: i for i, p in enumerate(["[UNK]", "[CLS]", "[SEP]", "leave", "un", "##paid", "ca", "##fe"])}
)


def test_a_word_becomes_its_longest_pieces_without_case_and_diacritics() -> None:
    assert list(WORDS.tokens("Unpaid LEAVE, café")) == [(4, 5), (3,), (0,), (6, 7)]


@given(st.text(max_size=80))
def test_any_text_has_pieces(text: str) -> None:
    assert all(len(pieces) >= 1 for pieces in WORDS.tokens(text))


def test_threads_that_want_weights_at_once_read_them_once() -> None:
    read: list[int] = []

    @once
    def weights() -> list[int]:
        read.append(1)
        time.sleep(0.1)
        return [2]

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: weights(), range(4)))
    assert len(read) == 1
    assert all(each is found[0] for each in found)


def test_a_sequence_means_the_same_alone_and_among_others() -> None:
    weights = encoder().weights
    sequences = [[5, 60, 700], [9], list(range(100, 140)), [5, 60, 700, 800, 90]]
    together = encoded(weights, sequences)
    for sequence, vectors in zip(sequences, together, strict=True):
        assert vectors.vectors.shape == vectors.halfway.shape == (len(sequence), 384)
        (alone,) = encoded(weights, [sequence])
        np.testing.assert_allclose(alone.vectors, vectors.vectors, atol=1e-4)
        np.testing.assert_allclose(alone.halfway, vectors.halfway, atol=1e-4)


def test_attention_stays_within_its_sequence() -> None:
    draw = np.random.default_rng(3).normal(size=(7, 3 * 64)).astype(np.float32)
    mixed = attention(draw, [3, 4])
    changed = draw.copy()
    changed[3:] += 1
    np.testing.assert_allclose(attention(changed, [3, 4])[:3], mixed[:3], atol=1e-6)
    assert not np.allclose(attention(changed, [3, 4])[3:], mixed[3:])


def test_normal_rows_have_mean_zero_and_variance_one() -> None:
    rows = np.random.default_rng(4).normal(3, 5, size=(4, 64)).astype(np.float32)
    scaled = normal(rows, np.stack((np.ones(64), np.zeros(64))).astype(np.float32))
    np.testing.assert_allclose(scaled.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=1), 1, atol=1e-3)


@pytest.mark.parametrize(
    ("asked", "near", "far"),
    [
        ("Who launders the aprons?", "We wash your uniform.", "The till is closed at nine."),
        ("May I bring my puppy?", "Dogs need the consent of neighbours.", "Printing is free."),
        ("When do I get my money back?", "Refunds arrive in a week.", "Lamps have a warranty."),
    ],
)
def test_what_means_the_same_in_other_words_is_read_first(asked: str, near: str, far: str) -> None:
    question = analyse(asked, lambda _: 1, 100)
    hits = [hit(far), hit(near)]
    ranked = reread(question, by_words(question, hits, selection_features, SELECTION))
    assert ranked[0].page.passage.text == near
    first, second = likenesses(question, ranked)
    assert first.likeness.words > second.likeness.words
    assert ranked[0].likeness == first.likeness


def test_what_it_cannot_read_stays_in_the_ranking() -> None:
    question = analyse("How many days of leave?", lambda _: 1, 100)
    hits = [hit("Leave is 26 days."), hit("Nghỉ phép năm là 14 ngày.", "vi")]
    ranked = reread(question, by_words(question, hits, selection_features, SELECTION))
    assert [match.likeness is None for match in ranked] == [False, True]
    assert likenesses(question, []) == []


def test_a_question_of_no_words_is_like_nothing() -> None:
    question = analyse("", lambda _: 1, 100)
    ranked = by_words(question, [hit("Leave is 26 days.")], selection_features, SELECTION)
    (found,) = likenesses(question, ranked)
    assert isinstance(found.likeness, Likeness)
    assert found.likeness.words == 0
    assert [len(near) for near in found.near] == [len(half) for half in found.halfway]


def test_the_innermost_heading_is_kept_whole_where_headings_are_long() -> None:
    words = encoder().words
    inner = [piece for pieces in words.tokens("May we visit the mill?") for piece in pieces]
    above = ["Questions that customers ask", "Tea, coffee and cocoa from our own two mills"]
    assert framed([*above, "May we visit the mill?"], words)[-len(inner) :] == inner
    assert framed(["May we visit the mill?"], words) == inner
    assert len(framed([*above, " ".join(above)], words)) == len(framed(above, words)) == 14
