"""English words of work and business that people use for one another."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final

from chorei.agent.reader.stemming import stem
from chorei.core import words

# One group a line; its members are separated by commas and may have several words.
_FILE: Final = Path(__file__).with_name("synonyms.txt")


@cache
def _table() -> dict[tuple[str, ...], dict[tuple[str, ...], str]]:
    table: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {}
    for line in _FILE.read_text("utf-8").splitlines():
        members = {tuple(map(stem, words(name))): name for name in line.split(", ")}
        for member in members:
            others = {key: name for key, name in members.items() if key != member}
            table.setdefault(member, {}).update(others)
    return table


def synonyms(stems: tuple[str, ...]) -> Collection[tuple[str, ...]]:
    """What else a word or fixed phrase may be called, as stems.

    Args:
        stems: The stems of the word or phrase, in order.
    """
    return _table().get(stems, {})


def spelled(stems: tuple[str, ...]) -> list[str]:
    """What else a word or fixed phrase may be called, as people write it.

    Args:
        stems: The stems of the word or phrase, in order.
    """
    return list(_table().get(stems, {}).values())


@cache
def longest_phrase() -> int:
    """Number of words of the longest phrase that has synonyms."""
    return max(len(phrase) for phrase in _table())
