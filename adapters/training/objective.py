"""The loss of a batch: tokens to learn, and places to leave as they are."""

from typing import Any

import torch
from torch import Tensor

from chorei.adapters.training.masking import IGNORED
from chorei.adapters.training.teacher import Teacher


def logits_at(model: Any, inputs: dict[str, Any], labels: Tensor) -> Tensor:
    """What a model predicts where there is loss, shape (places, vocabulary).

    Logits elsewhere are not computed for a batch of one row: a small model's vocabulary outweighs
    its layers.

    Args:
        model: The model.
        inputs: What it is given, without labels.
        labels: Shape (rows, length).
    """
    wanted = labels[:, 1:] != IGNORED
    # Several processes wrap the model once more.
    inner = getattr(model, "module", model)
    prompted = getattr(getattr(inner, "active_peft_config", None), "is_prompt_learning", False)
    if len(labels) == 1 and not prompted:
        places = wanted[0].nonzero()[:, 0]
        logits: Tensor = model(**inputs, use_cache=False, logits_to_keep=places).logits[0]
        return logits
    # Virtual tokens stand before the row, so it is counted from its end.
    found: Tensor = model(**inputs, use_cache=False).logits[:, -labels.shape[1] : -1][wanted]
    return found


def total_loss(
    model: Any,
    inputs: dict[str, Any],
    teacher: Teacher | None = None,
    weight: float = 1.0,
) -> tuple[Tensor, int]:
    """The summed loss of a batch and the number of places it is summed over.

    Args:
        model: The model.
        inputs: A batch as a collator lays it out: with ``labels``, and with ``teacher`` where
            records of it are to be left as they are.
        teacher: What the base says in those.
        weight: What their divergence counts.
    """
    labels = inputs["labels"]
    given = {name: value for name, value in inputs.items() if name not in ("labels", "teacher")}
    logits = logits_at(model, given, labels).float()
    wanted = labels[:, 1:] != IGNORED
    learned = labels[:, 1:][wanted]
    if teacher is None or "teacher" not in inputs:
        return torch.nn.functional.cross_entropy(logits, learned, reduction="sum"), len(learned)
    rows = inputs["teacher"][:, 1:][wanted]
    free = rows < 0
    loss = torch.nn.functional.cross_entropy(logits[free], learned[free], reduction="sum")
    return loss + weight * teacher.divergence(logits[~free], rows[~free]), len(learned)
