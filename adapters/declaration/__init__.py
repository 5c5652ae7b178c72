"""What an adapter knows, as it says so itself: made from its records, read by the router."""

from chorei.adapters.declaration.declaration import (
    FILE,
    Declaration,
    Topic,
    mark,
    read_declaration,
    summary,
)
from chorei.adapters.declaration.making import declare, declare_folder
from chorei.adapters.declaration.places import Declarations

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
