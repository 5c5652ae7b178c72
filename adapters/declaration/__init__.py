"""What an adapter knows, as it says so itself: made from its records, read by the router.

Making one needs the records' readers, so these names are resolved when they are used: whoever only
asks whether an adapter knows something does not pay for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chorei.adapters.declaration.declaration import (
    FILE,
    Declaration,
    Topic,
    mark,
    read_declaration,
    summary,
)
from chorei.adapters.declaration.places import Declarations

if TYPE_CHECKING:
    from chorei.adapters.declaration.making import declare, declare_folder

__all__ = [
    "FILE",
    "Declaration",
    "Declarations",
    "Topic",
    "declare",
    "declare_folder",
    "mark",
    "read_declaration",
    "summary",
]


def __getattr__(name: str) -> Any:
    if name not in ("declare", "declare_folder"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.making"), name)
