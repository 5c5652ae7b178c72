"""Linear layers whose weights are kept in 8 bits.

Each row of a weight is rounded to whole numbers of -127 to 127 times a scale of its own, which is
the largest magnitude of the row over 127 (symmetric, per output channel, weights only; Jacob et
al., arXiv 1712.05877). Activations stay as they are, and so does everything that is no linear
layer. For the product a stretch of rows at a time is written out in the activations' type: on a
processor it never leaves the cache, so that memory is read once at a byte a weight.

Own code since the libraries lose here: on a processor without AVX-512 a token of the 135M model
took three times as long with torchao 0.18, and ten times with bitsandbytes 0.50, as in float32.
"""

from typing import Any, Final

import torch
from torch import nn

# Weights written out at once on a processor: 1 MiB in float32, about its second-level cache.
_STRETCH: Final = 2**18
_GREATEST: Final = 127


class Int8Linear(nn.Linear):  # type: ignore[misc, unused-ignore]  # Any where the extra is missing
    """A linear layer with its weights in 8 bits; it is for answering, not for training.

    PEFT takes it for any other linear layer, so adapters run on top of it.

    Args:
        layer: The layer it replaces.
    """

    weight: Any
    scale: torch.Tensor

    def __init__(self, layer: nn.Linear) -> None:
        # Only attributes: nn.Linear would make the weights again.
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        rounded, scale = rounded_rows(layer.weight.detach())
        self.weight = nn.Parameter(rounded, requires_grad=False)
        self.register_buffer("scale", scale)
        bias = layer.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach(), requires_grad=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """``input`` of shape (…, inputs) times the weights: (…, outputs)."""
        rows = self.out_features
        if input.device.type == "cpu":
            rows = max(1, _STRETCH // self.in_features)
        linear = nn.functional.linear
        parts = [linear(input, part.to(input.dtype)) for part in self.weight.split(rows)]
        made = (parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)) * self.scale.to(
            input.dtype
        )
        return made if self.bias is None else made + self.bias


def rounded_rows(weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights of shape (rows, columns) as 8-bit integers, and the scale of each row in float32."""
    exact = weights.float()
    scale = exact.abs().amax(dim=1).clamp(min=1e-12) / _GREATEST
    return (exact / scale[:, None]).round_().to(torch.int8), scale


def to_int8(model: Any) -> None:
    """Replace the linear layers of a model, one after the other, so that little memory is needed.

    An output layer that shares its matrix with the input embedding stays as it is: the embedding
    needs that matrix anyhow.

    Args:
        model: A transformers model; its other weights are not touched.
    """
    shared = _shared(model)
    for name, module in list(model.named_modules()):
        for child, layer in list(module.named_children()):
            path = f"{name}.{child}" if name else child
            if type(layer) is nn.Linear and path not in shared:
                setattr(module, child, Int8Linear(layer))


def _shared(model: Any) -> set[str]:
    embedding, output = model.get_input_embeddings(), model.get_output_embeddings()
    if output is None or output.weight is not embedding.weight:
        return set()
    return {name for name, module in model.named_modules() if module is output}
