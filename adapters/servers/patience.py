"""How long a server is waited for, and how often it is asked."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Limits of one call; all times in seconds.

    A call is repeated only before its first token was delivered, and only for failures that
    may pass (see ``failures.passes``). The wait before a repetition is drawn uniformly from 0 to
    an exponentially growing bound ("full jitter", AWS Architecture Blog, "Exponential Backoff And
    Jitter", 2015), so that many clients do not come back at the same moment.

    Attributes:
        total: From the call to its last token, all tries together.
        connect: Until a connection stands.
        first_byte: Until a stream begins; an answer in one piece may take the whole total.
        between_bytes: Longest silence within a stream.
        tries: Most requests sent for one call.
        backoff: Bound of the first wait; it doubles with each try.
        longest_backoff: Bound of every wait.
    """

    total: float = 120.0
    connect: float = 5.0
    first_byte: float = 60.0
    between_bytes: float = 30.0
    tries: int = 3
    backoff: float = 0.25
    longest_backoff: float = 8.0

    def wait(self, tried: int, asked: float | None = None) -> float:
        """Seconds to wait after the ``tried``-th try (from 1).

        Args:
            tried: Tries so far.
            asked: What the server asked for (Retry-After), which is kept and jittered upwards.
        """
        bound = min(self.longest_backoff, self.backoff * 2 ** (tried - 1))
        jitter = random.uniform(0, bound)  # noqa: S311 - spreads load, no secret
        return jitter if asked is None else asked + min(jitter, self.backoff)
