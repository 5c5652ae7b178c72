"""Opens what the commands work on."""

import gc
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from chorei.agent import Agent
    from chorei.core import Settings
    from chorei.retrieval import Library
    from chorei.tools import Toolbox


def load_settings(
    library: Path | None,
    *,
    embedder: str | None = None,
    model: str | None = None,
    pairs: Sequence[str] | None = None,
) -> "Settings":
    """The settings, with the options of the command before everything else.

    Args:
        library: The option ``--library``, or None.
        embedder: Another embedder than the one in the settings.
        model: The option ``--model``; ``none`` for no model even if the settings name one.
        pairs: The options ``--set``, each ``KEY=VALUE``.

    Raises:
        SettingsError: A key is unknown, or a value does not fit.
    """
    from chorei.core import Settings

    given = {"library": library, "embedder": embedder}
    if model is not None:
        given["model"] = "" if model == "none" else model
    return Settings.load(**(dict(map(_pair, pairs or ())) | _present(given)))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key.strip() and equals):
        raise typer.BadParameter(f"'{text}' is not KEY=VALUE, such as temperature=0.2.")
    return key.strip(), value.strip()


def _present(given: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value is not None}


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
def open_agent(
    library: Path | None,
    *,
    create: bool = False,
    model: str | None = None,
    pairs: Sequence[str] | None = None,
) -> "Iterator[Agent]":
    """Opens the agent over the library of a command.

    Arguments as :func:`load_settings` and :func:`open_library`.
    """
    # LangGraph reads this while it is imported: plain types only in stored conversations.
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    with _nothing_collected():
        from chorei.agent import Agent
        from chorei.retrieval import Library

    settings = load_settings(library, model=model, pairs=pairs)
    # What a server does not honour is said in the notes of the answer.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"chorei\.adapters\.")
    with (
        Library(settings.library, settings=settings, create=create) as opened,
        Agent(opened, settings=settings, tools=_installed_tools()) as agent,
    ):
        yield agent


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without the garbage collector: modules make many objects, and none of them is garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _installed_tools() -> "Toolbox":
    """The tools of installed packages; one that cannot be used is named and left out."""
    from chorei.interfaces.console import print_error
    from chorei.tools import Toolbox

    toolbox = Toolbox()
    for problem in toolbox.discover():
        print_error(problem)
    return toolbox
