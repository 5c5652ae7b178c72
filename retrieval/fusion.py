"""Fusing rankings of different kinds into one."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from chorei.retrieval.rescoring import ngram_scores

K = TypeVar("K", bound=Hashable)

CONSTANT = 10.0
"""Flatness of the fusion; lower than the usual 60, since each ranking here is short."""

NGRAM_WEIGHT = 0.5
"""Weight of the ranking by shared character n-grams; that by words weighs 1."""

# Counting n-grams takes most of a search's time, and what is far down seldom comes to the top.
_RESCORED = 28
_FIRST_BY_WORDS = 20


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[K]],
    *,
    weights: Sequence[float] | None = None,
    constant: float = CONSTANT,
    k: int | None = None,
) -> list[tuple[K, float]]:
    """Rank keys by the sum over rankings of ``weight / (constant + rank)``, rank from 1.

    Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
    Rank Learning Methods", SIGIR 2009.

    Args:
        rankings: Keys, best first, each at most once in a ranking.
        weights: One weight per ranking; all 1 by default.
        constant: How little the first ranks stand out.
        k: Most results to return; all by default.

    Returns:
        Keys with their score, best first; ties in the order of first appearance.
    """
    scores: defaultdict[K, float] = defaultdict(float)
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, key in enumerate(ranking, start=1):
            scores[key] += weight / (constant + rank)
    return sorted(scores.items(), key=lambda item: -item[1])[:k]


def hybrid_ranking(
    query: str,
    by_words: Sequence[K],
    by_vectors: Sequence[K],
    texts: Mapping[K, str],
    *,
    vector_weight: float,
    k: int | None = None,
) -> list[tuple[K, float]]:
    """Fuse passages found by words and by vectors, the best also ranked by character n-grams.

    Args:
        query: What is looked for.
        by_words: Passages by bm25, best first.
        by_vectors: Passages by their vectors, best first.
        texts: The text of each of these passages; one without a text is left out.
        vector_weight: How much the vectors count (``Embedder.weight``); words count 1.
        k: Most results to return; all by default.

    Returns:
        Passages with their score, best first.
    """
    first = dict.fromkeys([*by_words[:_FIRST_BY_WORDS], *by_vectors])
    candidates = [key for key in first if key in texts][:_RESCORED]
    scores = dict(zip(candidates, ngram_scores(query, [texts[c] for c in candidates]), strict=True))
    rankings = [
        [key for key in by_words if key in texts],
        sorted(candidates, key=lambda key: -scores[key]),
        [key for key in by_vectors if key in texts],
    ]
    return reciprocal_rank_fusion(rankings, weights=(1.0, NGRAM_WEIGHT, vector_weight), k=k)
