"""Records made from a glossary, from questions and answers, for made-up terms."""

import itertools
import random
from collections.abc import Iterable

from chorei.adapters.records.leaks import NEAR, grams, similarity
from chorei.adapters.records.phrasings import FRAMES, HELD, PHRASINGS, some
from chorei.adapters.records.record import Record, Split, exchange
from chorei.core import Frozen, Language, language_of


class Entry(Frozen):
    """A term of a glossary with its meaning in one language."""

    term: str
    meaning: str
    facts: tuple[str, ...] = ()
    language: Language | None = None


def from_glossary(
    entries: Iterable[Entry | tuple[str, str]],
    *,
    phrasings: int = 3,
    held_out: int = 1,
    seed: int = 0,
    source: str = "glossary",
) -> tuple[Record, ...]:
    """Several questions for each term, some of them held out.

    Args:
        entries: Terms with their meaning; a pair leaves the language to be recognised.
        phrasings: Questions trained per entry, at most twenty-four.
        held_out: Questions held out per entry, at most three; they use wordings of their own.
        seed: The same seed gives the same questions.
        source: What the records are said to come from.
    """
    records = []
    for number, given in enumerate(entries, start=1):
        entry = given if isinstance(given, Entry) else Entry(term=given[0], meaning=given[1])
        language = entry.language or language_of(entry.meaning)
        draw = random.Random(f"{seed}:{entry.term}:{language}")  # noqa: S311 - not for secrets
        wordings = PHRASINGS[language]
        chosen = [(w, Split.TRAIN) for w in some(wordings[:-HELD], phrasings, draw)]
        chosen += [(w, Split.HELD_OUT) for w in some(wordings[-HELD:], held_out, draw)]
        records += [
            exchange(
                wording.format(term=entry.term),
                entry.meaning,
                topic=entry.term,
                facts=entry.facts,
                split=split,
                source=source,
                line=number,
            )
            for wording, split in chosen
        ]
    return tuple(records)


def from_faq(
    pairs: Iterable[tuple[str, str]],
    *,
    phrasings: int = 3,
    held_out: int = 1,
    seed: int = 0,
    source: str = "faq",
) -> tuple[Record, ...]:
    """Several phrasings of each question, some of them held out.

    Questions in a row with the same answer are wordings of one question: the last is held out and
    the others are trained. A question that stands alone is trained and held out in frames: what
    people say around it, while the question stays as it is.

    Args:
        pairs: Questions with their answers.
        phrasings: Phrasings trained per answer, at most seven for a question that stands alone.
        held_out: Phrasings held out per answer, at most three; none where a question is so long
            that the frame hardly changes it.
        seed: The same seed gives the same frames.
        source: What the records are said to come from.
    """
    records: list[Record] = []
    for answer, group in itertools.groupby(enumerate(pairs, start=1), key=lambda item: item[1][1]):
        numbered = [(number, question) for number, (question, _) in group]
        lines = {question: number for number, question in numbered}
        own = list(lines)
        draw = random.Random(f"{seed}:{own[0]}")  # noqa: S311 - not for secrets
        spare = held_out and len(own) > 1 and not _near(own[-1], own[:-1])
        trained, held = (own[:-1], own[-1:]) if spare else (own, [])
        trained, more = _framed(trained, phrasings, held_out - len(held), draw)
        records += [
            exchange(
                text,
                answer,
                topic=own[0],
                split=split,
                source=source,
                line=lines.get(text, numbered[0][0]),
            )
            for split, texts in ((Split.TRAIN, trained), (Split.HELD_OUT, [*held, *more]))
            for text in texts
        ]
    return tuple(records)


def _framed(
    own: list[str], phrasings: int, held_out: int, draw: random.Random
) -> tuple[list[str], list[str]]:
    """The wordings with enough frames around them to train, and frames to hold out."""
    frames = FRAMES[language_of(own[0])]
    more = some(frames[1:-HELD], max(0, phrasings - len(own)), draw)
    trained = [*own, *(frame.format(question=own[0]) for frame in more)]
    spare = some(frames[-HELD:], max(0, held_out), draw)
    held = [frame.format(question=own[0]) for frame in spare]
    return trained, [text for text in held if not _near(text, trained)]


def _near(text: str, others: Iterable[str]) -> bool:
    return any(similarity(grams(text), grams(other)) >= NEAR for other in others)
