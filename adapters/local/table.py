"""The answers that are being written, a row for each."""

from collections.abc import Callable
from typing import Any, Final

import torch

from chorei.adapters.local.captures import Captures
from chorei.adapters.local.lane import Lane
from chorei.adapters.local.loras import Loras
from chorei.adapters.local.request import Request
from chorei.adapters.local.sampling import next_tokens
from chorei.adapters.local.shelf import Shelf, decoding, mask, seats
from chorei.core.errors import ChoreiError

# Room for tokens comes in blocks of this size.
BLOCK: Final = 256
# Most tokens of room that are kept, with the captures for them, while nothing is written.
KEPT: Final = 32 * 1024


class Table:
    """Rows that each write a token at every step; they come and go as they like.

    Every row has a place of its own on a :class:`Shelf`, so joining copies only what joins and a
    token costs no copy of what was there before. On a GPU the step is captured and replayed: its
    shape depends only on how much room there is, which grows by doubling.

    Only the thread that runs the model may use it.

    Args:
        model: The transformers model.
        loras: Its adapters.
        captures: What captures a step, if anything does.
        most: Most rows.
    """

    def __init__(self, model: Any, loras: Loras, captures: Captures, most: int) -> None:
        self.requests: list[Request] = []
        self._model = model
        self._loras = loras
        self._captures = captures
        self._shelf: Shelf | None = None
        # Tokens and positions of the rows: what a step reads.
        self._inputs = torch.zeros((2, _power(most)), dtype=torch.long, device=model.device)
        self._version = loras.version

    @property
    def slots(self) -> list[str | None]:
        """The adapter of each row."""
        return [request.slot for request in self.requests]

    def takes(self, lane: Lane) -> bool:
        """Whether the rows of a lane that has read its prompts can write here."""
        return all(map(self._loras.seatable, lane.slots)) and seats(self._model, lane.contents()[0])

    def seat(self, lane: Lane) -> None:
        """Take over the rows of a lane that has read its prompts.

        Raises:
            torch.OutOfMemoryError: There is no room; the rows that are here are as they were.
        """
        layers, padding = lane.contents()
        row = len(self.requests)
        shelf = self._room(row + len(padding), max(map(_length, lane.requests)) + 1, layers)
        shelf.take(row, layers, padding)
        self._shelf = shelf
        self.requests += lane.requests
        lane.requests = []

    def step(self) -> None:
        """Write one token to each row."""
        self._grow()
        self._read_in()
        logits, best = self._captures.run(self._key(), self._work())
        # While a GPU computes, there is time to show what was written before.
        stopped = [request.show() for request in self.requests]
        rows = len(self.requests)
        if all(request.sampling.plain for request in self.requests):
            tokens = best[:rows].tolist()
        else:
            tokens = next_tokens(logits[:rows], self.requests)
        take = Request.take if self._captures.active else Request.accept
        ended = [
            stop or take(request, token)
            for stop, request, token in zip(stopped, self.requests, tokens, strict=True)
        ]
        self._leave([row for row, end in enumerate(ended) if end])

    def drop_cancelled(self) -> None:
        """Let go of the rows that nobody waits for."""
        gone = [row for row, request in enumerate(self.requests) if request.cancelled]
        for row in gone:
            self.requests[row].abandon()
        self._leave(gone)

    def fail(self, error: ChoreiError) -> None:
        """End all rows with an error of chorei."""
        for request in self.requests:
            request.fail(error)
        self.requests = []
        self._captures.clear()
        self._shelf = None

    def _read_in(self) -> None:
        rows, _ = self._shape()
        # Rows that are computed although nobody has them read and write their first place.
        free = [0] * (rows - len(self.requests))
        tokens = [request.tokens[-1] for request in self.requests]
        positions = [_length(request) for request in self.requests]
        self._inputs[:, :rows] = torch.tensor([tokens + free, positions + free])
        self._loras.seat(self.slots)
        if self._loras.version != self._version:
            self._captures.clear()
            self._version = self._loras.version

    def _shape(self) -> tuple[int, int]:
        """Rows that are computed, and tokens of each that are looked at."""
        assert self._shelf is not None
        if self._captures.active:
            return min(_power(len(self.requests)), self._shelf.rows), self._shelf.length
        return len(self.requests), max(map(_length, self.requests)) + 1

    def _key(self) -> tuple[int, int, bool]:
        return (*self._shape(), self._loras.seated_bare)

    def _work(self) -> Callable[[], tuple[torch.Tensor, torch.Tensor]]:
        """The step as a function of what lies in ``_inputs`` and on the shelf."""
        rows, visible = self._shape()
        shelf, model, inputs = self._shelf, self._model, self._inputs
        assert shelf is not None
        alike = not self._captures.active and len(set(map(_length, self.requests))) == 1

        def work() -> tuple[torch.Tensor, torch.Tensor]:
            tokens, positions = inputs[:, :rows]
            shelf.point(positions, visible)
            with decoding(model.config):
                output = self._loras.forward_seated(
                    input_ids=tokens.unsqueeze(-1),
                    # Attention without a mask is faster; where rows are alike it says nothing.
                    attention_mask=None if alike else mask(positions, visible, model.dtype),
                    position_ids=positions.unsqueeze(-1),
                    past_key_values=shelf,
                    use_cache=True,
                    logits_to_keep=1,
                )
            logits = output.logits[:, -1]
            return logits, logits.argmax(-1)

        return work

    def _room(self, rows: int, length: int, like: Any) -> Shelf:
        """A shelf with room for so many rows of so many tokens, with what is on it now."""
        shelf = self._shelf
        wanted_rows, wanted_length = self._sizes(rows, length)
        if shelf is None:
            self._captures.clear()
            return Shelf(wanted_rows, wanted_length, like)
        if rows <= shelf.rows and length <= shelf.length:
            return shelf
        self._captures.clear()
        return shelf.resized(
            max(wanted_rows, shelf.rows), max(wanted_length, shelf.length), len(self.requests)
        )

    def _sizes(self, rows: int, length: int) -> tuple[int, int]:
        blocks = -(-length // BLOCK)
        # A capture is bound to a size, so there should be few of them.
        return _power(rows), (_power(blocks) if self._captures.active else blocks) * BLOCK

    def _grow(self) -> None:
        assert self._shelf is not None
        longest = max(map(_length, self.requests)) + 1
        if longest > self._shelf.length:
            self._shelf = self._room(len(self.requests), longest, None)

    def _leave(self, gone: list[int]) -> None:
        """Close the gaps: the last rows move into the places of those that left."""
        for row in sorted(gone, reverse=True):
            last = self.requests.pop()
            if row < len(self.requests):
                assert self._shelf is not None
                self._shelf.move(len(self.requests), row, _length(last))
                self.requests[row] = last
        if not self.requests:
            self._clear()

    def _clear(self) -> None:
        """Give the memory back, unless it is little or captures are bound to it."""
        shelf = self._shelf
        if shelf and (not self._captures.active or shelf.rows * shelf.length > KEPT):
            self._captures.clear()
            self._shelf = None


def _length(request: Request) -> int:
    """Tokens of a row whose keys are known: all but the newest."""
    return len(request.prompt) + len(request.tokens) - 1


def _power(number: int) -> int:
    """The next power of two."""
    return 1 << (number - 1).bit_length()
