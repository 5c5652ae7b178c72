"""The training of the judge: what it learns from, and that what is trained is what is run."""

import importlib.util
from typing import Any

import numpy as np
import pytest

if importlib.util.find_spec("torch") is None:
    pytest.skip("needs the extra local", allow_module_level=True)

import torch

from chorei.agent.reader import judge
from chorei.agent.reader.likeness import Compared
from chorei.agent.reader.matching import Likeness
from chorei.evaluation.exercises import Exercise
from chorei.evaluation.judging import Judge, chosen, loss_of, report, train

WIDTH = 384


def compared(draw: np.random.Generator, asked: int = 5, found: int = 9) -> Compared:
    def rows(*shape: int) -> Any:
        return draw.normal(size=shape).astype(np.float32)

    near = abs(rows(asked)), abs(rows(found))
    return Compared(Likeness(0, 0, 0, 0, 0), (rows(asked, WIDTH), rows(found, WIDTH)), 3, near)


def exercise(good: list[bool], *, answerable: bool = True, seed: int = 0) -> Exercise:
    draw = np.random.default_rng(seed)
    return Exercise(
        [compared(draw, found=7 + i) for i in range(len(good))],
        -np.arange(len(good), dtype=np.float32),
        np.array(good),
        np.array(good),
        answerable,
        apart=False,
    )


def test_what_is_trained_is_what_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    model = Judge().eval()
    with torch.inference_mode():
        for mark in (model.part, model.near):
            mark.copy_(torch.randn(mark.shape) / 10)
    readings = exercise([False] * 5).readings
    weights = model.tensors()
    monkeypatch.setattr(judge, "judge", lambda: weights)
    with torch.inference_mode():
        wanted = model.judged(readings).tolist()
    np.testing.assert_allclose(judge.judgements(readings), wanted, atol=1e-4)


def test_an_exercise_shows_what_answers_and_what_comes_near() -> None:
    draw = np.random.default_rng(0)
    shown = [chosen(exercise([False] * 4 + [True] + [False] * 9), draw) for _ in range(200)]
    withheld = [units for units in shown if 4 not in units]
    assert 0.05 < len(withheld) / len(shown) < 0.3
    assert all(len(set(units)) == len(units) == 5 for units in shown)
    assert all(set(units) >= {0, 1, 2} for units in shown)


def test_the_loss_wants_the_good_unit_or_none() -> None:
    model = Judge().eval()
    with torch.inference_mode():
        model.head.bias.fill_(9.0)
        units = list(range(4))
        sure_and_good = loss_of(model, [(exercise([True] * 4), units)])
        sure_and_none = loss_of(model, [(exercise([False] * 4, answerable=False), units)])
    assert sure_and_good < 0.01
    assert sure_and_none > 5


def test_training_learns() -> None:
    taught = [exercise([i == k for i in range(4)], seed=k) for k in range(4)]
    model = train(taught, epochs=30)
    assert "first 25.0% before, 100.0% after" in report(
        model, [*taught, exercise([False] * 3, answerable=False, seed=7)]
    )
