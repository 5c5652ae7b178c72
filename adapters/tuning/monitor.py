"""Watches a preference tuning: margins, and the ways in which it goes wrong."""

import math
from typing import Any, ClassVar

from chorei.adapters.training.monitor import Monitor

# The better answers are this many nats per token less likely than before: both kinds of answer
# fall, the worse ones faster, and what is left is no language model.
LOST = 2.0
_PATIENCE = 3


class PreferenceMonitor(Monitor):
    """Follows a trainer of preferences.

    Its history holds at each step also ``margin`` (mean reward of the better answers less that of
    the worse ones), ``chosen`` and ``rejected`` (the two rewards, beta times the log-ratio to the
    reference) and, with DPO, ``accuracy`` (share of pairs with a margin above zero).

    Attributes:
        floor: Reward of the better answers below which they are being lost.
    """

    kept: ClassVar[dict[str, str]] = Monitor.kept | {
        "rewards/margins": "margin",
        "rewards/chosen": "chosen",
        "rewards/rejected": "rejected",
        "rewards/accuracies": "accuracy",
    }
    # The loss of a model that is its own reference: log 2 with DPO, a half with KTO.
    fine: ClassVar[float] = 0.5
    floor = -math.inf
    _lost = 0

    def hopeless(self, loss: float, args: Any, state: Any) -> str:
        """As for any training, and where the better answers are being lost with the worse."""
        # A batch of KTO may hold no better answer at all.
        reward = self.history[-1].get("chosen")
        if reward is not None:
            self._lost = self._lost + 1 if reward < self.floor else 0
        if reward is not None and self._lost >= _PATIENCE:
            return (
                f"the preferred answers are becoming ever less likely (reward {reward:.1f}) at step"
            )
        return super().hopeless(loss, args, state)
