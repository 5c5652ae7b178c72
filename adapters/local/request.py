"""One generation: what is asked for, and the text that comes back."""

import asyncio
import queue
import random
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from chorei.adapters.local.text import Decoder, Detokenizer
from chorei.adapters.stops import StopStrings
from chorei.core.errors import ChoreiError, ModelTimeoutError

Finish = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen; every value is set.

    Attributes:
        temperature: 0 is greedy.
        top_p: 1 for all tokens.
        top_k: 0 for all tokens.
        min_p: 0 for all tokens.
        repetition_penalty: 1 for none.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    @property
    def plain(self) -> bool:
        """Whether the next token is simply the most probable one."""
        return self.temperature == 0 and self.repetition_penalty == 1.0


@dataclass
class Request:
    """One generation that the engine is to do, or is doing.

    Attributes:
        prompt: The tokens of the prompt.
        sampling: How tokens are chosen.
        max_new_tokens: Most tokens to write.
        stop: Strings at which it ends.
        stop_tokens: Tokens at which it ends.
        adapter: Name of the adapter, or None for the base model.
        seed: Seed of the sampling; None for another text each time.
        slot: The adapter's name inside PEFT; the engine fills it in.
        finish: Why it ended; None while it runs.
        tokens: What was written so far.
        remembered: Tokens of the prompt that had been read before.
    """

    prompt: list[int]
    sampling: Sampling
    max_new_tokens: int
    stop: tuple[str, ...] = ()
    stop_tokens: frozenset[int] = frozenset()
    adapter: str | None = None
    seed: int | None = None
    slot: str | None = None
    finish: Finish | None = None
    tokens: list[int] = field(default_factory=list)
    remembered: int = 0
    emit: Callable[[str | ChoreiError | None], None] = lambda _: None
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _shown: int = 0

    def begin(self, tokenizer: Decoder) -> None:
        """Prepare for the first token."""
        self.random = random.Random(self.seed)  # noqa: S311
        self._text = Detokenizer(tokenizer)
        self._stops = StopStrings(self.stop)

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the rest."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop after the token that is being computed."""
        self._cancelled.set()

    def accept(self, token: int) -> bool:
        """Take the next token and show what it writes; True if it was the last one."""
        return self.take(token) or self.show()

    def take(self, token: int) -> bool:
        """Take the next token; True if it was the last one, and then all is shown."""
        self.tokens.append(token)
        stops = token in self.stop_tokens
        if not stops and len(self.tokens) < self.max_new_tokens:
            return False
        if not self.show():
            self._end("stop" if stops else "length")
        return True

    def show(self) -> bool:
        """Show what the tokens write that are not shown yet; True if a stop string ends it."""
        for token in self.tokens[self._shown :]:
            self._shown += 1
            if token in self.stop_tokens:
                break
            self._show(self._stops.add(self._text.add(token)))
            if self._stops.found:
                # What was taken since then is not part of the answer.
                del self.tokens[self._shown :]
                return self._end("stop")
        return False

    def fail(self, error: ChoreiError) -> None:
        """End with an error."""
        self.finish = "cancelled"
        self.emit(error)

    def abandon(self) -> None:
        """End because it was cancelled."""
        self.finish = "cancelled"
        self.emit(None)

    def _end(self, finish: Finish) -> bool:
        self.finish = finish
        rest = self._text.finish()
        self._show(self._stops.add(rest) + self._stops.finish())
        self.emit(None)
        return True

    def _show(self, text: str) -> None:
        if text:
            self.emit(text)


def pieces(request: Request, submit: Callable[[Request], None], *, seconds: float) -> Iterator[str]:
    """Run a request and give its text as it comes; closing the iterator cancels it.

    Args:
        request: What to generate.
        submit: Hands it to the engine.
        seconds: Most time that it may take in all.

    Raises:
        ModelError: What went wrong in the engine.
        ModelTimeoutError: It took longer.
    """
    arrived: queue.SimpleQueue[str | ChoreiError | None] = queue.SimpleQueue()
    request.emit = arrived.put
    deadline = time.monotonic() + seconds
    submit(request)
    try:
        while True:
            try:
                item = arrived.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise _too_slow(request, seconds) from None
            if item is None:
                return
            if isinstance(item, ChoreiError):
                raise item
            yield item
    finally:
        request.cancel()


async def async_pieces(
    request: Request, submit: Callable[[Request], None], *, seconds: float
) -> AsyncIterator[str]:
    """As :func:`pieces`, without blocking the event loop; cancelling the task cancels it."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[str | ChoreiError | None] = asyncio.Queue()

    def emit(item: str | ChoreiError | None) -> None:
        try:
            loop.call_soon_threadsafe(arrived.put_nowait, item)
        except RuntimeError:
            # The loop was closed while the last token was computed: nobody listens any more.
            request.cancel()

    request.emit = emit
    try:
        async with asyncio.timeout(seconds):
            submit(request)
            while (item := await arrived.get()) is not None:
                if isinstance(item, ChoreiError):
                    raise item
                yield item
    except TimeoutError:
        raise _too_slow(request, seconds) from None
    finally:
        request.cancel()


def _too_slow(request: Request, seconds: float) -> ModelTimeoutError:
    return ModelTimeoutError(
        f"The model wrote {len(request.tokens)} tokens in {seconds:.3g} s and was not done.",
        hint="Allow more time, ask for fewer tokens, or use a smaller model.",
    )
