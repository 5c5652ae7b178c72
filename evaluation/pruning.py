"""Magnitude pruning, as an experiment: the smallest weights of the linear layers become zero.

After training, nothing is learned again (the first step of Han et al., arXiv 1506.02626). The
matrices stay dense, so neither file nor memory gets smaller, and without kernels for sparse
matrices nothing gets faster; GPUs of NVIDIA have such kernels for two zeros in four (Mishra et
al., arXiv 2104.08378).
"""

from typing import Any, Final

import torch
from torch import nn

PATTERNS: Final = ("pruned 30%", "pruned 50%", "pruned 2:4")


def prune(model: Any, pattern: str) -> float:
    """Prune the linear layers of a model in place, but not its output layer.

    Args:
        model: A transformers model.
        pattern: ``pruned N%``, of each matrix, or ``pruned 2:4``.

    Returns:
        Share of zeros in what was pruned.
    """
    amount = pattern.removeprefix("pruned ")
    zeros = weights = 0
    output = model.get_output_embeddings()
    for module in model.modules():
        if not isinstance(module, nn.Linear) or module is output:
            continue
        matrix = module.weight.detach()
        keep = (
            two_of_four(matrix)
            if amount == "2:4"
            else largest(matrix, 1 - float(amount[:-1]) / 100)
        )
        matrix.mul_(keep)
        zeros += int((~keep).sum())
        weights += keep.numel()
    return zeros / weights


def largest(matrix: torch.Tensor, share: float) -> torch.Tensor:
    """Where the largest weights of a matrix are, so many of them that they make up a share."""
    dropped = round(matrix.numel() * (1 - share))
    order = matrix.abs().flatten().argsort()
    keep = torch.ones(matrix.numel(), dtype=torch.bool)
    keep[order[:dropped]] = False
    return keep.view_as(matrix)


def two_of_four(matrix: torch.Tensor) -> torch.Tensor:
    """Where the two largest of each four neighbours in a row are.

    Args:
        matrix: Shape (rows, columns), the columns a multiple of four.
    """
    groups = matrix.abs().reshape(-1, 4)
    keep = torch.zeros_like(groups, dtype=torch.bool)
    keep.scatter_(1, groups.topk(2, dim=1).indices, True)
    return keep.view_as(matrix)
