"""Opens what the commands work on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chorei.agent import Agent
    from chorei.core import Settings
    from chorei.retrieval import Library


def load_settings(library: Path | None, *, embedder: str | None = None) -> "Settings":
    """The settings, with the options of the command before everything else."""
    from chorei.core import Settings

    return Settings.load(library=library, embedder=embedder)


def open_library(
    library: Path | None, *, create: bool = False, embedder: str | None = None
) -> "Library":
    """Opens the library of a command.

    Args:
        library: The option ``--library``, or None.
        create: Whether a library that does not exist yet is made.
        embedder: Another embedder than the one in the settings.

    Raises:
        LibraryError: There is none, or it cannot be opened.
    """
    from chorei.retrieval import Library

    settings = load_settings(library, embedder=embedder)
    return Library(settings.library, settings=settings, create=create)


@contextmanager
def open_agent(library: Path | None, *, create: bool = False) -> "Iterator[Agent]":
    """Opens the agent over the library of a command; arguments as :func:`open_library`."""
    # LangGraph reads this while it is imported: plain types only in stored conversations.
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    from chorei.agent import Agent

    settings = load_settings(library)
    with (
        open_library(library, create=create) as opened,
        Agent(opened, settings=settings) as agent,
    ):
        yield agent
