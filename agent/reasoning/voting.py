"""Self-consistency: several samples, and the answer that most of them come to.

Wang et al., "Self-Consistency Improves Chain of Thought Reasoning in Language Models",
arXiv 2203.11171.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

from chorei.core import Frozen


class Vote(Frozen):
    """How a vote ended.

    Attributes:
        winner: Index of the first sample that holds the winning answer; None without a winner.
        votes: Samples that hold it, or the most that any answer has.
        counted: Samples that had an answer.
        samples: All samples.
    """

    winner: int | None
    votes: int
    counted: int
    samples: int


def majority(answers: Sequence[Hashable | None]) -> Vote:
    """The answer that more samples hold than any other.

    One sample alone needs no agreement. Of several, an answer wins with at least two votes and
    more than any other; a tie has no winner, because nothing speaks for one side.

    Args:
        answers: The answer of each sample in a form that compares equal; None for a sample
            that has none.
    """
    present = [answer for answer in answers if answer is not None]
    ranked = Counter(present).most_common(2)
    votes = ranked[0][1] if ranked else 0
    tied = len(ranked) > 1 and ranked[1][1] == votes
    decided = bool(ranked) and not tied and (votes > 1 or len(answers) == 1)
    return Vote(
        winner=answers.index(ranked[0][0]) if decided else None,
        votes=votes,
        counted=len(present),
        samples=len(answers),
    )
