"""Shares of a batch that take processes alike long; imports torch.

Processes that train together wait for the slowest at each step, and without padding a step takes as
long as its tokens are many. The records of each step stay the same, only who takes which is chosen.
"""

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler


class BalancedSampler(Sampler[int]):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """The random order of accelerate's ``SeedableRandomSampler``, dealt out anew within each step.

    Of every ``batch * processes`` numbers each ``batch`` in turn are those of one process.

    Args:
        lengths: Tokens of each record.
        batch: Records of a process and step.
        processes: How many train together.
        seed: Of the order.
    """

    def __init__(self, lengths: Sequence[int], *, batch: int, processes: int, seed: int) -> None:
        self._lengths = lengths
        self._batch = batch
        self._processes = processes
        self._seed = seed
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        order = torch.randperm(len(self), generator=generator).tolist()
        step = self._batch * self._processes
        for start in range(0, len(order), step):
            chosen = order[start : start + step]
            yield from self._dealt(chosen) if len(chosen) == step else chosen
        self._epoch += 1

    def set_epoch(self, epoch: int) -> None:
        """Which pass over the records comes next."""
        self._epoch = epoch

    def _dealt(self, chosen: Sequence[int]) -> Iterator[int]:
        """In turns, the longest first; then whatever swap helps the longest share most."""
        by_length = sorted(chosen, key=lambda i: -self._lengths[i])
        shares = [by_length[n :: self._processes] for n in range(self._processes)]

        def tokens(share: Sequence[int]) -> int:
            return sum(self._lengths[i] for i in share)

        while True:
            shares.sort(key=tokens)
            short, long = shares[0], shares[-1]
            apart = tokens(long) - tokens(short)
            # What is moved by a swap: half of what they are apart is best.
            swaps = [
                (abs(apart - 2 * (self._lengths[a] - self._lengths[b])), at, to)
                for at, a in enumerate(long)
                for to, b in enumerate(short)
            ]
            best, at, to = min(swaps)
            if best >= apart:
                break
            long[at], short[to] = short[to], long[at]
        for share in shares:
            yield from share
