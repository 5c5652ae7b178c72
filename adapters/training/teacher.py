"""What the base model would say, token by token: the target of records that must not change.

Learning the base's answer as text pulls it towards one wording; staying near the base's own
distribution leaves everything else it might say as it was (Li and Hoiem, arXiv 1606.09282; Hinton
et al., 1503.02531). Only the most likely tokens of each place are kept, and the rest as one.
"""

import itertools
from typing import Final

from torch import Tensor

from chorei.adapters.training.masking import IGNORED, Tokenized

_KEPT: Final = 64
_TINY: Final = 1e-6


class Teacher:
    """The base's distribution at each place of some records where there is loss.

    Attributes:
        tokens: The most likely tokens, shape (places, kept).
        log_probs: Their logarithmic probabilities, as ``tokens``, in float32.
        starts: For each record by its number, the row of its first place.
    """

    def __init__(self, tokens: Tensor, log_probs: Tensor, starts: dict[int, int]) -> None:
        self.tokens = tokens
        self.log_probs = log_probs
        self.starts = starts

    def column(self, number: int, record: Tokenized) -> list[int]:
        """For each token of a record the row of its target here, -1 where there is none."""
        if number not in self.starts:
            return [-1] * len(record.labels)
        rows = itertools.count(self.starts[number])
        return [-1 if label == IGNORED else next(rows) for label in record.labels]

    def divergence(self, logits: Tensor, rows: Tensor) -> Tensor:
        """Sum of the Kullback–Leibler divergences of a model from the base.

        Args:
            logits: Of the model, shape (places, vocabulary), in float32.
            rows: The row of each place's target, shape (places).
        """
        tokens = self.tokens[rows.to(self.tokens.device)].to(logits.device)
        base = self.log_probs[rows.to(self.tokens.device)].to(logits.device)
        mine = logits.gather(1, tokens) - logits.logsumexp(1, keepdim=True)
        kept = base.exp() * (base - mine)
        rest, my_rest = (_rest(found) for found in (base, mine))
        return kept.sum() + (rest * (rest.log() - my_rest.log())).sum()


def _rest(log_probs: Tensor) -> Tensor:
    """The probability of all that is not kept."""
    return (1 - log_probs.exp().sum(1)).clamp(min=_TINY)
