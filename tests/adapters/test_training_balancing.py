"""Shares of a step: the same records as without them, and alike long."""

import importlib.util
from types import SimpleNamespace

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


@pytest.mark.parametrize(("processes", "balanced"), [("1", False), ("2", True)])
def test_several_processes_take_such_shares(
    processes: str, balanced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("trl") is None:
        pytest.skip("needs the extra train")
    from datasets import Dataset

    from chorei.adapters.training.trainer import AdapterTrainer

    monkeypatch.setenv("WORLD_SIZE", processes)
    trainer = AdapterTrainer.__new__(AdapterTrainer)
    trainer.args = SimpleNamespace(
        per_device_train_batch_size=2, data_seed=7, train_sampling_strategy="random"
    )
    trainer.train_dataset = Dataset.from_list([{"input_ids": [0] * n} for n in (9, 1, 1, 9)])
    sampler = trainer._get_train_sampler()
    assert isinstance(sampler, BalancedSampler) is balanced
    if balanced:
        first, second, third, fourth = sampler
        assert {first, second} in ({0, 1}, {0, 2}, {3, 1}, {3, 2})
        assert {first, second, third, fourth} == {0, 1, 2, 3}
