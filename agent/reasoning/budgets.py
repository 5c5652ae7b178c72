"""What a loop of reasoning may use, and what it has used."""

import json
from collections.abc import Sequence
from typing import Any, Final, Literal

from langchain_core.messages import BaseMessage
from pydantic import Field

from chorei.agent.completion import Completion
from chorei.core import Frozen, Usage

Ended = Literal["", "steps", "tokens", "seconds", "repeated", "unclear", "context", "model"]
"""Why a loop had to end before the model gave an answer; empty if it did not have to."""
_CHARACTERS_A_TOKEN: Final = 3


class Budgets(Frozen):
    """The most that one question may use. Checked between calls, so the last call may overrun.

    Attributes:
        steps: Calls of the model that think or act; one more may be made to sum up.
        tokens: Tokens of the longest prompt and of everything the model wrote. What is read
            again with every step is not counted again, as servers keep it.
        seconds: Wall time of model and tools; waiting for an approval does not count.
        output_chars: Characters of one tool's output that the model is shown.
    """

    steps: int = Field(default=8, ge=1)
    tokens: int = Field(default=8000, ge=1)
    seconds: float = Field(default=60.0, gt=0)
    output_chars: int = Field(default=4000, ge=1)


class Spent(Frozen):
    """What a loop has used so far.

    Attributes:
        steps: Calls of the model that thought or acted.
        longest: Tokens of the longest prompt.
        written: Tokens that the model wrote.
        seconds: Wall time of model and tools.
        unclear: Replies in a row that were no step.
        repeats: Calls that repeated an earlier one.
    """

    steps: int = 0
    longest: int = 0
    written: int = 0
    seconds: float = 0.0
    unclear: int = 0
    repeats: int = 0

    def over(self, budgets: Budgets, share: float = 1.0) -> Ended:
        """Which budget is used up; empty if none is.

        Args:
            budgets: The budgets.
            share: Of tokens and seconds, the share that counts as all; the rest is kept.
        """
        if self.seconds >= budgets.seconds * share:
            return "seconds"
        if self.longest + self.written >= budgets.tokens * share:
            return "tokens"
        return "steps" if self.steps >= budgets.steps else ""

    def plus(self, usage: Usage, seconds: float) -> "Spent":
        """This and one more call of the model."""
        return self.model_copy(
            update={
                "longest": max(self.longest, usage.prompt),
                "written": self.written + usage.completion,
                "seconds": self.seconds + seconds,
            }
        )


def usage_of(completion: Completion, messages: Sequence[BaseMessage]) -> Usage:
    """The tokens of a call; estimated from the characters where the model does not say."""
    used = completion.usage
    if used.prompt or used.completion:
        return used
    read = sum(len(str(message.text)) for message in messages)
    said = len(completion.text) + len(completion.thinking)
    said += sum(len(canonical_arguments(call["args"])) for call in completion.tool_calls)
    return Usage(
        prompt=-(-read // _CHARACTERS_A_TOKEN),
        completion=-(-said // _CHARACTERS_A_TOKEN),
        calls=used.calls,
    )


def canonical_arguments(arguments: dict[str, Any]) -> str:
    """Arguments as text that is the same for the same arguments in any order."""
    return json.dumps(arguments, sort_keys=True, ensure_ascii=False, default=str)
