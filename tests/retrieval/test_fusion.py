import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.core import fold
from chorei.retrieval.fusion import hybrid_ranking, reciprocal_rank_fusion
from chorei.retrieval.rescoring import codes, ngram_scores


def test_reciprocal_ranks_add_up() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "c"]], weights=(1.0, 0.5), constant=10)
    assert [key for key, _ in fused] == ["b", "a", "c"]
    assert dict(fused) == pytest.approx({"a": 1 / 11, "b": 1 / 12 + 0.5 / 11, "c": 0.5 / 12})


def test_the_first_ranking_wins_a_tie_and_k_cuts() -> None:
    assert [key for key, _ in reciprocal_rank_fusion([["a"], ["b"]])] == ["a", "b"]
    assert len(reciprocal_rank_fusion([["a", "b", "c"]], k=2)) == 2
    assert reciprocal_rank_fusion([]) == []


def test_each_ranking_needs_its_weight() -> None:
    with pytest.raises(ValueError, match="zip"):
        reciprocal_rank_fusion([["a"], ["b"]], weights=(1.0,))


def test_ngrams_find_misspelt_unmarked_and_decomposed_words() -> None:
    scores = ngram_scores(
        "maternty laeve nghi phep",
        ["maternity leave", "Nghỉ phép", "Nghi\u0309 phe\u0301p", "travel expenses", "", "\0"],
    )
    assert min(scores[:3]) > 0 == max(scores[3:])
    assert scores[1] == pytest.approx(scores[2])


def test_ngrams_that_all_share_tell_little() -> None:
    texts = ["company policy on leave", "company policy on travel", "company policy on gifts"]
    scores = ngram_scores("company travel policy", texts)
    assert max(scores) == scores[1]


def test_ngrams_of_one_text_do_not_reach_into_the_next() -> None:
    assert ngram_scores("overtime", ["the over", "time is up"]) == ngram_scores(
        "overtime", ["the over ", "time is up "]
    )
    assert ngram_scores("x", []) == []
    assert ngram_scores("", ["text"]) == [0.0]


def test_hybrid_prefers_what_words_vectors_and_ngrams_agree_on() -> None:
    texts = {1: "parental leave", 2: "paid leave for parents", 3: "lunch menu"}
    fused = hybrid_ranking("parental leave", [2, 1, 3], [1, 3], texts, vector_weight=0.5)
    assert next(key for key, _ in fused) == 1
    assert {key for key, _ in fused} == {1, 2, 3}


def test_hybrid_leaves_out_what_has_no_text_and_takes_vectors_alone() -> None:
    fused = hybrid_ranking("lunch", [], [7, 8], {8: "lunch menu"}, vector_weight=0.1, k=5)
    assert [key for key, _ in fused] == [8]


_MARKS = "aÉắđß \n.\0\u0301\u0323Ωж漢😀\u2fff\u3000"


@given(st.lists(st.one_of(st.sampled_from(_MARKS), st.characters()), max_size=60).map("".join))
def test_codes_are_the_folded_letters_with_single_spaces(text: str) -> None:
    wanted = [ord(" ")]
    for character in text:
        plain = fold(character)[:1] or " "
        if ord(character) >= 0x3000:
            wanted.append(256 + ord(character) % 3840)
        elif character == "\0":
            wanted.append(0)
        elif unicodedata.combining(character):
            continue
        elif plain.isalnum():
            wanted.append(ord(plain) if ord(plain) < 4096 else 256 + ord(plain) % 3840)
        elif wanted[-1] != ord(" "):
            wanted.append(ord(" "))
    if wanted[-1] != ord(" "):
        wanted.append(ord(" "))
    assert codes(text).tolist() == wanted
