"""Writing down what the base says, before anything of it is trained."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import Tensor

from chorei.adapters.training.masking import IGNORED, Tokenized
from chorei.adapters.training.objective import logits_at
from chorei.adapters.training.teacher import Teacher

_KEPT: Final = 64
_BATCH: Final = 8


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
def listen(
    model: Any,
    records: Sequence[Tokenized],
    chosen: Sequence[int],
    collate: Callable[[Sequence[dict[str, Any]]], dict[str, Any]],
    *,
    bfloat16: bool,
) -> Teacher:
    """The distribution of a model at each place of some records where there is loss.

    Args:
        model: The base, on its device.
        records: All training records.
        chosen: The numbers of those to listen to, at least one.
        collate: Lays out a batch.
        bfloat16: Whether to compute in bfloat16.
    """
    training = model.training
    model.eval()
    tokens, log_probs, starts, row = list[Tensor](), list[Tensor](), dict[int, int](), 0
    with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=bfloat16):
        for start in range(0, len(chosen), _BATCH):
            numbers = chosen[start : start + _BATCH]
            inputs = collate([records[number].model_dump() for number in numbers])
            labels = inputs.pop("labels").to(model.device)
            given = {
                name: value.to(model.device) if isinstance(value, Tensor) else value
                for name, value in inputs.items()
            }
            logits = logits_at(model, given, labels).float()
            found = logits.log_softmax(1).topk(min(_KEPT, logits.shape[1]))
            tokens.append(found.indices)
            log_probs.append(found.values)
            for number in numbers:
                starts[number] = row
                row += sum(label != IGNORED for label in records[number].labels)
    model.train(training)
    return Teacher(torch.cat(tokens), torch.cat(log_probs), starts)
