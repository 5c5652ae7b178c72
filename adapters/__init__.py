"""The adapted model: chat models for each server, and LoRA adapters made from company records.

Names are resolved when they are used, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chorei.adapters.naming import ModelName, chat_model
    from chorei.adapters.presets import preset
    from chorei.adapters.probing import ServerReport, probe

# Where each public name lives, below this package.
_HOMES = {
    "ModelName": "naming",
    "ServerReport": "probing",
    "chat_model": "naming",
    "preset": "presets",
    "probe": "probing",
}

__all__ = ["ModelName", "ServerReport", "chat_model", "preset", "probe"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
