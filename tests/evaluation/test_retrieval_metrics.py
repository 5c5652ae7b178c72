from math import log2
from pathlib import Path

import pytest

from chorei.evaluation.retrieval_collections import collections, halves
from chorei.evaluation.retrieval_metrics import hit, ndcg, reciprocal_rank

GAINS = {"a": 3, "b": 1, "c": 2}


def test_ndcg_by_hand() -> None:
    found = 1 / log2(2) + 0 / log2(3) + 3 / log2(4)
    ideal = 3 / log2(2) + 2 / log2(3) + 1 / log2(4)
    assert ndcg(["b", "x", "a"], GAINS) == pytest.approx(found / ideal)
    assert ndcg(["a", "c", "b"], GAINS) == pytest.approx(1)
    assert ndcg(["a", "c"], GAINS, at=1) == pytest.approx(1)


def test_nothing_found_or_nothing_to_find_is_zero() -> None:
    for measure in (ndcg, reciprocal_rank):
        assert measure([], GAINS) == 0
        assert measure(["x"], GAINS) == 0
    assert ndcg(["a"], {}) == 0
    assert ndcg(["a"], {"a": 0}) == 0


def test_hit_and_reciprocal_rank() -> None:
    assert hit(["x", "a"], GAINS, at=1) == 0
    assert hit(["x", "a"], GAINS, at=2) == 1
    assert hit(["z"], {"z": 0}, at=1) == 0
    assert reciprocal_rank(["x", "y", "b"], GAINS) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "y", "b"], GAINS, at=2) == 0


@pytest.mark.shared
def test_every_relevant_document_of_the_real_collections_exists(shared: Path) -> None:
    for collection in collections(shared):
        assert collection.queries
        for query in collection.queries:
            assert query.gains.keys() & collection.documents.keys()
        even, odd = halves(collection)
        assert len(even.queries) + len(odd.queries) == len(collection.queries)
