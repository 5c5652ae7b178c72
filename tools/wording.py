"""Texts in English and Vietnamese that the author of a tool gives."""

from collections.abc import Mapping
from typing import TypeAlias

from chorei.core import Language

Phrase: TypeAlias = str | Mapping[Language, str]
"""A text by language, or one text for every language."""


def in_language(phrase: Phrase, language: Language) -> str:
    """The text in the language; in the other one if there is none in it."""
    if isinstance(phrase, str):
        return phrase
    return phrase.get(language) or next(iter(phrase.values()), "")


def one_line(text: object, limit: int) -> str:
    """A value as one line of at most so many characters, for a sentence that people rely on."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
