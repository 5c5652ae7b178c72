"""The terminal: the command ``chorei``."""

from chorei.interfaces.main import app, main

__all__ = ["app", "main"]
