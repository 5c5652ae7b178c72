"""A better and a worse answer to one prompt, or one answer with a thumb up or down."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chorei.adapters.records.problems import Problem
from chorei.adapters.records.reading import form_of, parse, read_text, write_lines
from chorei.adapters.records.record import Record, Split, Turn, folded, normal
from chorei.adapters.records.shapes import check_turns, messages_of, split_of, text_of
from chorei.core import Frozen, Language

_HINT = (
    'Write one JSON object a line: {"prompt": "…", "chosen": "…", "rejected": "…"},'
    ' or {"prompt": "…", "completion": "…", "label": true}.'
)


class Preference(Frozen):
    """What somebody prefers as the answer to a prompt.

    With both answers it is a pair, which DPO learns from; with one of them a thumb up (``chosen``)
    or down (``rejected``), which KTO learns from.

    Attributes:
        prompt: An optional system message, then user and assistant in turn, the user last.
        chosen: The better answer, "" if there is none.
        rejected: The worse answer, "" if there is none.
        split: Set if whoever made it decided it, else None.
        source: The file or conversation it came from.
        line: Line in that file, from 1; 0 if it has none.
    """

    prompt: tuple[Turn, ...]
    chosen: str = ""
    rejected: str = ""
    split: Split | None = None
    source: str = ""
    line: int = 0

    @property
    def paired(self) -> bool:
        """Whether there is a better and a worse answer."""
        return bool(self.chosen and self.rejected)

    @property
    def question(self) -> str:
        """The last question, in its own words."""
        return self.prompt[-1].content

    @property
    def language(self) -> Language:
        """The language of the question, or of an answer where the question leaves it open."""
        return self.records[0].language

    @property
    def records(self) -> tuple[Record, ...]:
        """Its answers as records, the better one first."""
        return tuple(
            Record(
                messages=(*self.prompt, Turn(role="assistant", content=answer)),
                split=self.split,
                source=self.source,
                line=self.line,
            )
            for answer in (self.chosen, self.rejected)
            if answer
        )

    def subject(self) -> str:
        """What is asked, with case, punctuation and diacritics evened out."""
        return "\x1e".join(f"{turn.role}:{folded(turn.content)}" for turn in self.prompt)

    def key(self) -> str:
        """SHA-256 of the prompt and the answers with white space and letter case evened out."""
        texts = [f"{turn.role}\x1f{normal(turn.content)}" for turn in self.prompt]
        texts += [f"chosen\x1f{normal(self.chosen)}", f"rejected\x1f{normal(self.rejected)}"]
        return hashlib.sha256("\x1e".join(texts).encode()).hexdigest()

    def as_json(self) -> dict[str, object]:
        """One line of a JSONL file, in TRL's conversational form."""
        fields: dict[str, object] = {"prompt": [turn.model_dump() for turn in self.prompt]}
        if self.paired:
            fields |= {"chosen": _said(self.chosen), "rejected": _said(self.rejected)}
        else:
            fields["completion"] = _said(self.chosen or self.rejected)
            fields["label"] = bool(self.chosen)
        return fields | ({"split": self.split.value} if self.split else {})


def read_preferences(path: Path) -> tuple[tuple[Preference, ...], tuple[Problem, ...]]:
    """The preferences of a file and the warnings about it.

    The forms of a file are those of :func:`chorei.adapters.records.read_records`.

    Raises:
        RecordsError: The file cannot be read, or lines of it cannot be used; every such line is
            named.
    """
    made, problems = parse(
        read_text(path), form_of(path), preference_of, source=path.name, empty=_HINT
    )
    found = (one.model_copy(update={"source": path.name, "line": line}) for line, one in made)
    return tuple(found), problems


def write_preferences(path: Path, found: tuple[Preference, ...]) -> None:
    """Write preferences as JSONL that :func:`read_preferences` reads back.

    Raises:
        RecordsError: The file cannot be written.
    """
    write_lines(path, (one.as_json() for one in found))


def preference_of(value: Mapping[str, Any]) -> Preference:
    """The preference that a JSON object or a row of a table holds.

    Read are ``prompt``, ``chosen`` and ``rejected``, and ``prompt``, ``completion`` (or
    ``response``) and ``label``; each text may also be a list of messages.

    Raises:
        ValueError: It has none of the shapes, or breaks the rules of a conversation.
    """
    prompt = _prompt(value)
    label = value.get("label")
    if label not in (None, ""):
        given = value.get("completion", value.get("response"))
        name = "chosen" if _thumb(label) else "rejected"
        answers = {name: _answer(given, "completion", prompt)}
    else:
        answers = {
            name: _answer(value[name], name, prompt)
            for name in ("chosen", "rejected")
            if value.get(name)
        }
    if not answers:
        raise ValueError(
            "There is neither 'chosen' and 'rejected' nor 'completion' and 'label' beside the"
            " prompt."
        )
    for answer in answers.values():
        check_turns([*prompt, Turn(role="assistant", content=answer)])
    if normal(answers.get("chosen", "")) == normal(answers.get("rejected", "")):
        raise ValueError("The better and the worse answer are the same.")
    return Preference(prompt=tuple(prompt), split=split_of(value.get("split")), **answers)


def _prompt(value: Mapping[str, Any]) -> list[Turn]:
    given = value.get("prompt", value.get("question"))
    if given is None:
        raise ValueError("There is no prompt.")
    if not isinstance(given, str):
        return messages_of(given)
    system = value.get("system")
    turns = [Turn(role="system", content=text_of(system, "system"))] if system else []
    return [*turns, Turn(role="user", content=given)]


def _answer(given: Any, name: str, prompt: list[Turn]) -> str:
    if isinstance(given, str) or given is None:
        return text_of(given, name)
    turns = messages_of(given)
    # Some data sets repeat the prompt in front of the answer.
    repeated, spoken = (
        [turn for turn in part if turn.role != "system"] for part in (turns[:-1], prompt)
    )
    if not turns or turns[-1].role != "assistant" or repeated not in ([], spoken):
        raise ValueError(f"'{name}' is not one answer to the prompt.")
    return turns[-1].content


def _thumb(label: Any) -> bool:
    known = {"true": True, "1": True, "up": True, "false": False, "0": False, "down": False}
    found = known.get(str(label).casefold())
    if found is None:
        raise ValueError(f"'label' is {label!r}; it is true or false.")
    return found


def _said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]
