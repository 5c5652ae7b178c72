"""Worked examples for prompts, and the choice among them."""

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from chorei.agent.prompts.prompt import FILES
from chorei.core import Frozen, Language, PromptError, nfc

_WORD: Final = re.compile(r"[^\W\d_]+|[0-9]+|[%$€£₫]")
_TWINS: Final = 0.8


class Example(Frozen):
    """A worked example.

    Attributes:
        question: What is asked.
        reasoning: The steps to the answer, in sentences; empty if a program does the work.
        program: A Python program whose function ``solution()`` returns the answer; may be empty.
        answer: The answer.
    """

    question: str
    reasoning: str = ""
    program: str = ""
    answer: str


def example_pool(name: str, language: Language, folder: Path | None = None) -> tuple[Example, ...]:
    """The examples for a prompt, one JSON object a line in ``NAME.LANGUAGE.jsonl``.

    Args:
        name: Name of the prompt.
        language: Its language.
        folder: The user's folder of prompts; a file there replaces the built-in one.

    Raises:
        PromptError: There are none for this prompt, or the file cannot be read.
    """
    own = None if folder is None else folder / f"{name}.{language}.jsonl"
    if own is not None and own.is_file():
        return _read(own)
    return _built_in(name, language)


@cache
def _built_in(name: str, language: Language) -> tuple[Example, ...]:
    return _read(FILES / f"{name}.{language}.jsonl")


def _read(file: Path) -> tuple[Example, ...]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"The examples {file} cannot be read: {error}.") from None
    pool = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                pool.append(Example.model_validate(json.loads(line)))
            except (ValueError, RecursionError, ValidationError):
                raise PromptError(
                    f"Line {number} of the examples {file} is no example.",
                    hint="It must be a JSON object with 'question' and 'answer', and may have "
                    "'reasoning' and 'program'.",
                ) from None
    return tuple(pool)


def select_examples(question: str, pool: Sequence[Example], k: int) -> tuple[Example, ...]:
    """The examples that are most like a question and not too much like each other.

    Likeness is the share of words and pairs of words in common (Jaccard). Each choice weighs
    likeness to the question against likeness to those chosen before (maximal marginal relevance,
    Carbonell and Goldstein, 1998). The most alike comes last, next to the question.

    Args:
        question: The question.
        pool: Examples to choose from.
        k: How many; fewer if the pool is smaller.
    """
    wanted = _features(question)
    features = [_features(example.question) for example in pool]
    chosen: list[int] = []
    left = list(range(len(pool)))

    def worth(index: int) -> tuple[bool, float, int]:
        alike = max((_likeness(features[index], features[other]) for other in chosen), default=0.0)
        return alike < _TWINS, _likeness(wanted, features[index]) - alike / 2, -index

    while left and len(chosen) < k:
        best = max(left, key=worth)
        left.remove(best)
        chosen.append(best)
    return tuple(pool[index] for index in reversed(chosen))


def _features(text: str) -> frozenset[str]:
    words = _WORD.findall(nfc(text).lower())
    kinds = ["#" if word.isdigit() else word for word in words]
    return frozenset([*kinds, *_pairs(kinds)])


def _pairs(words: Iterable[str]) -> list[str]:
    listed = list(words)
    return [f"{left} {right}" for left, right in pairwise(listed)]


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0
