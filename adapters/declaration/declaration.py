"""The declaration of an adapter: its topics, how they are asked about, what it was taught to say.

It goes along with the adapter wherever that is served, so it holds no record: of the questions only
their words, out of order, and of the answers only marks by which a word is recognised, not read.
"""

import hashlib
import re
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from chorei.core import AdapterError, Frozen, Language, nfc

FILE: Final = "knows.json"
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_BYTES: Final = 4
_SHOWN: Final = 8  # topics


class Topic(Frozen):
    """One subject that the adapter was trained on.

    Attributes:
        name: The term or subject as its records name it; empty if they name none.
        named: Whether its questions say the name, so that another question must say it too.
        languages: Languages in which it was asked about.
        wordings: The words of its questions beside the name, in lower case and sorted: of a named
            topic all in one, else one entry for each question.
        taught: Marks of the words and numbers of its answers, with and without diacritics, sorted;
            see :func:`mark`.
    """

    name: str = ""
    named: bool = False
    languages: tuple[Language, ...] = ()
    wordings: tuple[tuple[str, ...], ...] = ()
    taught: tuple[str, ...] = ()


class Declaration(Frozen):
    """What an adapter claims to know.

    Attributes:
        version: Form of the file.
        adapter: The adapter's name in the registry.
        questions: How many questions of fact it was trained on.
        unknown: How many terms it was taught not to know.
        system: The system message of its records, if they share one.
        topics: What the questions are about.
    """

    version: Literal[1] = 1
    adapter: str = ""
    questions: int = 0
    unknown: int = 0
    system: str = ""
    topics: tuple[Topic, ...] = ()

    @property
    def languages(self) -> frozenset[Language]:
        """The languages it was asked in."""
        return frozenset(language for topic in self.topics for language in topic.languages)


def summary(declaration: Declaration | None) -> str:
    """What an adapter declares to know, in one line for people."""
    if declaration is None:
        return "It does not declare what it knows."
    names = [topic.name for topic in declaration.topics if topic.name]
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    languages = ", ".join(sorted(declaration.languages))
    named = f": {shown}" if names else ""
    return f"It declares to know {len(declaration.topics)} topics ({languages}){named}"


def read_declaration(path: Path) -> Declaration | None:
    """The declaration in a file or an adapter's folder; None if there is none.

    Raises:
        AdapterError: It is damaged, or of a later form.
    """
    file = path / FILE if path.is_dir() else path
    try:
        return Declaration.model_validate_json(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise AdapterError(
            f"{file} does not say what an adapter knows: {_first(error)}.",
            hint="Export the adapter again with this version of chorei.",
        ) from None


def mark(word: str) -> str:
    """A short mark of a word or number, whatever its case and however its digits are grouped.

    The first 32 bits of its BLAKE2s, so that a word can be recognised and not be read.
    """
    plain = re.sub(r"[.,]", "", word) if _GROUPED.fullmatch(word) else nfc(word).lower()
    return hashlib.blake2s(plain.encode(), digest_size=_BYTES).hexdigest()


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg'].lower()}" if place else first["msg"].lower()
    return str(error)
