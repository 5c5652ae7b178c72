"""Several processes that train one adapter, as ``accelerate launch`` or ``torchrun`` start them."""

import os
from typing import Any


def rank() -> int:
    """The number of this process among them; 0 prepares, writes and speaks for all."""
    return int(os.environ.get("RANK", "0"))


def processes() -> int:
    """How many there are."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def wait() -> None:
    """Wait until all have come here."""
    if processes() > 1:
        from accelerate import PartialState

        PartialState().wait_for_everyone()


def merged(own: dict[str, Any]) -> dict[str, Any]:
    """What all have found, each a part of it; tensors come back on the processor."""
    if processes() == 1:
        return own
    import torch

    parts: list[Any] = [None] * processes()
    torch.distributed.all_gather_object(parts, {name: found.cpu() for name, found in own.items()})
    return {name: found for part in parts for name, found in part.items()}
