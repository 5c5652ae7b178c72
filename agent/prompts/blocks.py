"""The blocks a prompt is made of, as small pure functions that can be combined."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from chorei.agent.prompts.examples import Example
from chorei.core import Language

_QUESTION: Final[dict[Language, str]] = {"en": "Question", "vi": "Câu hỏi"}
_ANSWER: Final[dict[Language, str]] = {"en": "The answer is {}.", "vi": "Đáp án là {}."}
_CUE: Final[dict[Language, str]] = {"en": "Answer:", "vi": "Trả lời:"}
_TAG: Final = re.compile(r"<(?=[ \t]*/?[ \t]*passages?\b)", re.IGNORECASE)


def instruction(text: str) -> str:
    """What to do, in one paragraph."""
    return " ".join(text.split())


def content(text: str, tag: str = "content") -> str:
    """What to work on, between tags that its own text cannot close."""
    inside = re.sub(rf"<(?=[ \t]*/?[ \t]*{re.escape(tag)}\b)", "&lt;", text, flags=re.IGNORECASE)
    return f"<{tag}>\n{inside.strip()}\n</{tag}>"


def passages(sources: Iterable[tuple[str, str]]) -> str:
    """Numbered passages for a prompt that answers from documents.

    Args:
        sources: Title and text of each passage. Neither can end the passage it stands in.
    """
    return "\n".join(
        f'<passage n="{number}" source="{_attribute(title)}">\n{_TAG.sub("&lt;", text.strip())}\n'
        "</passage>"
        for number, (title, text) in enumerate(sources, start=1)
    )


def _attribute(text: str) -> str:
    return " ".join(text.replace('"', "'").replace("<", "&lt;").replace(">", "&gt;").split())


def examples(chosen: Sequence[Example], language: Language) -> str:
    """Worked examples, none, one or a few; the program of an example stands for its reasoning."""
    return "\n\n".join(_shown(example, language) for example in chosen)


def _shown(example: Example, language: Language) -> str:
    question = f"{_QUESTION[language]}: {example.question}"
    if example.program:
        return f"{question}\n```python\n{example.program.strip()}\n```"
    if not example.reasoning:
        return f"{question}\n{_CUE[language]} {example.answer}"
    answer = _ANSWER[language].format(example.answer.rstrip("."))
    return f"{question}\n{_CUE[language]} {example.reasoning.strip()} {answer}"


def cue(language: Language, text: str = "") -> str:
    """The words that the answer is to follow; ``Answer:`` by default."""
    return text or _CUE[language]


def template(*blocks: str) -> str:
    """Blocks in order with a blank line between them; empty ones are left out."""
    return "\n\n".join(block.strip() for block in blocks if block.strip())
