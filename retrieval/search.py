"""Hybrid search: candidates by words and by vectors, ranked as one."""

from collections.abc import Callable

import numpy as np

from chorei.core import Hit
from chorei.retrieval import lexical
from chorei.retrieval.catalogue_reading import Reader
from chorei.retrieval.chroma import Vectors
from chorei.retrieval.embedding import Embedder
from chorei.retrieval.filters import EVERYTHING, Filter
from chorei.retrieval.fusion import hybrid_ranking
from chorei.retrieval.index import Nearest, VectorIndex

EXACT = 2_000
"""Up to so many passages are compared one by one, which is exact and faster than an index."""

EXACT_AT_FIRST = 20_000
"""The same for the first search of a process: importing and opening Chroma takes longer."""

# Candidates of each kind. Twice as many change the measures of evaluation/ by less than 0.004 and
# take half as long again.
_DEPTH = 20
_MOST = 1_000


def hybrid(
    view: Reader,
    index: VectorIndex,
    embedder: Embedder,
    query: str,
    k: int,
    where: Filter,
    frequency: Callable[[str], int],
) -> list[Hit]:
    """The k passages that fit a query best, best first.

    Args:
        view: A snapshot of the catalogue.
        index: The vector index.
        embedder: The library's embedder.
        query: What is looked for.
        k: Most hits to return.
        where: Restricts the documents.
        frequency: Number of passages that contain a word.
    """
    total = view.count()
    if k < 1 or not total or not query.strip():
        return []
    depth = max(_DEPTH, 2 * k)
    expression = lexical.expression(query, frequency)
    vector = np.asarray(embedder.embed_query_weighted(query, frequency, total), dtype=np.float32)
    few = EXACT_AT_FIRST if index.first_use() else EXACT
    if view.count(where) <= few:
        by_words = view.by_words(expression, depth, where) if expression else []
        by_vectors = _ranked(_compared(*view.vectors_where(where), vector), depth)
    else:
        # Both release the interpreter's lock, so they take the time of the slower one.
        ahead = index.nearest_ahead(vector, depth)
        by_words = view.by_words(expression, depth, where) if expression else []
        by_vectors = _nearest(view, index, ahead.result(), vector, depth, where)
    fused = hybrid_ranking(
        query,
        by_words,
        by_vectors,
        view.texts({*by_words, *by_vectors}),
        vector_weight=embedder.weight,
        k=k,
    )
    passages = view.passages(key for key, _ in fused)
    word_ranks, vector_ranks = (
        {key: rank for rank, key in enumerate(ranking, 1)} for ranking in (by_words, by_vectors)
    )
    return [
        Hit(
            passage=passages[key],
            score=score,
            lexical_rank=word_ranks.get(key),
            vector_rank=vector_ranks.get(key),
        )
        for key, score in fused
    ]


def _nearest(
    view: Reader, index: VectorIndex, nearest: Nearest, vector: Vectors, depth: int, where: Filter
) -> list[int]:
    """Keys of the nearest passages that the filter admits, best first."""
    wanted = depth
    while True:
        admitted = view.admitted((key for key, _ in nearest.found), where)
        if len(admitted) >= depth or nearest.exhausted or wanted >= _MOST:
            break
        wanted = min(_MOST, 4 * wanted)
        nearest = index.nearest(vector, wanted)
    found = [(key, similarity) for key, similarity in nearest.found if key in admitted]
    rest = sum(view.count_between(*between, most=EXACT + 1) for between in nearest.uncovered)
    if rest > EXACT:
        index.follow_in_background()
    elif rest:
        for between in nearest.uncovered:
            pairs = _compared(*view.vectors(*between, limit=EXACT), vector)
            if where != EVERYTHING:
                inside = view.admitted((key for key, _ in pairs), where)
                pairs = [pair for pair in pairs if pair[0] in inside]
            found += pairs
    return _ranked(found, depth)


def _compared(keys: list[int], vectors: Vectors, vector: Vectors) -> list[tuple[int, float]]:
    return list(zip(keys, (vectors @ vector).tolist(), strict=True))


def _ranked(pairs: list[tuple[int, float]], depth: int) -> list[int]:
    return [key for key, _ in sorted(pairs, key=lambda pair: -pair[1])[:depth]]
