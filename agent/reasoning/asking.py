"""What a loop of reasoning asks the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from langchain_core.messages import BaseMessage

from chorei.agent import phrases
from chorei.agent.prompts import Prompt
from chorei.agent.reasoning.state import ReasonerInput, language_in
from chorei.agent.reasoning.steps import Entry, delimited
from chorei.core import Language
from chorei.tools.toolbox import Toolbox

_MOST_OBSERVED: Final = 6000


@dataclass(frozen=True)
class Asking:
    """The prompts ``react_native``, ``react_text`` and ``react_finish``, filled in.

    Attributes:
        folder: Folder with prompts that replace the built-in ones.
        assistant: Name of the assistant.
        company: Name of the company; empty if unnamed.
        facts: Facts about the company that are always told.
    """

    folder: Path | None = None
    assistant: str = "chorei"
    company: str = ""
    facts: str = ""

    def to_begin(
        self, state: ReasonerInput, toolbox: Toolbox, *, native: bool, history: str = ""
    ) -> list[BaseMessage]:
        """The prompt with the tools, the conversation so far, and the question."""
        language = language_in(state)
        values = {
            "question": state["question"],
            "history": "\n".join(filter(None, (history, state.get("background")))),
            "assistant": self.assistant,
            "company": self.company or phrases.THE_COMPANY[language],
            "facts": self.facts,
        }
        if not native:
            values["tools"] = described(toolbox)
            values["tool_names"] = ", ".join(toolbox.names)
        prompt = Prompt.load("react_native" if native else "react_text", language, self.folder)
        return prompt.render(**values)

    def to_finish(
        self, question: str, entries: Sequence[Entry], language: Language
    ) -> list[BaseMessage]:
        """The request to sum up, with the observations; the latest ones if they are too long."""
        found: list[str] = []
        for entry in reversed(entries):
            if entry["kind"] == "observation":
                found.insert(0, delimited(entry["text"], entry["tool"]))
                if sum(map(len, found)) > _MOST_OBSERVED:
                    break
        observations = "\n".join(found)[-2 * _MOST_OBSERVED :]
        prompt = Prompt.load("react_finish", language, self.folder)
        return prompt.render(question=question, observations=observations)


def described(toolbox: Toolbox) -> str:
    """The tools for a prompt: how each is called, and what it does."""
    return "\n".join(
        f"- {tool.schema.line(tool.name)}: {' '.join(tool.description.split())}" for tool in toolbox
    )
