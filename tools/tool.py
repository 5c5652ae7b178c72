"""A tool: a function with the declarations that a model, a person and the program rely on."""

import functools
import inspect
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard, overload

from pydantic import BaseModel

from chorei.core import Language, ToolError
from chorei.tools.docstrings import docstring_parts
from chorei.tools.facts import Fact, Problem
from chorei.tools.output import SMALLEST
from chorei.tools.schema import ArgumentSchema
from chorei.tools.wording import Phrase

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

Summary: TypeAlias = Phrase | Callable[[Mapping[str, Any], Language], str]
Verify: TypeAlias = Callable[[Mapping[str, Any]], Phrase | Problem | None]

NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Tool:
    """Something that a model, a rule or a program may call by name.

    Attributes:
        name: Letters, digits, ``_`` and ``-``, at most 64.
        description: What it does and when to use it, for a model.
        schema: Its arguments.
        function: What runs, called with the arguments by name. It may return a text, a number,
            a pydantic model, a list or dict of these, or a :class:`ToolOutput`.
        coroutine: The same as a coroutine function; one of the two must be given.
        seconds: Time limit of one call.
        acts: Whether it acts on the world: then it waits for a person's approval.
        output: Most characters of its result that a model gets to see.
        summary: What a call would do, in one sentence for the person who approves it: a text
            with the arguments in braces (``"Return order {order}."``), by language, or a
            function of the arguments and the language. Texts come before other values.
        facts: What must be known, by asking the user, before it may run; each is the argument
            of the same name.
        verify: Checks the facts together before approval and again before the call. It gets
            them by name and returns None, or what is wrong; see :class:`Problem`.
        phrases: Requests for this tool as users say them, by language; see
            :meth:`Toolbox.requested`.
        process: Whether each call runs in a process of its own that is killed at the time limit;
            only for functions that can be imported by name.
    """

    name: str
    description: str
    schema: ArgumentSchema
    function: Callable[..., Any] | None = None
    coroutine: Callable[..., Awaitable[Any]] | None = None
    seconds: float = 10.0
    acts: bool = False
    output: int = 4_000
    summary: Summary = ""
    facts: tuple[Fact, ...] = ()
    verify: Verify | None = None
    phrases: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    process: bool = False

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ToolError(
                f"'{self.name}' cannot be the name of a tool.",
                hint="Use letters, digits, '_' and '-', at most 64 of them.",
            )
        if not self.description.strip():
            raise ToolError(
                f"The tool '{self.name}' has no description.",
                hint="Give its function a docstring: a model chooses tools by it.",
            )
        if (self.function or self.coroutine) is None:
            raise ToolError(f"The tool '{self.name}' has no function to run.")
        if not 0 < self.seconds < float("inf"):
            raise ToolError(f"The time limit of the tool '{self.name}' must be above 0.")
        if self.output < SMALLEST:
            raise ToolError(
                f"The tool '{self.name}' may give back only {self.output} characters.",
                hint=f"Allow at least {SMALLEST}.",
            )
        self._check_facts()
        if self.process:
            _importable(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function itself, without checks, limits and approval."""
        run = self.function or self.coroutine
        assert run is not None  # __post_init__ has made sure of it
        return run(*args, **kwargs)

    @classmethod
    def of(
        cls,
        source: "Tool | BaseTool | Callable[..., Any]",
        *,
        name: str = "",
        description: str = "",
        schema: type[BaseModel] | Mapping[str, Any] | None = None,
        **declared: Any,
    ) -> "Tool":
        """A tool made from a function, a LangChain tool or another tool.

        Args:
            source: A function with type hints (``def`` or ``async def``), whose Google-style
                docstring describes it and its arguments; a LangChain ``BaseTool``; or a tool.
            name: Instead of the function's name.
            description: Instead of the docstring.
            schema: Instead of the type hints: a pydantic model or a JSON schema, whose fields
                are given to the function by name.
            declared: Other attributes of :class:`Tool`.

        Raises:
            ToolError: It cannot be a tool; the message says why.
        """
        given = _declared(declared)
        if isinstance(source, Tool):
            fields = {n: getattr(source, n) for n in cls.__dataclass_fields__}
        elif is_langchain(source):
            from chorei.tools.langchain import fields_of

            fields = fields_of(source)
        elif callable(source):
            fields = _fields_of_function(source, schema is None)
        else:
            raise ToolError(
                f"A value of type {type(source).__name__} cannot be a tool.",
                hint="Give a function, a LangChain tool, or a chorei.tools.Tool.",
            )
        if isinstance(schema, type):
            fields["schema"] = ArgumentSchema.of_model(schema)
        elif schema is not None:
            fields["schema"] = ArgumentSchema(dict(schema))
        fields |= {k: v for k, v in (("name", name), ("description", description)) if v}
        return cls(**(fields | given))

    def _check_facts(self) -> None:
        unknown = [fact.name for fact in self.facts if fact.name not in self.schema.names]
        if unknown:
            raise ToolError(
                f"The facts {', '.join(unknown)} of the tool '{self.name}' are no arguments of it.",
                hint=f"Its arguments are: {', '.join(self.schema.names) or 'none'}.",
            )
        known = {fact.name for fact in self.facts}
        lacking = [name for name in self.schema.required if name not in known]
        if self.phrases and lacking:
            raise ToolError(
                f"The tool '{self.name}' has phrases, but nothing asks the user for its"
                f" arguments {', '.join(lacking)}.",
                hint="Declare a Fact for each required argument, or give no phrases.",
            )


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...
@overload
def tool(function: None = None, /, **declared: Any) -> Callable[[Callable[..., Any]], Tool]: ...
def tool(
    function: Callable[..., Any] | None = None, /, **declared: Any
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Make a function a :class:`Tool`: ``@tool``, or ``@tool(acts=True, seconds=5)``.

    Args:
        function: The function.
        declared: As for :meth:`Tool.of`.

    Raises:
        ToolError: It cannot be a tool.
    """
    if function is None:
        return lambda decorated: Tool.of(decorated, **declared)
    return Tool.of(function, **declared)


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    """Whether calling it gives a coroutine, also behind ``partial`` or as a callable object."""
    while isinstance(function, functools.partial):
        function = function.func
    called = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


def _declared(declared: dict[str, Any]) -> dict[str, Any]:
    known = set(Tool.__dataclass_fields__) - {"function", "coroutine", "name", "description"}
    unknown = sorted(set(declared) - known)
    if unknown:
        raise ToolError(
            f"A tool has no attribute '{unknown[0]}'.", hint=f"It has: {', '.join(sorted(known))}."
        )
    given = dict(declared)
    if "facts" in given:
        given["facts"] = tuple(given["facts"])
    if "phrases" in given:
        given["phrases"] = {k: tuple(v) for k, v in given["phrases"].items()}
    return given


def _fields_of_function(function: Callable[..., Any], typed: bool) -> dict[str, Any]:
    wrapped = function
    while isinstance(wrapped, functools.partial):
        wrapped = wrapped.func
    description, arguments = docstring_parts(getattr(wrapped, "__doc__", None))
    fields: dict[str, Any] = {
        "name": getattr(wrapped, "__name__", type(wrapped).__name__),
        "description": description,
        "coroutine" if is_coroutine_function(function) else "function": function,
    }
    if typed:
        fields["schema"] = ArgumentSchema.of_function(function, arguments)
    return fields


def is_langchain(source: object) -> "TypeGuard[BaseTool]":
    """Whether it is a LangChain tool; asked without importing LangChain, which takes long."""
    loaded = sys.modules.get("langchain_core.tools.base")
    return loaded is not None and isinstance(source, loaded.BaseTool)


def _importable(made: Tool) -> None:
    run = made.function
    module, name = getattr(run, "__module__", ""), getattr(run, "__qualname__", "")
    if not (inspect.isfunction(run) and module != "__main__" and "<" not in name):
        raise ToolError(
            f"The tool '{made.name}' cannot run in a process of its own.",
            hint="Only a function at the top of a module that can be imported can, and no"
            " coroutine function.",
        )
