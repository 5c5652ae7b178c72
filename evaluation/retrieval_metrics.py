"""How good a ranking is, from the gains of what should have been found."""

from collections.abc import Mapping, Sequence
from math import log2


def hit(ranking: Sequence[str], gains: Mapping[str, int], *, at: int) -> float:
    """1 if one of the first ``at`` is relevant, else 0."""
    return float(any(gains.get(key, 0) > 0 for key in ranking[:at]))


def reciprocal_rank(ranking: Sequence[str], gains: Mapping[str, int], *, at: int = 10) -> float:
    """1 / rank of the first relevant one among the first ``at``, 0 if there is none."""
    for rank, key in enumerate(ranking[:at], start=1):
        if gains.get(key, 0) > 0:
            return 1.0 / rank
    return 0.0


def ndcg(ranking: Sequence[str], gains: Mapping[str, int], *, at: int = 10) -> float:
    """Normalised discounted cumulative gain with linear gains, as trec_eval computes it.

    Järvelin and Kekäläinen, "Cumulated Gain-based Evaluation of IR Techniques", TOIS 20, 2002.
    """
    ideal = _discounted(sorted(gains.values(), reverse=True)[:at])
    return _discounted([gains.get(key, 0) for key in ranking[:at]]) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))
