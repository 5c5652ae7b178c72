"""Fused GPU kernels for norms, rotary positions and gated activations, where Liger is installed.

Liger-Kernel (Hsu et al., arXiv 2410.10989) is the optional extra ``gpu``: it needs Triton, and so
CUDA. Without it training is the same, and slower.
"""

import contextlib
import importlib.util
import sys
from collections.abc import Iterator
from typing import Any


def available() -> bool:
    """Whether Liger's kernels can be used."""
    import torch

    return torch.cuda.is_available() and importlib.util.find_spec("liger_kernel") is not None


@contextlib.contextmanager
def liger(model: Any) -> Iterator[None]:
    """Replace the small operations of a model by Liger's kernels.

    The layers of this model keep them; what Liger puts into the module of the architecture, which
    other models of this process share, is taken back when the block ends.

    Args:
        model: A transformers or PEFT model; one of an architecture that Liger does not know is
            left alone.
    """
    from liger_kernel.transformers import _apply_liger_kernel_to_instance

    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    shared = vars(sys.modules[type(plain).__module__])
    before = dict(shared)
    # The loss is computed by us, at the labels only.
    _apply_liger_kernel_to_instance(
        model=plain, fused_linear_cross_entropy=False, cross_entropy=False
    )
    try:
        yield
    finally:
        shared.update({name: before[name] for name in before if shared[name] is not before[name]})
