"""How a model in this process is brought into memory."""

from typing import Annotated, Literal

from pydantic import Field

from chorei.core.document import Frozen

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Quantization = Literal["int8", "int4"]


class LoadOptions(Frozen):
    """How a model is brought into memory and run.

    Attributes:
        device: A torch device; ``auto`` is the GPU where there is one.
        dtype: ``auto`` is float32 on the CPU and bfloat16 on a GPU.
        quantization: Weights in 8 bits (``int8``), or in 4 (``int4``, NF4 of bitsandbytes).
        threads: Threads of torch (of the whole process); None for torch's own choice.
        batch: Most requests that are written at the same time.
        prompt_cache: Most MiB that prompts take which are remembered, so that others that begin
            in the same way are read from there on; 0 remembers none.
    """

    device: str = "auto"
    dtype: Dtype = "auto"
    quantization: Quantization | None = None
    threads: Annotated[int, Field(gt=0)] | None = None
    batch: Annotated[int, Field(gt=0)] = 16
    prompt_cache: Annotated[int, Field(ge=0)] = 256
