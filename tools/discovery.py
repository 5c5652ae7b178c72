"""Tools of installed packages: the entry points of the group ``chorei.tools``."""

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from chorei.core import ToolError
from chorei.tools.output import fault_text
from chorei.tools.tool import Tool, is_langchain

GROUP: Final = "chorei.tools"

# What a function without parameters returns if it is a tool itself and none that makes tools.
_VALUES: Final = (str, bytes, int, float, bool, complex, dict, type(None))


def installed_tools() -> tuple[list[Tool], list[ToolError]]:
    """The tools that installed packages offer, and what could not be loaded.

    An entry point names a tool, a function with parameters, a LangChain tool, an iterable of
    these, or something without parameters to call that gives one of these.
    """
    found: list[Tool] = []
    problems: list[ToolError] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            found += tools_in(entry.load())
        except (Exception, SystemExit) as error:  # a broken package must not stop the others
            problems.append(_problem(entry, error))
    return found, problems


def tools_in(offered: Any) -> Iterator[Tool]:
    """The tools that an object stands for; see :func:`installed_tools`.

    Raises:
        ToolError: It stands for none.
    """
    if isinstance(offered, Tool) or is_langchain(offered):
        yield Tool.of(offered)
    elif isinstance(offered, type) or (callable(offered) and _makes_tools(offered)):
        made = offered()
        if callable(made) and not isinstance(made, Tool) and not is_langchain(made):
            yield Tool.of(made)
        else:
            yield from tools_in(made)
    elif callable(offered):
        yield Tool.of(offered)
    elif isinstance(offered, Iterable) and not isinstance(offered, str | bytes | dict):
        for each in offered:
            yield from tools_in(each)
    else:
        raise ToolError(f"A value of type {type(offered).__name__} offers no tools.")


def _makes_tools(function: Callable[..., Any]) -> bool:
    """Whether it is to be called for its tools; a tool without arguments must not run for that."""
    if inspect.iscoroutinefunction(function) or inspect.signature(function).parameters:
        return False
    try:
        returns = typing.get_type_hints(function).get("return", inspect.Signature.empty)
    except (NameError, TypeError):
        return True
    return (typing.get_origin(returns) or returns) not in _VALUES


def _problem(entry: EntryPoint, error: BaseException) -> ToolError:
    package = entry.dist.name if entry.dist else "an installed package"
    return ToolError(
        f"The tools '{entry.name}' of {package} cannot be used: {fault_text(error)}.",
        hint="The other tools are not affected.",
    )
