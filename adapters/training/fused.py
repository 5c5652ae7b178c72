"""LoRA linear layers with fewer passes over memory; imports torch and PEFT.

PEFT computes ``base(x) + lora_B(lora_A(x)) * scaling`` as separate operations, each of which reads
and writes the whole output. Here the update is added by the matrix product itself, forwards and
backwards, and of the activations only ``x`` and ``A x`` are kept. The gradients are the same (the
idea is Unsloth's).
"""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import torch
from peft.tuners.lora.layer import Linear as LoraLinear
from torch import Tensor
from torch.autograd.function import once_differentiable


class LoraProduct(torch.autograd.Function):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """``x W' + b + s (x A') B'`` with gradients for x, A and B; W and b are frozen."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        a: Tensor,
        b: Tensor,
        scaling: float,
    ) -> Tensor:
        """Compute the layer; all products are made in the weight's type.

        Args:
            ctx: Of autograd.
            x: Shape (…, in).
            weight: The frozen weight, shape (out, in).
            bias: The frozen bias, shape (out), if there is one.
            a: LoRA's A, shape (rank, in).
            b: LoRA's B, shape (out, rank).
            scaling: What the update is multiplied by.
        """
        rows = x.reshape(-1, x.shape[-1]).to(weight.dtype)
        down, up = a.to(rows.dtype), (b * scaling).to(rows.dtype)
        narrow = rows @ down.t()
        output = torch.nn.functional.linear(rows, weight, bias)
        output.addmm_(narrow, up.t())
        ctx.save_for_backward(rows, narrow, weight, a, b)
        ctx.scaling, ctx.shape, ctx.dtype = scaling, x.shape, x.dtype
        return output.view(*x.shape[:-1], -1)

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator, unused-ignore]
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, A and B."""
        rows, narrow, weight, a, b = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.shape[-1]).to(weight.dtype)
        down, up = a.to(gradient.dtype), (b * ctx.scaling).to(gradient.dtype)
        inner = gradient @ up
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = gradient @ weight
            of_x.addmm_(inner, down)
            of_x = of_x.view(ctx.shape).to(ctx.dtype)
        of_a = (inner.t() @ rows).to(a.dtype)
        of_b = (gradient.t() @ narrow).to(b.dtype) * ctx.scaling
        return of_x, None, None, of_a, of_b, None


@contextlib.contextmanager
def fused(model: Any) -> Iterator[int]:
    """While the block runs, the plain LoRA layers of a model are computed by :class:`LoraProduct`.

    Layers that are anything else (DoRA, dropout, a quantised base, a trained bias) stay as they
    are.

    Args:
        model: A PEFT model; one without LoRA is left alone.

    Yields:
        How many layers were replaced.
    """
    plain = [module for module in model.modules() if _is_plain(module)]
    for module in plain:
        module.forward = functools.partial(_forward, module)
    try:
        yield len(plain)
    finally:
        for module in plain:
            del module.forward


def _is_plain(module: Any) -> bool:
    if type(module) is not LoraLinear or len(module.active_adapters) != 1:
        return False
    (name,) = module.active_adapters
    base = module.base_layer
    return (
        type(base) is torch.nn.Linear
        and name in module.lora_A
        and name not in module.lora_variant
        and isinstance(module.lora_dropout[name], torch.nn.Identity)
        and module.lora_B[name].bias is None
        and not module.merged
        and not base.weight.requires_grad
    )


def _forward(module: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    if module.disable_adapters or args or kwargs:
        plain: Tensor = LoraLinear.forward(module, x, *args, **kwargs)
        return plain
    (name,) = module.active_adapters
    base = module.base_layer
    apply: Any = LoraProduct.apply
    product: Tensor = apply(
        x,
        base.weight,
        base.bias,
        module.lora_A[name].weight,
        module.lora_B[name].weight,
        module.scaling[name],
    )
    return product
