"""The system message: who the assistant is, its rules, and the facts that there is room for."""

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from chorei.agent.prompts import Prompt
from chorei.core import (
    DocumentNotFoundError,
    Frozen,
    Language,
    PromptError,
    SettingsError,
    nfc,
)
from chorei.retrieval import Library

FACTS_NAME: Final = "company-facts"
TOKENS: Final = 1_000
_BULLET: Final = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?P<text>\S.*)")


class Profile(Frozen):
    """What the system message says.

    Attributes:
        assistant: The assistant's name.
        creator: Who made it; empty if that is not said.
        company: The company it answers for; empty if unnamed.
        facts: Facts about the company, the most important first.
        rules: Rules that it keeps, the most important first.
    """

    assistant: str = "chorei"
    creator: str = ""
    company: str = ""
    facts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class Introduction(Frozen):
    """A system message.

    Attributes:
        text: The message.
        tokens: Tokens that it takes.
        facts: The facts that it holds.
        moved: The facts that there was no room for; they belong into retrieval (see
            :func:`keep_moved`).
    """

    text: str
    tokens: int
    facts: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


def introduce(
    profile: Profile,
    prompts: Path | None,
    count: Callable[[str], int],
    *,
    language: Language = "en",
    tokens: int = TOKENS,
) -> Introduction:
    """Write the system message.

    Name, creator and rules come first and are never cut; of the facts as many as fit, in
    their order. A fact too long for what is left does not keep a later, shorter one out.

    Args:
        profile: What it is to say.
        prompts: Folder with the user's own ``system`` prompt; None for the built-in one.
        count: Counts the tokens of a text.
        language: Language of the template.
        tokens: Most tokens that it may take.

    Raises:
        SettingsError: Name and rules alone take more than that.
        PromptError: The template cannot be filled.
    """
    text = _written(profile, (), prompts, language)
    if count(text) > tokens:
        raise SettingsError(
            f"The system message takes {count(text)} tokens without any fact, more than {tokens}.",
            hint="Shorten its rules or its template, or raise its budget.",
        )
    kept: list[str] = []
    for fact in profile.facts:
        longer = _written(profile, (*kept, fact), prompts, language)
        if count(longer) <= tokens:
            kept.append(fact)
            text = longer
    moved = tuple(fact for fact in profile.facts if fact not in kept)
    return Introduction(text=text, tokens=count(text), facts=tuple(kept), moved=moved)


def read_facts(file: Path) -> tuple[str, ...]:
    """The facts that a file lists.

    Args:
        file: A TOML file with ``facts = ["…", …]``, or a text or Markdown file whose list
            items are the facts (whose lines are, if it has no list).

    Raises:
        SettingsError: The file cannot be read, or holds no list of facts.
    """
    try:
        text = nfc(file.read_text(encoding="utf-8-sig"))
        if file.suffix.lower() != ".toml":
            return facts_in(text)
        facts = tomllib.loads(text).get("facts")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The file of facts {file} cannot be read: {error}.") from None
    if not isinstance(facts, list) or not all(isinstance(fact, str) for fact in facts):
        raise SettingsError(
            f"The file of facts {file} has no list of texts named 'facts'.",
            hint='Write it as: facts = ["We roast coffee.", "The office is in Manchester."]',
        )
    return tuple(dict.fromkeys(fact.strip() for fact in facts if fact.strip()))


def facts_in(text: str) -> tuple[str, ...]:
    """The list items of a text, or its lines where it has no list; headings are neither.

    A line that is indented below an item belongs to it.
    """
    items: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        lines.append(bare)
        if bullet := _BULLET.match(line):
            items.append(bullet["text"].strip())
        elif items and line[:1] in " \t":
            items[-1] = f"{items[-1]} {bare}"
    return tuple(dict.fromkeys(items or lines))


def keep_moved(library: Library, moved: Sequence[str], *, name: str = FACTS_NAME) -> bool:
    """Put the facts that did not fit into the library, so that a search finds them.

    The document of that name is replaced, or removed when there is nothing to keep.

    Args:
        library: The library, open for writing.
        moved: The facts.
        name: Name of the document.

    Returns:
        Whether the library was changed.

    Raises:
        LibraryError: The library cannot be written.
    """
    text = "\n\n".join(moved)
    try:
        held = library.text(name)
    except DocumentNotFoundError:
        held = ""
    if held == text:
        return False
    if text:
        library.add_text(text, name=name)
    else:
        library.remove(name)
    return True


def _written(
    profile: Profile, facts: Sequence[str], prompts: Path | None, language: Language
) -> str:
    messages = Prompt.load("system", language, prompts).render(
        assistant=profile.assistant,
        creator=profile.creator,
        company=profile.company,
        facts="\n".join(f"- {fact}" for fact in facts),
        rules="\n".join(f"- {rule}" for rule in profile.rules),
    )
    if not messages:
        raise PromptError("The prompt 'system' is empty.", hint="Write a [system] part into it.")
    return "\n\n".join(str(message.text) for message in messages)
