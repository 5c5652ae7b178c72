"""A call that has been checked and is ready to run, and what comes of it."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from chorei.core import CallOutcome, Language, ToolCall, ToolError, ToolTimeoutError
from chorei.tools.facts import Problem
from chorei.tools.form_phrases import MISMATCH, UNKNOWN_EFFECT
from chorei.tools.output import ToolOutput, as_text, fault_text, trim
from chorei.tools.tool import Tool
from chorei.tools.wording import in_language

# Seconds that a process may take to be killed on a busy machine.
_KILLING: Final = 10.0


class Used(NamedTuple):
    """One use of a tool, with what it gave to the program.

    Attributes:
        call: The record of the call, for the answer.
        artifact: What the tool handed over besides text (:class:`ToolOutput`), or None.
    """

    call: ToolCall
    artifact: Any = None


class Prepared(NamedTuple):
    """A call whose arguments fit."""

    tool: Tool
    given: dict[str, Any]
    values: dict[str, Any]
    language: Language
    begun: float

    @property
    def limit(self) -> float:
        """Seconds after which it is given up; a process is killed before, at the tool's limit."""
        return self.tool.seconds + (_KILLING if self.tool.process else 0.0)

    def refusal(self, verify: Callable[[Tool, Mapping[str, Any]], Problem | None]) -> str:
        """Why its facts are not accepted, empty if they are."""
        facts = {f.name: self.given[f.name] for f in self.tool.facts if f.name in self.given}
        problem = verify(self.tool, facts)
        if problem is None:
            return ""
        return in_language(problem.text, self.language) or MISMATCH[self.language]

    def work(self, *, waiting: bool = False) -> Callable[[], Any]:
        """What is to run: a coroutine function if ``waiting`` and there is one."""
        tool, values = self.tool, self.values
        if tool.process:
            from chorei.tools.isolation import run_in_process

            return lambda: run_in_process(tool, self.given)
        function, coroutine = tool.function, tool.coroutine
        if coroutine is not None and (waiting or function is None):

            async def wait() -> Any:
                return await coroutine(**values)

            return wait
        assert function is not None  # a tool has one of the two
        return lambda: function(**values)

    def done(self, value: Any) -> Used:
        """It gave this value."""
        artifact = None
        if isinstance(value, ToolOutput):
            value, artifact = in_language(value.text, self.language), value.artifact
        try:
            text = as_text(value)
        except Exception as error:  # printing a value runs code of the tool
            return self.failed(error)
        return Used(self.ended("done", text).call, artifact)

    def failed(self, error: BaseException) -> Used:
        """It raised this."""
        ours = isinstance(error, ToolTimeoutError) or type(error) is ToolError
        text = str(error) if ours else fault_text(error)
        if self.tool.acts and isinstance(error, ToolTimeoutError):
            text = f"{text} {UNKNOWN_EFFECT[self.language]}"
        return self.ended("failed", text)

    def ended(self, outcome: CallOutcome, text: str) -> Used:
        """It came to this."""
        return Used(
            ToolCall(
                tool=self.tool.name,
                arguments=self.given,
                outcome=outcome,
                result=trim(text, self.tool.output),
                seconds=round(time.monotonic() - self.begun, 4),
            )
        )
