"""The tools of one agent, by name: looked up, called within limits, and shown to a model."""

import difflib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from chorei.core import (
    Approval,
    Language,
    ToolArgumentError,
    ToolCall,
    ToolError,
    ToolNotFoundError,
)
from chorei.tools.arguments import json_arguments
from chorei.tools.calling import Caller
from chorei.tools.facts import Problem
from chorei.tools.output import fault_text, trim
from chorei.tools.preparation import Prepared, Used
from chorei.tools.summary import summary_of
from chorei.tools.tool import Tool
from chorei.tools.wording import one_line

__all__ = ["Toolbox", "Used"]

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool, StructuredTool

    from chorei.tools.requests import Request

_LONGEST_NAME: Final = 64
_UNAPPROVED: Final = "Nothing ran: this acts on the world and waits for a person's approval."


class Toolbox:
    """Tools by name. Calls may come from several threads.

    Args:
        tools: Tools, functions or LangChain tools; see :meth:`Tool.of`.

    Raises:
        ToolError: One of them cannot be a tool, or a name is taken.
    """

    def __init__(self, tools: "Iterable[Tool | BaseTool | Callable[..., Any]]" = ()) -> None:
        self._tools: dict[str, Tool] = {}
        self._requests: dict[str, Request] = {}
        self._caller = Caller()
        for each in tools:
            self.add(each)

    def add(self, tool: "Tool | BaseTool | Callable[..., Any]", **declared: Any) -> Tool:
        """Add a tool.

        Args:
            tool: A tool, a function or a LangChain tool.
            declared: As for :meth:`Tool.of`.

        Raises:
            ToolError: It cannot be a tool, or its name is taken.
        """
        made = tool if isinstance(tool, Tool) and not declared else Tool.of(tool, **declared)
        if made.name in self._tools:
            raise ToolError(
                f"There is a tool '{made.name}' already.",
                hint="Give the new one another name, or remove the old one first.",
            )
        if made.phrases:
            # Their patterns take a while to compile, and most agents have no such tool.
            from chorei.tools.requests import Request

            self._requests = {**self._requests, made.name: Request(made.phrases)}
        self._tools = {**self._tools, made.name: made}
        return made

    def remove(self, name: str) -> Tool:
        """Take a tool out.

        Raises:
            ToolNotFoundError: There is none of this name.
        """
        removed = self.get(name)
        self._tools = {n: tool for n, tool in self._tools.items() if n != name}
        self._requests = {n: r for n, r in self._requests.items() if n != name}
        return removed

    def get(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            ToolNotFoundError: There is none; the nearest name is suggested.
        """
        found = self._tools.get(name)
        if found is None:
            raise ToolNotFoundError(
                f"There is no tool '{one_line(name, _LONGEST_NAME)}'.", hint=self._suggestion(name)
            )
        return found

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tools, in the order in which they were added."""
        return tuple(self._tools)

    @property
    def given_up(self) -> int:
        """Number of calls that took too long and still run; see :class:`Caller`."""
        return self._caller.given_up

    def discover(self) -> tuple[ToolError, ...]:
        """Add the tools of installed packages (entry points of the group ``chorei.tools``).

        Returns:
            What went wrong, an error for each package or tool that could not be added; the
            others are not affected.
        """
        from chorei.tools.discovery import installed_tools

        found, problems = installed_tools()
        for each in found:
            try:
                self.add(each)
            except ToolError as error:
                problems.append(error)
        return tuple(problems)

    def call(
        self, name: str, arguments: Any = None, *, approved: bool = False, language: Language = "en"
    ) -> ToolCall:
        """Call a tool; what goes wrong is told in the result, nothing is raised.

        Args:
            name: Name of the tool.
            arguments: An object of arguments, or its JSON text.
            approved: Whether a person has approved this very call; a tool that acts does not
                run without.
            language: Of what a person is told, where a tool says it in both.

        Returns:
            The call with its outcome: ``invalid`` if there is no such tool or the arguments do
            not fit (the result says what to fix), ``refused`` if an approval is missing or the
            facts are not true, ``failed`` if the tool raised or took too long, else ``done``.
        """
        return self.use(name, arguments, approved=approved, language=language).call

    async def acall(
        self, name: str, arguments: Any = None, *, approved: bool = False, language: Language = "en"
    ) -> ToolCall:
        """As :meth:`call`, without blocking the event loop; coroutines run in it."""
        return (await self.ause(name, arguments, approved=approved, language=language)).call

    def use(
        self, name: str, arguments: Any = None, *, approved: bool = False, language: Language = "en"
    ) -> Used:
        """As :meth:`call`, with what the tool handed over besides text."""
        prepared = self._prepare(name, arguments, approved, language)
        if isinstance(prepared, ToolCall):
            return Used(prepared)
        try:
            if refused := prepared.refusal(self.verify):
                return prepared.ended("refused", refused)
            value = self._caller.run(prepared.work(), prepared.limit)
        except Exception as error:  # whatever the tool raises is an observation for the model
            return prepared.failed(error)
        return prepared.done(value)

    async def ause(
        self, name: str, arguments: Any = None, *, approved: bool = False, language: Language = "en"
    ) -> Used:
        """As :meth:`acall`, with what the tool handed over besides text."""
        prepared = self._prepare(name, arguments, approved, language)
        if isinstance(prepared, ToolCall):
            return Used(prepared)
        try:
            if prepared.tool.verify is not None:
                refused = await self._caller.arun(
                    lambda: prepared.refusal(self.verify), 2 * prepared.tool.seconds
                )
                if refused:
                    return prepared.ended("refused", refused)
            value = await self._caller.arun(prepared.work(waiting=True), prepared.limit)
        except Exception as error:  # whatever the tool raises is an observation for the model
            return prepared.failed(error)
        return prepared.done(value)

    def verify(self, tool: Tool, facts: Mapping[str, Any]) -> Problem | None:
        """Whether facts are true, by the tool's own check and within its time limit.

        Raises:
            ToolTimeoutError: The check took longer.
            Exception: What the check raised.
        """
        check = tool.verify
        if check is None:
            return None
        found = self._caller.run(lambda: check(dict(facts)), tool.seconds)
        if found is None or isinstance(found, Problem):
            return found
        return Problem(text=found if isinstance(found, str) else dict(found))

    def approval(self, name: str, arguments: Any, language: Language) -> Approval:
        """What a person is asked before an acting tool runs.

        Args:
            name: Name of the tool.
            arguments: An object of arguments, or its JSON text.
            language: The language of the summary.

        Raises:
            ToolNotFoundError: There is no such tool.
            ToolArgumentError: The arguments do not fit.
            ToolError: The tool's own summary fails.
        """
        tool = self.get(name)
        given = json_arguments(arguments, tool.schema)
        tool.schema.check(given)
        return Approval(tool=name, arguments=given, summary=summary_of(tool, given, language))

    def requested(self, question: str, language: Language) -> Tool | None:
        """The tool that a user asks for in so many words, by the phrases it declares.

        Only a request of the user's own counts ("I want to return my order"); a question about
        the matter ("What is the return policy?") does not.

        Args:
            question: What the user said.
            language: Its language, whose phrases are tried first.
        """
        scored = {
            name: score
            for name, request in self._requests.items()
            if (score := request.strength(question, language))
        }
        best = max(scored.values(), default=0)
        names = [name for name, score in scored.items() if score == best]
        return self._tools.get(names[0]) if len(names) == 1 else None

    def as_langchain(self) -> "list[StructuredTool]":
        """The tools for ``bind_tools``, or to be run by LangChain.

        Run that way they keep their checks and limits, their text is that of :meth:`call`, and
        the artifact is a :class:`Used`. Tools that act refuse: there is nobody to approve.
        """
        from chorei.tools.langchain import structured

        return [structured(self, tool) for tool in self]

    def _prepare(
        self, name: str, arguments: Any, approved: bool, language: Language
    ) -> "Prepared | ToolCall":
        begun = time.monotonic()
        name = str(name)  # a model may give anything for a name
        shown = one_line(name, _LONGEST_NAME).encode("utf-8", "replace").decode()
        if (tool := self._tools.get(name)) is None:
            text = f"Nothing ran: there is no tool '{shown}'. {self._suggestion(name)}"
            return ToolCall(tool=shown, outcome="invalid", result=text.strip())
        given: dict[str, Any] = {}
        try:
            given = json_arguments(arguments, tool.schema)
            values = tool.schema.check(given)
        except ToolArgumentError as error:
            text = f"Nothing ran: {error}. Call it as {tool.schema.line(name)}."
            return ToolCall(
                tool=name, arguments=given, outcome="invalid", result=trim(text, tool.output)
            )
        except Exception as error:  # a validator of the tool's own model may raise anything
            text = f"Nothing ran: the arguments could not be checked ({fault_text(error)})."
            return ToolCall(tool=name, arguments=given, outcome="invalid", result=text)
        prepared = Prepared(tool, given, values, language, begun)
        if tool.acts and not approved:
            return prepared.ended("refused", _UNAPPROVED).call
        return prepared

    def _suggestion(self, name: str) -> str:
        if not self._tools:
            return "There are none."
        near = difflib.get_close_matches(name[:_LONGEST_NAME], self._tools, n=1, cutoff=0.5)
        meant = f"Did you mean '{near[0]}'? " if near else ""
        return f"{meant}The tools are: {', '.join(self._tools)}."
