"""Several processes that train one adapter, as ``accelerate launch`` or ``torchrun`` start them."""

import os


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
