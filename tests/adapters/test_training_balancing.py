"""Shares of a step: the same records as without them, and alike long."""

import importlib.util

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("accelerate") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

from accelerate.data_loader import SeedableRandomSampler
from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.training.balancing import BalancedSampler


@given(
    lengths=st.lists(st.integers(1, 200), min_size=1, max_size=70),
    batch=st.integers(1, 5),
    processes=st.integers(2, 4),
    seed=st.integers(0, 5),
)
def test_each_step_has_the_records_that_it_would_have_had(
    lengths: list[int], batch: int, processes: int, seed: int
) -> None:
    plain = SeedableRandomSampler(lengths, data_seed=seed)
    balanced = BalancedSampler(lengths, batch=batch, processes=processes, seed=seed)
    assert len(balanced) == len(lengths)
    step = batch * processes
    for _ in range(2):
        before, after = list(plain), list(balanced)
        for start in range(0, len(lengths), step):
            assert sorted(before[start : start + step]) == sorted(after[start : start + step])
    balanced.set_epoch(0)
    plain.set_epoch(0)
    assert sorted(list(balanced)[:step]) == sorted(list(plain)[:step])


def test_shares_are_alike_long() -> None:
    lengths = list(range(20, 148))

    def waited(order: list[int]) -> float:
        """How much longer the longest share of each step is than the mean, in all."""
        sums = [sum(lengths[i] for i in order[at : at + 4]) for at in range(0, len(order), 4)]
        return sum(max(two) for two in zip(sums[::2], sums[1::2], strict=True)) / sum(sums) * 2

    assert waited(list(BalancedSampler(lengths, batch=4, processes=2, seed=3))) < 1.02
    assert waited(list(SeedableRandomSampler(lengths, data_seed=3))) > 1.08
