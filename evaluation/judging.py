"""Trains the reader's judge: ``python -m chorei.evaluation.judging`` (needs the extra ``local``).

What the judge goes on with, the encoder halfway, stays as it is. The upper layers begin as the
encoder's own and are trained on the units that the encoder reads for each question: that one of
those that state the answer is chosen, or none where none does (as the answer and its absence
compete in Zhang et al. 2020, https://arxiv.org/abs/2001.09694). About 45 minutes on one core.
The one that is shipped was trained so, three epochs, on 2,194 authored questions and, in place of
``abstention-en``, on 908 over the paragraphs of XQuAD (not its test half) and TAT-QA.
"""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from chorei.agent.reader import judge
from chorei.agent.reader.encoder import HALFWAY
from chorei.agent.reader.likeness import FILE, Compared
from chorei.agent.reader.shipped import unpacked
from chorei.evaluation.asked import all_asked
from chorei.evaluation.cases import library
from chorei.evaluation.encoder import write
from chorei.evaluation.exercises import Exercise, exercises

TAUGHT: Final = ("authored", "abstention-en")
_CANDIDATES: Final = 5
_TOGETHER: Final = 8  # questions of a step
_PIECE: Final = 16  # pairs that are padded to one length
_GOOD: Final = 2  # units of a question that state the answer, at most
_WITHHELD: Final = 0.15  # questions from which what answers is taken away
_PRIOR: Final = 0.4  # what the order counts that the judge is to improve on
_RATE: Final = 1e-4
_FRESH: Final = 1e-3  # for what does not come from the encoder
_WARM: Final = 0.06  # of the steps
_LAYERS: Final = ("qkv", "mixed", "wide", "narrow")
_NONE: Final = -1e4

Matrix = npt.NDArray[np.float32]


class Layer(nn.Module):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """A layer as :func:`chorei.agent.reader.encoder.layer` computes it."""

    def __init__(self, weights: dict[str, Matrix], name: str, dropout: float = 0.1) -> None:
        super().__init__()
        self.dropout = dropout
        self.heads = weights[f"{name}mixed"].shape[0] // 32
        self.linear = nn.ModuleDict(
            {part: _linear(weights[name + part], weights[f"{name}{part}.bias"]) for part in _LAYERS}
        )
        self.normal = nn.ModuleList(map(_normal, (weights[f"{name}normal.{i}"] for i in range(2))))

    def forward(self, x: Tensor, present: Tensor, *, first: bool) -> Tensor:
        """Shapes ``(pairs, length, width)`` and ``(pairs, length)``."""
        pairs, length, width = x.shape
        split = self.linear["qkv"](x).view(pairs, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = split
        if first:
            q, x = q[:, :, :1], x[:, :1]
        rate = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(q, k, v, present[:, None, None], rate)
        mixed = self.linear["mixed"](mixed.transpose(1, 2).reshape(pairs, -1, width))
        x = self.normal[0](x + functional.dropout(mixed, self.dropout, self.training))
        wide = functional.gelu(self.linear["wide"](x), approximate="tanh")
        wide = self.linear["narrow"](wide)
        found: Tensor = self.normal[1](x + functional.dropout(wide, self.dropout, self.training))
        return found


def _linear(matrix: Matrix, bias: Matrix) -> nn.Linear:
    linear = nn.Linear(*matrix.shape)
    linear.weight.data.copy_(torch.from_numpy(matrix.T))
    linear.bias.data.copy_(torch.from_numpy(bias))
    return linear


def _normal(both: Matrix) -> nn.LayerNorm:
    normal = nn.LayerNorm(both.shape[1], eps=1e-12)
    normal.weight.data.copy_(torch.from_numpy(both[0]))
    normal.bias.data.copy_(torch.from_numpy(both[1]))
    return normal


class Judge(nn.Module):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """What :mod:`chorei.agent.reader.judge` runs."""

    def __init__(self) -> None:
        super().__init__()
        weights = unpacked(FILE)
        numbers = [n for n in range(99) if f"{n}.qkv" in weights][HALFWAY:]
        width = weights["normal"].shape[1]
        self.part = nn.Parameter(torch.zeros(3, width))
        self.near = nn.Parameter(torch.zeros(3, width))
        self.layers = nn.ModuleList(Layer(weights, f"{number}.") for number in numbers)
        self.head = nn.Linear(width, 1)
        nn.init.normal_(self.head.weight, 0, 0.02)
        nn.init.constant_(self.head.bias, -0.5)

    def forward(self, readings: Sequence[Compared]) -> Tensor:
        """Shape ``(pairs,)``."""
        length = max(sum(map(len, reading.halfway)) for reading in readings)
        width = self.part.shape[1]
        x = np.zeros((len(readings), length, width), np.float32)
        part = np.zeros((len(readings), length), np.int64)
        near = np.zeros((len(readings), length, 1), np.float32)
        present = np.zeros((len(readings), length), np.bool_)
        for i, reading in enumerate(readings):
            asked, end = len(reading.halfway[0]), sum(map(len, reading.halfway))
            x[i, :end] = np.concatenate(reading.halfway)
            near[i, :end, 0] = np.concatenate(reading.near)
            part[i, asked:] = 1
            part[i, asked + reading.start :] = 2
            present[i, :end] = True
        kinds = torch.from_numpy(part)
        joined = torch.from_numpy(x) + self.part[kinds]
        joined = joined + torch.from_numpy(near) * self.near[kinds]
        mask = torch.from_numpy(present)
        for number, layer in enumerate(self.layers, 1):
            joined = layer(joined, mask, first=number == len(self.layers))
        worth: Tensor = self.head(functional.dropout(joined[:, 0], 0.1, self.training))[:, 0]
        return worth

    def judged(self, readings: Sequence[Compared]) -> Tensor:
        """The same, padded in small groups of like length."""
        order = sorted(range(len(readings)), key=lambda i: len(readings[i].halfway[1]))
        groups = [order[at : at + _PIECE] for at in range(0, len(order), _PIECE)]
        found = torch.cat([self([readings[i] for i in group]) for group in groups])
        return found[torch.from_numpy(np.argsort(order))]

    def tensors(self) -> dict[str, Matrix]:
        """The weights as :func:`chorei.agent.reader.judge.judgements` wants them."""
        found: dict[str, Tensor] = {"part": self.part, "near": self.near}
        found |= {"head": self.head.weight.T, "head.bias": self.head.bias}
        state = self.layers.state_dict()
        for i in range(len(self.layers)):
            for part in _LAYERS:
                found[f"{i}.{part}"] = state[f"{i}.linear.{part}.weight"].T
                found[f"{i}.{part}.bias"] = state[f"{i}.linear.{part}.bias"]
            for j in range(2):
                normal = f"{i}.normal.{j}"
                both = state[f"{normal}.weight"], state[f"{normal}.bias"]
                found[normal] = torch.stack(both)
        return {name: tensor.detach().numpy() for name, tensor in found.items()}


def loss_of(model: Judge, some: Sequence[tuple[Exercise, Sequence[int]]]) -> Tensor:
    """The negative log-probability of what should be chosen, on average over the questions.

    Args:
        model: The judge.
        some: Questions, each with the numbers of some of its units.
    """
    worth = model.judged([exercise.readings[i] for exercise, units in some for i in units])
    losses = []
    parts = torch.split(worth, [len(units) for _, units in some])
    for part, (exercise, units) in zip(parts, some, strict=True):
        chances = torch.cat(
            (part + _PRIOR * torch.from_numpy(exercise.behind[units]), part.new_zeros(1))
        )
        good = exercise.good[units]
        wanted = torch.from_numpy(np.append(good, not good.any()))
        odds = torch.log_softmax(chances, dim=0)
        losses.append(-torch.logsumexp(odds.masked_fill(~wanted, _NONE), dim=0))
    return torch.stack(losses).mean()


def chosen(exercise: Exercise, draw: np.random.Generator) -> list[int]:
    """Units of a question for one step: some that answer, the nearest others, and a few more."""
    numbers = np.arange(len(exercise.good))
    if exercise.answerable and draw.random() < _WITHHELD:
        numbers = numbers[~exercise.fitting & ~exercise.good]
    good = numbers[exercise.good[numbers]][:_GOOD]
    others = numbers[~exercise.good[numbers]]
    wanted = _CANDIDATES - len(good)
    near = wanted - wanted // 3
    more = draw.permutation(others[near:])[: wanted - near]
    return [int(i) for i in (*good, *others[:near], *more)]


def train(taught: Sequence[Exercise], epochs: int) -> Judge:
    """Train a judge.

    Args:
        taught: What it learns from.
        epochs: How often it sees each.
    """
    torch.manual_seed(0)
    draw = np.random.default_rng(0)
    model = Judge()
    model.train()
    named = list(model.named_parameters())
    kept = [p for name, p in named if name.startswith("layers") and p.ndim > 1]
    plain = [p for name, p in named if name.startswith("layers") and p.ndim == 1]
    fresh = [p for name, p in named if not name.startswith("layers")]
    groups = [
        {"params": kept, "weight_decay": 0.01, "peak": _RATE},
        {"params": plain, "weight_decay": 0.0, "peak": _RATE},
        {"params": fresh, "weight_decay": 0.0, "peak": _FRESH},
    ]
    optimizer = torch.optim.AdamW(groups, lr=_RATE)
    steps = epochs * -(-len(taught) // _TOGETHER)
    orders = np.concatenate([draw.permutation(len(taught)) for _ in range(epochs)])
    for step, batch in enumerate(np.array_split(orders, steps)):
        spent = step / steps
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(1.0, spent / _WARM + 0.02) * (1 - spent)
        some = [(taught[i], chosen(taught[i], draw)) for i in batch]
        loss = loss_of(model, [(exercise, units) for exercise, units in some if units])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 99:
            print(f"{spent:4.0%}  step {step + 1}  loss {loss.item():.3f}", flush=True)
    model.eval()
    return model


@torch.inference_mode()  # type: ignore[untyped-decorator, unused-ignore]
def report(model: Judge, seen: Sequence[Exercise]) -> str:
    """How often the first unit answers, before and after, and how well declining is told."""
    before, after, best, answers = [], [], [], []
    for exercise in seen:
        worth = model.judged(exercise.readings).numpy()
        best.append(float(worth.max()))
        answers.append(bool(exercise.good.any()))
        if exercise.answerable:
            before.append(bool(exercise.good[0]))
            after.append(bool(exercise.good[np.argmax(worth + _PRIOR * exercise.behind)]))
    told, right = np.array(best), np.array(answers)
    area = float((told[right][:, None] > told[~right][None]).mean())
    return (
        f"{len(before)} questions: first {np.mean(before):.1%} before, {np.mean(after):.1%} after; "
        f"area {area:.3f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Collect, train, report, write."""
    parser = argparse.ArgumentParser(prog="chorei.evaluation.judging", description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder in which libraries are kept")
    parser.add_argument("--epochs", type=int, default=3, help="how often each question is seen")
    parser.add_argument("--file", type=Path, default=judge.FILE)
    options = parser.parse_args(arguments)
    seen: list[Exercise] = []
    with ExitStack() as stack:
        kept = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in TAUGHT:
            with library(name, kept) as opened:
                seen += exercises(all_asked(name, opened))
            print(f"{name}: {len(seen)} questions so far", flush=True)
    model = train([exercise for exercise in seen if not exercise.apart], options.epochs)
    print(report(model, [exercise for exercise in seen if exercise.apart]))
    write(model.tensors(), (), options.file)


if __name__ == "__main__":
    main()
