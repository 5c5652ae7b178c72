"""A prompt: messages with named placeholders, read from a small file.

The file ``NAME.LANGUAGE.md`` begins with a head between lines of ``---``: ``version``, and the
placeholders that are ``required`` and ``optional``. Then come the messages under the headings
``# system``, ``# user`` and ``# assistant``. ``{name}`` is a placeholder; other braces are text.
"""

import difflib
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final, Self

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from chorei.core import Frozen, Language, PromptError

FILES: Final = Path(__file__).with_name("files")
"""Folder of the built-in prompts."""
OWN: Final = "own"
"""Version of a user's prompt that states none."""
_HEAD: Final = re.compile(r"\A---\n(?P<head>(?:[^\n]*\n){0,20}?)---\n")
_ROLE: Final = re.compile(r"^# (system|user|assistant)[ \t]*$", re.MULTILINE)
_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z_]{0,40})\}")
_NAME: Final = re.compile(r"(?P<name>[a-z][a-z_]*)\.(?P<language>en|vi)\.md")
_ROLES: Final[dict[str, type[BaseMessage]]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class Prompt(Frozen):
    """A prompt in one language.

    Attributes:
        name: Its name (``react_text``).
        language: Its language.
        version: Number of its wording; ``own`` for a user's prompt that states none.
        required: Placeholders that :meth:`render` must be given.
        optional: Placeholders that are empty unless given.
        sections: Role and text of each message.
    """

    name: str
    language: Language
    version: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the prompts there are, sorted."""
        return _names()

    @classmethod
    def load(cls, name: str, language: Language, folder: Path | None = None) -> Self:
        """Read a prompt.

        Args:
            name: One of :meth:`names`.
            language: Its language.
            folder: Folder with the user's own prompts; ``NAME.LANGUAGE.md`` there replaces the
                built-in one.

        Raises:
            PromptError: There is no such prompt, or the user's own one cannot be read, misses a
                required placeholder or has an unknown one.
        """
        if name not in _names():
            near = difflib.get_close_matches(name, _names(), n=1, cutoff=0.0)
            raise PromptError(f"There is no prompt '{name}'.", hint=f"Did you mean '{near[0]}'?")
        built_in = cls._read(FILES / f"{name}.{language}.md", name, language)
        if folder is None:
            return built_in
        _check_names(folder)
        own = folder / f"{name}.{language}.md"
        if not own.is_file():
            return built_in
        return cls._read(own, name, language, built_in)

    @classmethod
    def _read(cls, file: Path, name: str, language: Language, origin: Self | None = None) -> Self:
        try:
            text = file.read_text(encoding="utf-8").removeprefix("\ufeff")
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(f"The prompt {file} cannot be read: {error}.") from None
        head, body = _split_head(text)
        parts = _ROLE.split(body)
        sections = tuple(
            (role, content.strip()) for role, content in zip(parts[1::2], parts[2::2], strict=True)
        )
        if parts[0].strip() or not sections:
            raise PromptError(
                f"The prompt {file} does not begin with a message.",
                hint="Put each message below a line '# system', '# user' or '# assistant'.",
            )
        prompt = cls(
            name=name,
            language=language,
            version=head.get("version", OWN),
            required=origin.required if origin else tuple(head.get("required", "").split()),
            optional=origin.optional if origin else tuple(head.get("optional", "").split()),
            sections=sections,
        )
        prompt._check_placeholders(file)
        return prompt

    def _check_placeholders(self, file: Path) -> None:
        used = {name for _, text in self.sections for name in _PLACEHOLDER.findall(text)}
        known = (*self.required, *self.optional)
        for name in sorted(used.difference(known)):
            shown = ", ".join(f"{{{each}}}" for each in known)
            raise PromptError(
                f"The prompt {file} has an unknown placeholder {{{name}}}.",
                hint=f"It can have: {shown}." if shown else "It can have none.",
            )
        for name in self.required:
            if name not in used:
                raise PromptError(
                    f"The prompt {file} lacks the placeholder {{{name}}}.",
                    hint="Without it the model would not see what it is to work on.",
                )

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change when the text does (SHA-256)."""
        text = "\n".join(f"# {role}\n{section}" for role, section in self.sections)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def label(self) -> str:
        """Name, language and version in one word, for records: ``pal.en.1``."""
        return f"{self.name}.{self.language}.{self.version}"

    def render(self, **values: str) -> list[BaseMessage]:
        """The messages with the placeholders filled in.

        Values are inserted as they are: braces or headings in them mean nothing. A paragraph of the
        prompt whose placeholders are all empty is left out, and so is an empty message.

        Raises:
            PromptError: A required placeholder is not given, or an unknown one is.
        """
        for name in self.required:
            if name not in values:
                raise PromptError(f"The prompt '{self.name}' needs a value for {{{name}}}.")
        for name in values:
            if name not in self.required and name not in self.optional:
                raise PromptError(f"The prompt '{self.name}' has no placeholder {{{name}}}.")
        filled = [(role, _fill(text, values)) for role, text in self.sections]
        return [_ROLES[role](content=text) for role, text in filled if text]


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted({file.name.split(".")[0] for file in FILES.glob("*.md")}))


def _check_names(folder: Path) -> None:
    """Say so if a file in the user's folder would never be used."""
    if not folder.is_dir():
        raise PromptError(
            f"The folder of prompts {folder} does not exist.",
            hint="Create it, or take the setting 'prompts' away.",
        )
    for file in sorted(folder.glob("*.md")):
        match = _NAME.fullmatch(file.name)
        if match is not None and match["name"] not in _names():
            near = difflib.get_close_matches(match["name"], _names(), n=1, cutoff=0.0)
            raise PromptError(
                f"{file} replaces no prompt.",
                hint=f"Did you mean '{near[0]}.{match['language']}.md'?",
            )


def _split_head(text: str) -> tuple[dict[str, str], str]:
    text = text.replace("\r\n", "\n")
    match = _HEAD.match(text)
    if match is None:
        return {}, text
    pairs = (line.partition(":") for line in match["head"].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}, text[match.end() :]


def _fill(text: str, values: dict[str, str]) -> str:
    kept = []
    for paragraph in text.split("\n\n"):
        names = _PLACEHOLDER.findall(paragraph)
        if not names or any(values.get(name, "").strip() for name in names):
            kept.append(_PLACEHOLDER.sub(lambda found: values.get(found[1], ""), paragraph))
    return "\n\n".join(kept).strip()
