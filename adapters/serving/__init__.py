"""Adapters at running servers: loaded and unloaded there, and proven to be what was trained."""

from chorei.adapters.serving.comparison import Likeness, Parity, PromptParity
from chorei.adapters.serving.parity import TOLERANCE, Served, parity, parity_prompts
from chorei.adapters.serving.reference import Reference
from chorei.adapters.serving.runtime import (
    exported_for,
    load_at_server,
    served_adapters,
    unload_at_server,
)

__all__ = [
    "TOLERANCE",
    "Likeness",
    "Parity",
    "PromptParity",
    "Reference",
    "Served",
    "exported_for",
    "load_at_server",
    "parity",
    "parity_prompts",
    "served_adapters",
    "unload_at_server",
]
