"""A declaration made from the records that an adapter was trained on."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chorei.adapters.declaration.declaration import FILE, Declaration, Topic, mark
from chorei.adapters.records.personal import find_personal
from chorei.adapters.records.reading import read_records
from chorei.adapters.records.record import Kind, Record, Split, folded
from chorei.core import fold, words

_LONGEST_NAME: Final = 6  # words


def declare(records: Sequence[Record], *, adapter: str = "") -> Declaration:
    """What an adapter may claim to know after training on records.

    Only questions of fact that are trained count. Records of one topic belong together, those
    without a topic by their answer. What looks personal (see
    :func:`~chorei.adapters.records.find_personal`) is left out whatever the records were allowed
    to hold.

    Args:
        records: The records; held-out ones are passed over.
        adapter: The adapter's name.
    """
    trained = [record for record in records if record.split is not Split.HELD_OUT]
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in trained:
        if record.kind is Kind.FACT:
            groups[folded(record.topic) or folded(record.answer)].append(record)
    return Declaration(
        adapter=adapter,
        questions=sum(map(len, groups.values())),
        unknown=len({folded(r.topic) for r in trained if r.kind is Kind.UNKNOWN}),
        system=_system(trained),
        topics=tuple(_topic(group) for group in groups.values()),
    )


def declare_folder(folder: Path, *, adapter: str) -> Declaration | None:
    """Write ``knows.json`` into the folder of an adapter; None if its records are not there.

    Raises:
        RecordsError: Its records cannot be read.
    """
    records = folder / "records.jsonl"
    if not records.is_file():
        return None
    made = declare(read_records(records)[0], adapter=adapter)
    (folder / FILE).write_text(made.model_dump_json(), encoding="utf-8")
    return made


def _topic(group: Sequence[Record]) -> Topic:
    name = next((record.topic for record in group if record.topic), "")
    if find_personal(name):
        name = ""
    asked = [_words(record.question) for record in group]
    term = words(name)
    named = _is_said(term, asked)
    wordings = [sorted({w for w in said if not named or w not in term}) for said in asked]
    if named:
        wordings = [sorted({word for said in wordings for word in said})]
    said = {word for record in group for word in _words(record.answer)}
    taught = {mark(form) for word in said for form in (word, fold(word))}
    return Topic(
        name=name,
        named=named,
        languages=tuple(sorted({record.language for record in group})),
        wordings=tuple(dict.fromkeys(map(tuple, wordings))),
        taught=tuple(sorted(taught)),
    )


def _system(trained: Sequence[Record]) -> str:
    """The system message that the records of facts share; empty if they share none."""
    said = {
        next((turn.content for turn in record.messages if turn.role == "system"), "")
        for record in trained
        if record.kind is Kind.FACT
    }
    shared = said.pop() if len(said) == 1 else ""
    return "" if find_personal(shared) else shared


def _is_said(term: Sequence[str], asked: Sequence[Sequence[str]]) -> bool:
    """Whether a topic is a term that most of its questions say among other words.

    The topic of a question and its answer may be the question itself, which is no term.
    """
    if not 0 < len(term) <= _LONGEST_NAME or any(question == list(term) for question in asked):
        return False
    return 2 * sum(_holds(question, term) for question in asked) > len(asked)


def _holds(question: Sequence[str], term: Sequence[str]) -> bool:
    size = len(term)
    return any(question[i : i + size] == list(term) for i in range(len(question) - size + 1))


def _words(text: str) -> list[str]:
    """The words of a text without those that look personal."""
    kept, start = [], 0
    for finding in find_personal(text):
        kept += words(text[start : finding.start])
        start = finding.end
    return [*kept, *words(text[start:])]
