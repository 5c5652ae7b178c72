"""The terminal: the command ``chorei``."""

from chorei.interfaces.main import application, main

__all__ = ["application", "main"]
