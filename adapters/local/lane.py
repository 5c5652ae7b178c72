"""A batch of generations that share one key-value cache."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from chorei.adapters.local.prefixes import Prefix, placed
from chorei.adapters.local.request import Request
from chorei.adapters.local.sampling import next_tokens
from chorei.adapters.local.shelf import Layers
from chorei.core.errors import ChoreiError

# Prompts are read in stretches, so that others can write and a cancelled one stops in between.
STRETCH = 512

Forward = Callable[..., Any]


class Lane:
    """Rows padded on the left to a common length, that advance together.

    A step reads a stretch of the prompts, and once they are read writes one token to each row.
    Lanes that have read their prompts can be joined, and rows leave when they end, so requests
    share a batch without waiting for each other (iteration-level scheduling, Orca, OSDI 2022).

    Args:
        model: The transformers model, for its config and device.
        requests: One for each row.
        pad: A token to pad with; it is never attended to.
        known: For each row the beginning of its prompt that was read before; empty if for none.
        keep: Told of each prompt that was read: its adapter, its tokens, its keys and values.
    """

    def __init__(
        self,
        model: Any,
        requests: Sequence[Request],
        pad: int,
        *,
        known: Sequence[Prefix],
        keep: Callable[[str | None, list[int], Layers], None],
    ) -> None:
        self.requests = list(requests)
        self._keep_read = keep
        self._cache: Any = DynamicCache(config=model.config)
        width = max(len(r.prompt) for r in requests)
        padded = [[pad] * (width - len(r.prompt)) + r.prompt for r in requests]
        begin = self._begin(known, [width - len(r.prompt) for r in requests])
        # Tokens not read yet, and for every position, read or not, whether it is a real token.
        self._unread = torch.tensor(padded, device=model.device)[:, begin:]
        real = [[0] * (width - len(r.prompt)) + [1] * len(r.prompt) for r in requests]
        self._mask = torch.tensor(real, device=model.device)

    def _begin(self, known: Sequence[Prefix], padding: Sequence[int]) -> int:
        """Fill in what was read before; the first place that has to be read is returned."""
        if not known:
            return 0
        begin = min(p.length + empty for p, empty in zip(known, padding, strict=True))
        for number, (keys, values) in enumerate(placed(known, padding, begin)):
            self._cache.update(keys, values, number)
        for request, empty in zip(self.requests, padding, strict=True):
            request.remembered = max(0, begin - empty)
        return begin

    @property
    def slots(self) -> list[str | None]:
        """The adapter of each row."""
        return [request.slot for request in self.requests]

    @property
    def writing(self) -> bool:
        """Whether the prompts are read, and every step writes a token."""
        return bool(self._unread.shape[1] == 1 and self.requests and self.requests[0].tokens)

    def step(self, forward: Forward) -> None:
        """Read a stretch, and if nothing is left to read, write one token to each row.

        Args:
            forward: The model, called with ``slots`` (adapters of the rows) and what the
                model's own ``forward`` takes.
        """
        tokens = self._unread[:, :STRETCH]
        self._unread = self._unread[:, STRETCH:]
        seen = self._mask.shape[1] - self._unread.shape[1]
        mask = self._mask[:, :seen]
        output = forward(
            slots=self.slots,
            input_ids=tokens,
            # Without padding the mask says nothing, and attention without one is faster.
            attention_mask=mask if self._padded() else None,
            position_ids=(mask.cumsum(-1) - 1).clamp(min=0)[:, -tokens.shape[1] :],
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        if not self._unread.shape[1]:
            if not self.requests[0].tokens:
                self._remember()
            self._write(next_tokens(output.logits[:, -1], self.requests))

    def drop_cancelled(self) -> None:
        """Let go of the rows that nobody waits for."""
        if any(request.cancelled for request in self.requests):
            for request in self.requests:
                if request.cancelled:
                    request.abandon()
            self._keep([row for row, r in enumerate(self.requests) if not r.cancelled])

    def fail(self, error: ChoreiError) -> None:
        """End all rows with an error of chorei."""
        for request in self.requests:
            request.fail(error)
        self.requests = []

    def join(self, other: "Lane") -> None:
        """Take over the rows of another lane; both are writing, in a model that keeps all keys."""
        width = max(self._mask.shape[1], other._mask.shape[1])
        for mine, theirs in zip(self._cache.layers, other._cache.layers, strict=True):
            # The cache is one behind the mask: the newest token is not read yet.
            mine.keys = _stack(mine.keys, theirs.keys, width - 1)
            mine.values = _stack(mine.values, theirs.values, width - 1)
        mask = [_widen(m[:, None, :, None], width) for m in (self._mask, other._mask)]
        self._mask = torch.cat(mask)[:, 0, :, 0]
        self._unread = torch.cat([self._unread, other._unread])
        self.requests += other.requests

    def contents(self) -> tuple[Layers, list[int]]:
        """Keys and values of each layer, and for each row how many places on its left are empty."""
        layers = [(layer.keys, layer.values) for layer in self._cache.layers]
        width = self._mask.shape[1]
        return layers, [width - len(r.prompt) - len(r.tokens) for r in self.requests]

    def _remember(self) -> None:
        layers, padding = self.contents()
        for row, (request, empty) in enumerate(zip(self.requests, padding, strict=True)):
            place = slice(row, row + 1), slice(None), slice(empty, None)
            own = [(keys[place], values[place]) for keys, values in layers]
            self._keep_read(request.slot, request.prompt, own)

    def _padded(self) -> bool:
        shortest = min(len(r.prompt) + len(r.tokens) for r in self.requests)
        return int(self._mask.shape[1]) > shortest

    def _write(self, tokens: list[int]) -> None:
        self._unread = torch.tensor(tokens, device=self._mask.device).unsqueeze(-1)
        self._mask = torch.cat([self._mask, torch.ones_like(self._unread)], dim=-1)
        ended = [r.accept(t) for r, t in zip(self.requests, tokens, strict=True)]
        if any(ended):
            self._keep([row for row, end in enumerate(ended) if not end])

    def _keep(self, rows: list[int]) -> None:
        self.requests = [self.requests[row] for row in rows]
        if not rows:
            return
        index = torch.tensor(rows, device=self._mask.device)
        self._mask, self._unread = self._mask[index], self._unread[index]
        self._cache.batch_select_indices(index)
        if self.writing:
            self._trim()

    def _trim(self) -> None:
        """Cut the padding that all rows have in common."""
        width = max(len(r.prompt) + len(r.tokens) for r in self.requests)
        spare = self._mask.shape[1] - width
        if spare > 0:
            self._mask = self._mask[:, spare:]
            for layer in self._cache.layers:
                layer.keys = layer.keys[:, :, spare:]
                layer.values = layer.values[:, :, spare:]


def _stack(one: torch.Tensor, other: torch.Tensor, width: int) -> torch.Tensor:
    return torch.cat([_widen(one, width), _widen(other, width)])


def _widen(states: torch.Tensor, width: int) -> torch.Tensor:
    """Zeros on the left of (rows, heads, length, size), so that the length is ``width``."""
    return torch.nn.functional.pad(states, (0, 0, width - states.shape[2], 0))


def keeps_all(config: Any) -> bool:
    """Whether every layer of a model keeps all keys, so that rows can be padded and moved.

    Sliding windows and recurrent layers do not; such models get a lane for each request.
    """
    layers = DynamicCache(config=config).layers
    return all(type(layer) is DynamicLayer for layer in layers)


def score(
    model: Any,
    prompts: Sequence[list[int]],
    slots: Sequence[str | None],
    forward: Forward,
    pad: int,
) -> torch.Tensor:
    """Scores of the token after each prompt, shape (prompts, vocabulary), on the CPU."""
    width = max(map(len, prompts))
    tokens = [[pad] * (width - len(p)) + p for p in prompts]
    real = [[0] * (width - len(p)) + [1] * len(p) for p in prompts]
    mask = torch.tensor(real, device=model.device)
    output = forward(
        slots=list(slots),
        input_ids=torch.tensor(tokens, device=model.device),
        attention_mask=mask if any(len(p) < width for p in prompts) else None,
        position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
        use_cache=False,
        logits_to_keep=1,
    )
    scores: torch.Tensor = output.logits[:, -1].float().cpu()
    return scores
