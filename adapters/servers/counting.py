"""How many tokens a text has: by the server's own tokenizer where it matters, else estimated."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from chorei.adapters.servers.tokens import estimate_tokens
from chorei.core import ModelError

# A text that fills less of the context than this is not worth a question.
_SHARE: Final = 1 / 16
_LONG: Final = 256
# So many tokens of a kind of text are counted before the rest is estimated from them.
_SAMPLE: Final = 400
_SHORT: Final = 24
# What an estimate from counted texts is raised by, so that a budget is rather kept than broken.
_SPARE: Final = 1.1
_REMEMBERED: Final = 2048
# Seconds for which a server that did not answer is not asked again.
_SILENCE: Final = 30.0


class TokenCounter:
    """Counts the tokens of texts, asking the server seldom.

    Long texts are counted by the server, and so are the first texts of a kind (mostly ASCII, or
    not) until the estimate can be corrected by what was counted; every count is remembered. A
    server that cannot tell, or does not answer, leaves it to the estimate.

    Args:
        ask: The number of tokens by the server's tokenizer; raises a ``ModelError`` if it cannot.
        context: Most tokens of prompt and answer together, or None; must not ask the server.
    """

    def __init__(self, ask: Callable[[str], int], context: Callable[[], int | None]) -> None:
        self._ask = ask
        self._context = context
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, int] = OrderedDict()
        self._counted = {True: 0, False: 0}
        self._estimated = {True: 0, False: 0}
        self._silent_until = float("-inf")

    def count(self, text: str) -> int:
        """About the number of tokens; exact for long texts of a server that tells."""
        estimate = estimate_tokens(text)
        plain = sum(map(str.isascii, text)) > 0.9 * len(text)
        key = blake2b(text.encode(errors="replace"), digest_size=16).digest()
        with self._lock:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return known
            counted, estimated = self._counted[plain], self._estimated[plain]
        if self._worth_asking(estimate, estimated):
            try:
                found = self._ask(text)
            except ModelError:
                self._silent_until = time.monotonic() + _SILENCE
            else:
                self._learn(key, found, estimate, plain=plain)
                return found
        if not estimated:
            return estimate
        return math.ceil(estimate * counted / estimated * _SPARE)

    def _worth_asking(self, estimate: int, estimated: int) -> bool:
        if time.monotonic() < self._silent_until or estimate < _SHORT:
            return False
        context = self._context()
        return estimated < _SAMPLE or estimate >= (context * _SHARE if context else _LONG)

    def _learn(self, key: bytes, found: int, estimate: int, *, plain: bool) -> None:
        with self._lock:
            self._known[key] = found
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            self._counted[plain] += found
            self._estimated[plain] += estimate
