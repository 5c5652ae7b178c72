"""Preferences made ready for tuning: no doubles, split, checked for leaks and personal data."""

import hashlib
import random
from collections.abc import Sequence, Set
from typing import Literal

from chorei.adapters.records.leaks import find_leaks, refuse_leaks
from chorei.adapters.records.personal import PersonalData, mask_text, scan
from chorei.adapters.records.preference import Preference
from chorei.adapters.records.problems import Problem
from chorei.adapters.records.record import Split, Turn, normal
from chorei.core import Frozen, RecordsError

FEW = 50
# With fewer questions one held-out question more or less would be the whole figure.
_SPLIT_FROM = 5
# Preferred answers this many times as long as the others teach length.
_LONG = 1.5


class PreferenceStatistics(Frozen):
    """What a set of preferences consists of.

    Attributes:
        train: Number of preferences that are trained.
        held_out: Number that are only tested.
        pairs: Number of those with a better and a worse answer.
        up: Number with a good answer only.
        down: Number with a bad answer only.
        questions: Number of different questions.
        languages: Preferences of each language.
        median_chosen: Median length of the better answers, in characters; 0 if there are none.
        median_rejected: Median length of the worse answers, in characters; 0 if there are none.
    """

    train: int
    held_out: int
    pairs: int
    up: int
    down: int
    questions: int
    languages: dict[str, int]
    median_chosen: int
    median_rejected: int


class Preferences(Frozen):
    """Preferences that may be tuned with.

    Attributes:
        train: What is trained on, in the order it was given.
        held_out: What is only tested.
        personal: What looked personal, before masking.
        warnings: Remarks that do not stop tuning.
    """

    train: tuple[Preference, ...]
    held_out: tuple[Preference, ...]
    personal: PersonalData = PersonalData()
    warnings: tuple[Problem, ...] = ()

    @property
    def all(self) -> tuple[Preference, ...]:
        """All of them, each with its split written down."""
        return tuple(
            one.model_copy(update={"split": split})
            for split, part in ((Split.TRAIN, self.train), (Split.HELD_OUT, self.held_out))
            for one in part
        )

    def hash(self) -> str:
        """SHA-256 of the preferences in order and their split."""
        digest = hashlib.sha256()
        for one in self.all:
            digest.update(one.key().encode())
            digest.update((one.split or "").encode())
        return digest.hexdigest()

    def statistics(self) -> PreferenceStatistics:
        """Counts, languages and lengths."""
        found = self.all
        languages = [one.language for one in found]
        return PreferenceStatistics(
            train=len(self.train),
            held_out=len(self.held_out),
            pairs=sum(one.paired for one in found),
            up=sum(not one.rejected for one in found),
            down=sum(not one.chosen for one in found),
            questions=len({one.subject() for one in found}),
            languages={name: languages.count(name) for name in sorted(set(languages))},
            median_chosen=median([len(one.chosen) for one in found if one.chosen]),
            median_rejected=median([len(one.rejected) for one in found if one.rejected]),
        )


def prepare_preferences(
    found: Sequence[Preference],
    *,
    held_out: float = 0.2,
    seed: int = 0,
    personal: Literal["refuse", "mask", "allow"] = "refuse",
) -> Preferences:
    """Check preferences and split them into those to train and those to test.

    Args:
        found: As read or made; one that names its split keeps it.
        held_out: Share of the other questions to hold out; all preferences of a question, and of
            one that is nearly the same, stay on one side. Of fewer than five questions none is.
        seed: The same seed gives the same split.
        personal: What to do about what looks personal.

    Raises:
        RecordsError: There are fewer than two preferences, one answer is both better and worse, a
            held-out question leaks, or something personal was found and not allowed.
    """
    looks = scan([record for one in found for record in one.records])
    if personal == "refuse":
        looks.refuse()
    if personal == "mask" and looks:
        found = [_masked(one) for one in found]
    unique, warnings = _deduplicated(found)
    if len(unique) < 2:
        raise RecordsError(
            "One preference is not enough to learn from.",
            hint="Rate more answers, and say what the bad ones should have been.",
        )
    _refuse_contradictions(unique)
    train, held = _split(unique, held_out, seed)
    if not train:
        raise RecordsError("All preferences are held out; there is nothing to train on.")
    refuse_leaks(
        [record for one in train for record in one.records], [one.records[0] for one in held]
    )
    return Preferences(
        train=tuple(train),
        held_out=tuple(held),
        personal=looks,
        warnings=(*warnings, *_remarks(train, held)),
    )


def median(values: Sequence[int]) -> int:
    """The upper median; 0 of nothing."""
    return sorted(values)[len(values) // 2] if values else 0


def _masked(one: Preference) -> Preference:
    return one.model_copy(
        update={
            "prompt": tuple(
                Turn(role=turn.role, content=mask_text(turn.content)) for turn in one.prompt
            ),
            "chosen": mask_text(one.chosen),
            "rejected": mask_text(one.rejected),
        }
    )


def _deduplicated(found: Sequence[Preference]) -> tuple[list[Preference], list[Problem]]:
    seen: dict[tuple[str, Split | None], Preference] = {}
    warnings = []
    for one in found:
        first = seen.setdefault((one.key(), one.split), one)
        if first is not one:
            message = f"The same as line {first.line}; left out."
            warnings.append(Problem(line=one.line, message=message, severity="warning"))
    return list(seen.values()), warnings


def _refuse_contradictions(found: Sequence[Preference]) -> None:
    better: dict[tuple[str, str], int] = {
        (one.subject(), normal(one.chosen)): one.line for one in found if one.chosen
    }
    for one in found:
        line = better.get((one.subject(), normal(one.rejected))) if one.rejected else None
        if line is not None:
            raise RecordsError(
                f"Lines {line} and {one.line} call the same answer better and worse:"
                f" “{one.rejected[:80]}”.",
                hint="Keep the one that is right.",
                line=one.line or None,
            )


def _split(
    found: Sequence[Preference], share: float, seed: int
) -> tuple[list[Preference], list[Preference]]:
    groups = sorted({one.subject() for one in found if one.split is None})
    wanted = round(share * len(groups)) if len(groups) >= _SPLIT_FROM else 0
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    chosen = set(draw.sample(groups, wanted))
    train, held = _sides(found, chosen)
    # Of questions that are nearly the same all are trained; what was split by hand is refused.
    asked = {one.records[0].key(): one.subject() for one in held if one.split is None}
    records = [record for one in train for record in one.records]
    tested = [one.records[0] for one in held if one.split is None]
    near = {asked[leak.held_out.key()] for leak in find_leaks(records, tested)}
    return _sides(found, chosen - near)


def _sides(
    found: Sequence[Preference], chosen: Set[str]
) -> tuple[list[Preference], list[Preference]]:
    def tested(one: Preference) -> bool:
        return one.subject() in chosen if one.split is None else one.split is Split.HELD_OUT

    return [one for one in found if not tested(one)], [one for one in found if tested(one)]


def _remarks(train: Sequence[Preference], held: Sequence[Preference]) -> list[Problem]:
    remarks = []
    if len(train) < FEW:
        remarks.append(
            f"{len(train)} preferences to train. With fewer than {FEW}, expect the style to move"
            " and little else."
        )
    if not held:
        remarks.append(
            "Nothing is held out, so it is measured on what was trained; rate"
            f" {_SPLIT_FROM} or more different questions."
        )
    chosen = median([len(one.chosen) for one in train if one.chosen])
    rejected = median([len(one.rejected) for one in train if one.rejected])
    if rejected and chosen > _LONG * rejected:
        remarks.append(
            f"The better answers are {chosen / rejected:.1f} times as long as the worse ones"
            f" (median {chosen} and {rejected} characters), so length may be what is learned;"
            " the evaluation looks for that."
        )
    return [Problem(line=0, message=message, severity="warning") for message in remarks]
