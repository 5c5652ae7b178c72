"""Records and preferences made from rated answers."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from chorei.adapters.records.preference import Preference
from chorei.adapters.records.reading import form_of, parse, read_text
from chorei.adapters.records.record import Record, Turn, exchange, folded, normal
from chorei.core import Frozen, Rating


class _Said(Frozen):
    """One answer to a question, and what was last said about it."""

    text: str
    good: bool
    corrected: bool
    order: int


def read_ratings(path: Path) -> tuple[Rating, ...]:
    """The ratings that ``chorei feedback export`` wrote.

    Raises:
        RecordsError: The file cannot be read, or lines of it are no ratings; each is named.
    """
    made, _ = parse(
        read_text(path),
        form_of(path),
        _rating,
        source=path.name,
        empty="Export them with: chorei feedback export FILE",
    )
    return tuple(rating for _, rating in made)


def from_ratings(
    ratings: Iterable[Rating], *, quoted: bool = False, source: str = "ratings"
) -> tuple[Record, ...]:
    """A record for each question that has a good answer: a correction, or an answer rated up.

    Only what a person said becomes a record. A correction comes before an answer, and the latest
    before an earlier one; what was rated up and later down is no good answer. Answers that the
    model knew by itself are taken; those quoted from documents only on request, as an adapter
    that repeats documents grows old with them; computed ones and fixed phrases never.

    Args:
        ratings: The oldest first, as they are exported.
        quoted: Whether answers quoted from documents are taken too.
        source: What the records are said to come from.
    """
    records = []
    for number, (question, said) in enumerate(_opinions(ratings, quoted), start=1):
        good = [one for one in said if one.good]
        if good:
            best = max(good, key=lambda one: (one.corrected, one.order))
            records.append(
                exchange(question, best.text, topic=question, source=source, line=number)
            )
    return tuple(records)


def preferences(
    ratings: Iterable[Rating], *, quoted: bool = False, source: str = "ratings"
) -> tuple[Preference, ...]:
    """Pairs of each good and each bad answer to a question; thumbs where there is but one kind.

    Args:
        ratings: The oldest first, as they are exported.
        quoted: Whether answers quoted from documents are taken too; see :func:`from_ratings`.
        source: What the preferences are said to come from.
    """
    made: list[Preference] = []
    for question, said in _opinions(ratings, quoted):
        prompt = (Turn(role="user", content=question),)
        good = [one.text for one in said if one.good]
        bad = [one.text for one in said if not one.good]
        both = itertools.product(good or [""], bad or [""])
        made += [
            Preference(prompt=prompt, chosen=better, rejected=worse, source=source)
            for better, worse in both
        ]
    return tuple(
        one.model_copy(update={"line": number}) for number, one in enumerate(made, start=1)
    )


def _opinions(ratings: Iterable[Rating], quoted: bool) -> Iterator[tuple[str, list[_Said]]]:
    """Each question with the answers to it; what was said last about an answer counts."""
    questions: dict[str, tuple[str, dict[str, _Said]]] = {}
    for order, rating in enumerate(ratings):
        _, said = questions.setdefault(folded(rating.asked), (rating.asked, {}))
        if rating.correction.strip():
            text = rating.correction.strip()
            said[normal(text)] = _Said(text=text, good=True, corrected=True, order=order)
        own = rating.origin in (None, "model") or (quoted and rating.origin == "documents")
        text = rating.answer.strip()
        # An answer that was corrected is not a good one, whatever the thumb.
        good = rating.rating == "up" and not rating.correction.strip()
        if own and text and normal(text) != normal(rating.correction):
            said[normal(text)] = _Said(text=text, good=good, corrected=False, order=order)
    for question, said in questions.values():
        if said:
            yield question, list(said.values())


def _rating(value: Mapping[str, Any]) -> Rating:
    try:
        return Rating.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"This is no rating: {place}: {first['msg'].lower()}.") from None
