"""Memory and time that a model takes, by the usual accounting."""

import time
from typing import Final

from chorei.adapters.advice.shape import Shape
from chorei.core import Frozen

# Bytes of a weight in a linear layer, of one in the embeddings, and of a number in the key-value
# cache. In process only linear layers are rounded: in int8 with a scale for each row, in int4 (NF4)
# with one for 64 weights; the rest stays in float32, as on a processor. GGUF files of llama.cpp
# have a 16-bit scale for 32 weights, Q4_1 also an offset, and embeddings in 8 bits.
WEIGHT_BYTES: Final = {
    "fp32": (4.0, 4.0, 4),
    "bf16": (2.0, 2.0, 2),
    "int8": (1.0, 4.0, 4),
    "int4": (0.5 + 4 / 64, 4.0, 4),
    "Q8_0": (1 + 2 / 32, 1 + 2 / 32, 2),
    "Q4_1": (0.5 + 4 / 32, 1 + 2 / 32, 2),
}
# Two moments and one gradient in fp32 beside the fp32 weight (Adam, arXiv 1412.6980).
_TRAINED_BYTES: Final = 4 + 4 + 8


class Training(Frozen):
    """Bytes that training takes.

    Attributes:
        weights: The frozen base.
        trained: Trained weights, gradients and the two Adam moments.
        activations: What the backward pass needs of the forward pass.
    """

    weights: int
    trained: int
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.trained + self.activations


def inference_bytes(shape: Shape, context: int = 2048) -> dict[str, int]:
    """Weights and the key-value cache of one conversation, by the weights' precision.

    An output layer that is a matrix of its own counts as a linear layer, but for GGUF files.
    """
    embedding = shape.vocabulary * shape.hidden
    found = {}
    for name, (linear, other, number) in WEIGHT_BYTES.items():
        fine = embedding * (1 if shape.tied or name.startswith("int") else 2)
        weights = (shape.parameters - fine) * linear + fine * other
        scales = 4 * shape.rows if name == "int8" else 0
        found[name] = round(weights) + scales + shape.cache_bytes(number) * context
    return found


def lora_bytes(shape: Shape, rank: int, *, batch: int, tokens: int) -> Training:
    """Training LoRA over a base in bf16."""
    return Training(
        weights=2 * shape.parameters,
        trained=_TRAINED_BYTES * shape.lora_parameters(rank),
        activations=_activations(shape, batch, tokens),
    )


def full_bytes(shape: Shape, *, batch: int, tokens: int) -> Training:
    """Training all parameters in fp32 with bf16 computation."""
    return Training(
        weights=0,
        trained=_TRAINED_BYTES * shape.parameters,
        activations=_activations(shape, batch, tokens),
    )


def training_seconds(shape: Shape, tokens: int, flops_per_second: float) -> float:
    """Time of LoRA training: 2 operations per parameter and token forward, 2 backward.

    The frozen weights take no gradient of their own, hence 4 and not the usual 6 (Kaplan et al.,
    arXiv 2001.08361). Expect half to three times as much.
    """
    return 4 * shape.parameters * tokens / flops_per_second


def measured_flops(seconds: float = 0.2) -> float:
    """Operations per second of this machine's processor in large float32 matrix products."""
    import numpy as np

    size = 512
    matrix = np.ones((size, size), dtype=np.float32)
    matrix @ matrix
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        matrix @ matrix
        count += 1
    return 2 * size**3 * count / spent


def _activations(shape: Shape, batch: int, tokens: int) -> int:
    # 34 bytes per token, unit of width and layer in 16 bits, plus the attention scores
    # (Korthikanti et al., arXiv 2205.05198, equation 1).
    linear = 34 * batch * tokens * shape.hidden
    scores = 5 * shape.heads * batch * tokens * tokens
    return shape.layers * (linear + scores) + 4 * batch * tokens * shape.vocabulary
