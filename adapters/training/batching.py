"""Batches without waste: what all records begin with is computed once.

Short records of one company share the system message and the template's opening, often a third of
their tokens. A batch is laid out as one row: the shared prefix, then the rest of each record; each
token sees the prefix and its own record only, at the positions it would have alone. The loss is the
same as that of the padded batch, term for term (compare arXiv 2506.05433).
"""

import itertools
from collections.abc import Sequence
from typing import Any

import torch

from chorei.adapters.training.masking import IGNORED
from chorei.adapters.training.sharing import layout

# Decoders whose every layer sees the whole past, so that a row of several records is exact.
_FULL_ATTENTION = frozenset({"llama", "mistral", "qwen2", "qwen3", "smollm3"})


def rows_mix(model: Any) -> bool:
    """Whether a row of a model can hold several records, each of which sees its own past only."""
    text = model.config.get_text_config()
    whole = not getattr(text, "use_sliding_window", False)
    return text.model_type in _FULL_ATTENTION and whole


class SharedPrefixCollator:
    """Makes batches of tokenised records.

    Args:
        pad: Token to pad with where prefixes are not shared.
        share: Whether the model can be given such a row (it must see the whole past in each layer
            and attend as :mod:`~chorei.adapters.training.sharing` does).

    Attributes:
        tokens: Tokens of the records laid out so far, padding and repeated prefixes not counted.
        computed: Positions that were computed for them.
    """

    def __init__(self, pad: int, *, share: bool) -> None:
        self._pad = pad
        self._share = share
        self.tokens = 0
        self.computed = 0

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Lay out one batch: ``input_ids``, ``labels``, shape (rows, length), and for attention.

        ``teacher`` is laid out as ``labels`` are, if the records have it.
        """
        prefix = _shared_prefix(examples) if self._share else 0
        lengths = [len(example["input_ids"]) for example in examples]
        shared = self._share and len(examples) > 1
        batch = self._row(examples, prefix) if shared else self._padded(examples)
        self.tokens += sum(lengths)
        self.computed += batch["input_ids"].numel()
        return batch

    def _row(self, examples: Sequence[dict[str, Any]], prefix: int) -> dict[str, torch.Tensor]:
        rests = [example["input_ids"][prefix:] for example in examples]
        ids = [*examples[0]["input_ids"][:prefix], *itertools.chain.from_iterable(rests)]
        ends = (range(prefix, prefix + len(rest)) for rest in rests)
        positions = [*range(prefix), *itertools.chain.from_iterable(ends)]
        batch = {
            "input_ids": torch.tensor([ids]),
            "labels": torch.tensor([_tail(examples, "labels", prefix)]),
            "position_ids": torch.tensor([positions]),
            **layout(prefix, [len(rest) for rest in rests]),
        }
        if "teacher" in examples[0]:
            batch["teacher"] = torch.tensor([_tail(examples, "teacher", prefix)])
        return batch

    def _padded(self, examples: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        longest = max(len(example["input_ids"]) for example in examples)

        def filled(name: str, value: int) -> torch.Tensor:
            return torch.tensor([[*e[name], *[value] * (longest - len(e[name]))] for e in examples])

        lengths = torch.tensor([len(example["input_ids"]) for example in examples])
        batch = {
            "input_ids": filled("input_ids", self._pad),
            "labels": filled("labels", IGNORED),
            "attention_mask": (torch.arange(longest)[None, :] < lengths[:, None]).long(),
        }
        if "teacher" in examples[0]:
            batch["teacher"] = filled("teacher", -1)
        return batch


def _tail(examples: Sequence[dict[str, Any]], name: str, prefix: int) -> list[int]:
    """A column of all records end to end, behind what they share: there it says nothing."""
    blank = examples[0][name][:prefix]
    return [*blank, *itertools.chain.from_iterable(e[name][prefix:] for e in examples)]


def _shared_prefix(examples: Sequence[dict[str, Any]]) -> int:
    """Tokens that all begin with, short of the last before the first label of any.

    The last position of the prefix predicts a different token for each record, so no label may
    follow it directly.
    """
    limit = min(
        next(i for i, label in enumerate(example["labels"]) if label != IGNORED) - 1
        for example in examples
    )
    first = examples[0]["input_ids"]
    for place in range(max(limit, 0)):
        if any(example["input_ids"][place] != first[place] for example in examples[1:]):
            return place
    return max(limit, 0)
