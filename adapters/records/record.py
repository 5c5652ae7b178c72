"""One training record: a short conversation, what it teaches, and where it came from."""

import hashlib
from enum import StrEnum
from typing import Literal

from chorei.core import Frozen, Language, fold, language_of, nfc

Role = Literal["system", "user", "assistant"]


class Kind(StrEnum):
    """What a record is for.

    ``FACT`` teaches something of the company; ``UNKNOWN`` teaches to say that a term is not
    known; ``GENERAL`` repeats what the base model says already, so that it is not forgotten.
    """

    FACT = "fact"
    UNKNOWN = "unknown"
    GENERAL = "general"


class Split(StrEnum):
    """Whether a record is trained on or kept to test with."""

    TRAIN = "train"
    HELD_OUT = "held_out"


class Turn(Frozen):
    """One message of a conversation."""

    role: Role
    content: str


class Record(Frozen):
    """One conversation that ends with the answer to be learned.

    Attributes:
        messages: An optional system message, then user and assistant in turn, the assistant last.
        kind: What it is for.
        topic: The term or subject, "" if none was given; the phrasings of one topic share it.
        facts: Strings that an answer must hold to be right; none if that cannot be checked.
        split: Set if whoever made the record decided it, else None.
        source: The file, conversation or document it came from.
        line: Line in that file, from 1; 0 if it has none.
        teacher: The model that wrote the answer, "" if people did.
    """

    messages: tuple[Turn, ...]
    kind: Kind = Kind.FACT
    topic: str = ""
    facts: tuple[str, ...] = ()
    split: Split | None = None
    source: str = ""
    line: int = 0
    teacher: str = ""

    @property
    def question(self) -> str:
        """The last question, in its own words."""
        return next(m.content for m in reversed(self.messages) if m.role == "user")

    @property
    def answer(self) -> str:
        """The last answer, the one that is learned."""
        return self.messages[-1].content

    @property
    def prompt(self) -> tuple[Turn, ...]:
        """Everything before the last answer."""
        return self.messages[:-1]

    @property
    def language(self) -> Language:
        """The language of the question, or of the answer where the question leaves it open."""
        return language_of(self.question, default=language_of(self.answer))

    def key(self) -> str:
        """SHA-256 of the conversation with white space and letter case evened out."""
        text = "\x1e".join(f"{m.role}\x1f{normal(m.content)}" for m in self.messages)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_json(self) -> dict[str, object]:
        """The record as one line of a JSONL file holds it; what is default is left out."""
        return {
            "messages": [m.model_dump() for m in self.messages],
            "kind": self.kind.value,
            **({"topic": self.topic} if self.topic else {}),
            **({"facts": list(self.facts)} if self.facts else {}),
            **({"split": self.split.value} if self.split else {}),
            **({"teacher": self.teacher} if self.teacher else {}),
        }


def exchange(
    question: str,
    answer: str,
    *,
    kind: Kind = Kind.FACT,
    topic: str = "",
    facts: tuple[str, ...] = (),
    split: Split | None = None,
    source: str = "",
    line: int = 0,
) -> Record:
    """A record of one question and its answer."""
    return Record(
        messages=(Turn(role="user", content=question), Turn(role="assistant", content=answer)),
        kind=kind,
        topic=topic,
        facts=facts,
        split=split,
        source=source,
        line=line,
    )


def normal(text: str) -> str:
    """The text in normal form C and lower case, white space and edge punctuation evened out."""
    return " ".join(nfc(text).casefold().split()).strip(" \t.,;:!?…\"'“”‘’()[]")


def folded(text: str) -> str:
    """Like :func:`normal`, and without diacritics: how two phrasings are compared."""
    return fold(normal(text))


def data_hash(records: tuple[Record, ...]) -> str:
    """SHA-256 over the conversations in order: the same records give the same hash."""
    digest = hashlib.sha256()
    for record in records:
        digest.update(record.key().encode())
        digest.update((record.split or "").encode())
    return digest.hexdigest()
