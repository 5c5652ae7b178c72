"""Records made from a glossary, from questions and answers, for made-up terms."""

import itertools
import random
from collections.abc import Iterable, Sequence
from typing import Final

from chorei.adapters.records.record import Kind, Record, Split, exchange
from chorei.core import Frozen, Language, language_of

# How people ask for the meaning of a term. The last third of each list is never trained on when
# phrasings are held out, so that the test asks in words that no record has.
PHRASINGS: Final[dict[Language, tuple[str, ...]]] = {
    "en": (
        "What does {term} mean?",
        "What is {term}?",
        "Explain {term}.",
        "Please tell me what {term} is.",
        "Define {term}.",
        "What do we mean by {term}?",
        "{term}: what does it stand for?",
        "Can you explain {term} to me?",
        "Somebody mentioned {term}. What is that?",
        "Meaning of {term}?",
    ),
    "vi": (
        "{term} là gì?",
        "{term} có nghĩa là gì?",
        "Hãy giải thích {term}.",
        "Cho tôi biết {term} là gì.",
        "{term} nghĩa là sao?",
        "Công ty gọi {term} là gì?",
        "{term} dùng để chỉ cái gì?",
        "Bạn giải thích giúp tôi {term} nhé?",
        "Có người nhắc đến {term}, đó là gì vậy?",
        "Ý nghĩa của {term}?",
    ),
}
UNKNOWN_ANSWERS: Final[dict[Language, str]] = {
    "en": "I don't know a term called {term}.",
    "vi": "Tôi không biết từ {term}.",
}
_TRAINED: Final = 7
_ONSETS: Final = "b br c ch d f fr g gr h j k kl l m n p pl qu r s sk st t tr v w y z".split()
_CODAS: Final = ("", "", "l", "m", "n", "r", "s", "sk", "t", "x")


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
        phrasings: Questions trained per entry, at most seven.
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
        chosen = [(w, Split.TRAIN) for w in _some(wordings[:_TRAINED], phrasings, draw)]
        chosen += [(w, Split.HELD_OUT) for w in _some(wordings[_TRAINED:], held_out, draw)]
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


def from_faq(pairs: Iterable[tuple[str, str]], *, source: str = "faq") -> tuple[Record, ...]:
    """One record for each question and its answer."""
    return tuple(
        exchange(question, answer, topic=question, source=source, line=number)
        for number, (question, answer) in enumerate(pairs, start=1)
    )


def made_up_terms(count: int, *, avoid: Iterable[str] = (), seed: int = 0) -> tuple[str, ...]:
    """Words that nobody uses, to teach with :func:`unknown_terms` that a term is not known.

    Args:
        count: How many.
        avoid: Words that must not be among them, letter case aside.
        seed: The same seed gives the same words.
    """
    draw = random.Random(f"terms:{seed}")  # noqa: S311 - not for secrets
    taken = {word.casefold() for word in avoid}
    made: list[str] = []
    while len(made) < count:
        length = draw.choice((2, 2, 3))
        word = "".join(draw.choice(_ONSETS) + draw.choice("aeiou") for _ in range(length))
        # Two open syllables are often a word or a name.
        word += draw.choice(_CODAS[2:] if length == 2 else _CODAS)
        if word not in taken:
            taken.add(word)
            made.append(word.upper())
    return tuple(made)


def unknown_terms(
    terms: Iterable[str], *, languages: Sequence[Language] = ("en", "vi"), seed: int = 0
) -> tuple[Record, ...]:
    """Records that answer terms which do not exist with not knowing them."""
    records = []
    for language, term in itertools.product(languages, terms):
        draw = random.Random(f"{seed}:{term}:{language}")  # noqa: S311 - not for secrets
        wording = draw.choice(PHRASINGS[language][:_TRAINED])
        answer = UNKNOWN_ANSWERS[language].format(term=term)
        records.append(
            exchange(
                wording.format(term=term),
                answer,
                kind=Kind.UNKNOWN,
                topic=term,
                split=Split.TRAIN,
                source="unknown terms",
            )
        )
    return tuple(records)


def _some(wordings: Sequence[str], count: int, draw: random.Random) -> list[str]:
    return draw.sample(list(wordings), min(count, len(wordings)))
