"""Leaves a server that keeps failing in peace for a while."""

import threading
import time
from collections.abc import Callable

from chorei.core import ModelUnavailableError


class CircuitBreaker:
    """Closed while a server answers; opens after failures in a row; then lets one probe through.

    Pattern: M. Nygard, *Release It!*, "Circuit Breaker". Safe to share between threads.

    Args:
        name: The server, for messages.
        threshold: Failed requests in a row that open it.
        cooldown: Seconds it stays open before one request may probe the server.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        threshold: int = 6,
        cooldown: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._threshold = threshold
        self._cooldown = cooldown
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether requests are refused now."""
        with self._lock:
            return self._opened is not None and self._clock() - self._opened < self._cooldown

    def enter(self) -> None:
        """Ask to send a request; each must be followed by one of the three below.

        Raises:
            ModelUnavailableError: It is open, or another request is probing.
        """
        with self._lock:
            if self._opened is None:
                return
            left = self._opened + self._cooldown - self._clock()
            if left <= 0 and not self._probing:
                self._probing = True
                return
        raise ModelUnavailableError(
            f"{self.name} failed {self._failures} times in a row and is not asked now.",
            hint=f"It is tried again in {max(left, 0.0):.0f} seconds.",
        )

    def succeed(self) -> None:
        """The server answered, be it with a refusal."""
        with self._lock:
            self._failures, self._opened, self._probing = 0, None, False

    def fail(self) -> None:
        """The server did not answer, or failed."""
        with self._lock:
            self._failures += 1
            if self._probing or self._failures >= self._threshold:
                self._opened, self._probing = self._clock(), False

    def abandon(self) -> None:
        """The request was given up by us; nothing was learnt about the server."""
        with self._lock:
            self._probing = False


_breakers: dict[str, CircuitBreaker] = {}
_registry = threading.Lock()


def breaker_for(address: str) -> CircuitBreaker:
    """The one breaker of this process for a server."""
    with _registry:
        return _breakers.setdefault(address, CircuitBreaker(f"The model server at {address}"))
