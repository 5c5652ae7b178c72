"""Records made ready for training: no doubles, split, checked for leaks and personal data."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal

from chorei.adapters.records.leaks import refuse_leaks
from chorei.adapters.records.personal import PersonalData, mask, scan
from chorei.adapters.records.problems import Problem
from chorei.adapters.records.record import Kind, Record, Split, data_hash, folded, normal
from chorei.core import Frozen, RecordsError

FEW = 200


class Statistics(Frozen):
    """What a set of records consists of.

    Attributes:
        records: Number of records, training and held out.
        train: Number of training records.
        held_out: Number of held-out records.
        topics: Number of different topics.
        kinds: Records of each kind.
        languages: Records of each language.
        median_question: Median length of the questions, in characters.
        median_answer: Median length of the answers, in characters.
        longest: Length of the longest conversation, in characters.
    """

    records: int
    train: int
    held_out: int
    topics: int
    kinds: dict[str, int]
    languages: dict[str, int]
    median_question: int
    median_answer: int
    longest: int


class Dataset(Frozen):
    """Records that may be trained on.

    Attributes:
        train: What is trained on, in the order it was given.
        held_out: Phrasings that are only tested.
        personal: What looked personal, before masking.
        warnings: Remarks that do not stop training.
    """

    train: tuple[Record, ...]
    held_out: tuple[Record, ...]
    personal: PersonalData = PersonalData()
    warnings: tuple[Problem, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, each with its split written down."""
        return tuple(
            record.model_copy(update={"split": split})
            for split, part in ((Split.TRAIN, self.train), (Split.HELD_OUT, self.held_out))
            for record in part
        )

    def hash(self) -> str:
        """SHA-256 of the records and their split."""
        return data_hash(self.records)

    def statistics(self) -> Statistics:
        """Counts, languages and lengths."""
        records = self.records
        return Statistics(
            records=len(records),
            train=len(self.train),
            held_out=len(self.held_out),
            topics=len({r.topic for r in records if r.topic}),
            kinds=dict(sorted(Counter(r.kind.value for r in records).items())),
            languages=dict(sorted(Counter(r.language for r in records).items())),
            median_question=_median([len(r.question) for r in records]),
            median_answer=_median([len(r.answer) for r in records]),
            longest=max(sum(len(m.content) for m in r.messages) for r in records),
        )


def prepare(
    records: Sequence[Record],
    *,
    held_out: float = 0.2,
    seed: int = 0,
    personal: Literal["refuse", "mask", "allow"] = "refuse",
) -> Dataset:
    """Check records and split them into training and held-out phrasings.

    Args:
        records: As read; a record that names its split keeps it.
        held_out: Share of the other phrasings of facts to hold out. Of each topic at least one
            phrasing is trained, so only topics with two or more give any.
        seed: The same seed gives the same split.
        personal: What to do about what looks personal.

    Raises:
        RecordsError: There are fewer than two records, one question has contradicting answers,
            a held-out phrasing leaks, or something personal was found and not allowed.
    """
    found = scan(records)
    if personal == "refuse":
        found.refuse()
    if personal == "mask" and found:
        records = [mask(record) for record in records]
    unique, warnings = _deduplicated(records)
    if len(unique) < 2:
        raise RecordsError(
            "One record is not enough to learn from.",
            hint="Give each fact at least three phrasings; `chorei adapters records` makes them"
            " from a glossary.",
        )
    _refuse_contradictions(unique)
    train, held = _split(unique, held_out, seed)
    if not train:
        raise RecordsError("All records are held out; there is nothing to train on.")
    refuse_leaks(train, held)
    return Dataset(
        train=tuple(train),
        held_out=tuple(held),
        personal=found,
        warnings=(*warnings, *_remarks(train, held)),
    )


def _deduplicated(records: Sequence[Record]) -> tuple[list[Record], list[Problem]]:
    # The same conversation on both sides of a split is no double but a leak.
    seen: dict[tuple[str, Split | None], Record] = {}
    warnings = []
    for record in records:
        first = seen.setdefault((record.key(), record.split), record)
        if first is not record:
            warnings.append(
                Problem(
                    line=record.line,
                    message=f"The same as line {first.line}; left out.",
                    severity="warning",
                )
            )
    return list(seen.values()), warnings


def _refuse_contradictions(records: Sequence[Record]) -> None:
    """Refuse answers that look shuffled: an answer that lacks its own record's facts.

    Raises:
        RecordsError: Names the lines.
    """
    wrong = [
        record
        for record in records
        if record.facts and not all(normal(f) in normal(record.answer) for f in record.facts)
    ]
    if wrong:
        lines = ", ".join(str(record.line) for record in wrong[:12])
        raise RecordsError(
            f"{len(wrong)} answers do not hold the facts of their own record (lines {lines}).",
            hint="Were the answers shuffled? Each answer must contain its record's 'facts'.",
            line=wrong[0].line or None,
        )
    answers: dict[str, Record] = {}
    for record in records:
        asked = "\x1e".join(f"{turn.role}:{folded(turn.content)}" for turn in record.prompt)
        first = answers.setdefault(asked, record)
        if normal(first.answer) != normal(record.answer):
            raise RecordsError(
                f"Lines {first.line} and {record.line} answer the same question differently:"
                f" “{record.question[:80]}”.",
                hint="Keep the right one.",
                line=record.line or None,
            )


def _split(records: Sequence[Record], share: float, seed: int) -> tuple[list[Record], list[Record]]:
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record.kind is Kind.FACT and record.split is None:
            subject = folded(record.topic) or folded(record.answer)
            groups[subject, record.language].append(record)
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    spare = [
        record
        for key in sorted(groups)
        for record in draw.sample(groups[key], len(groups[key]))[1:]
    ]
    wanted = round(share * sum(len(group) for group in groups.values()))
    chosen = {r.key() for r in draw.sample(spare, min(wanted, len(spare)))}
    held = [
        r for r in records if r.split is Split.HELD_OUT or (r.split is None and r.key() in chosen)
    ]
    places = {id(record) for record in held}
    return [record for record in records if id(record) not in places], held


def _remarks(train: Sequence[Record], held: Sequence[Record]) -> list[Problem]:
    remarks = []
    if len(train) < FEW:
        remarks.append(
            f"{len(train)} training records. With fewer than {FEW}, expect the facts to be learned"
            " and little else: other wordings may miss, and the style may bleed into other"
            " answers. Give each fact more phrasings."
        )
    if not held:
        remarks.append("Nothing is held out, so nothing can be measured.")
    kinds = Counter(record.kind for record in train)
    if not kinds[Kind.UNKNOWN]:
        remarks.append(
            "No record answers an unknown term with not knowing it; expect inventions there."
            " `chorei adapters records` adds some with --unknown."
        )
    if not kinds[Kind.GENERAL]:
        remarks.append(
            "No record repeats general knowledge; expect some of it to be forgotten."
            " `chorei adapters records` adds some with --general."
        )
    return [Problem(line=0, message=message, severity="warning") for message in remarks]


def _median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]
