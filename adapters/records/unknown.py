"""Terms that do not exist, to teach that a term is not known."""

import itertools
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from chorei.adapters.records.phrasings import HELD, PHRASINGS
from chorei.adapters.records.record import Kind, Record, Split, exchange
from chorei.core import Language

# They name the term first, as definitions do: known or not is decided when it has been said.
UNKNOWN_ANSWERS: Final[dict[Language, str]] = {
    "en": "{term} is a term that I don't know.",
    "vi": "{term} là từ mà tôi không biết.",
}
_ONSETS: Final = "b br c ch d f fr g gr h j k kl l m n p pl qu r s sk st t tr v w y z".split()
_CODAS: Final = ("", "", "l", "m", "n", "r", "s", "sk", "t", "x")
# Fewer names than this say little about how a company coins its own.
_ENOUGH: Final = 8
_SHORTEST: Final = 4
_FAR: Final = 2


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


def terms_like(
    terms: Sequence[str], count: int, *, avoid: Iterable[str] = (), seed: int = 0
) -> tuple[str, ...]:
    """Words that nobody uses, shaped like given ones.

    A model that is taught to decline any odd sounding word learns to tell odd from known by the
    sound; one that has seen words like the company's own declined must know the term itself. Each
    is the beginning of one given word with the end of another, or a chain of their letters, and at
    least two letters away from every one of them. Words with a space, with anything but letters or
    shorter than four are not imitated; where fewer than eight are left, or their variety is used
    up, :func:`made_up_terms` fills in.

    Args:
        terms: The words to imitate.
        count: How many to make.
        avoid: Further words that must not be among them, letter case aside.
        seed: The same seed gives the same words.
    """
    models = [t for t in dict.fromkeys(terms) if t.isalpha() and len(t) >= _SHORTEST]
    taken = {word.casefold() for word in (*avoid, *terms)}
    made: list[str] = []
    if len(models) >= _ENOUGH:
        draw = random.Random(f"like:{seed}")  # noqa: S311 - not for secrets
        shortest, longest = min(map(len, models)), max(map(len, models))
        for word in itertools.islice(_shaped(models, draw), 50 * count):
            if len(made) == count:
                break
            if not shortest <= len(word) <= longest or word.casefold() in taken:
                continue
            if min(_distance(word, other) for other in models) >= _FAR:
                taken.add(word.casefold())
                made.append(word)
    return (*made, *made_up_terms(count - len(made), avoid=taken, seed=seed))


def unknown_terms(
    terms: Iterable[str], *, languages: Sequence[Language] = ("en", "vi"), seed: int = 0
) -> tuple[Record, ...]:
    """Records that answer terms which do not exist with not knowing them."""
    records = []
    for language, term in itertools.product(languages, terms):
        draw = random.Random(f"{seed}:{term}:{language}")  # noqa: S311 - not for secrets
        wording = draw.choice(PHRASINGS[language][:-HELD])
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


def unknown_beside(
    records: Sequence[Record], count: int, *, avoid: Iterable[str] = (), seed: int = 0
) -> tuple[Record, ...]:
    """Unknown terms to train beside records, in their languages and shaped like their topics.

    Args:
        records: What is to be trained.
        count: How many terms; each is asked in one language, so that many terms are seen.
        avoid: Words that must not be among them, letter case aside.
        seed: The same seed gives the same terms.
    """
    facts = [record for record in records if record.kind is Kind.FACT]
    topics = list(dict.fromkeys(record.topic for record in facts if record.topic))
    languages = tuple(sorted({record.language for record in facts})) or ("en", "vi")
    terms = terms_like(topics, count, avoid=avoid, seed=seed)
    return tuple(
        record
        for place, language in enumerate(languages)
        for record in unknown_terms(
            terms[place :: len(languages)], languages=(language,), seed=seed
        )
    )


def _shaped(models: Sequence[str], draw: random.Random) -> Iterator[str]:
    follows: dict[str, list[str]] = defaultdict(list)
    for model in models:
        marked = f"^^{model}$"
        for place in range(len(marked) - 2):
            follows[marked[place : place + 2]].append(marked[place + 2])
    longest = max(map(len, models))
    while True:
        if draw.random() < 0.5:
            first, last = draw.sample(models, 2)
            begin = first[: draw.randint(2, len(first) - 2)]
            yield begin + last[draw.randint(2, len(last) - 2) :]
            continue
        word, state = "", "^^"
        while state in follows and len(word) <= longest:
            letter = draw.choice(follows[state])
            if letter == "$":
                break
            word, state = word + letter, state[1] + letter
        yield word


def _distance(one: str, other: str) -> int:
    """Levenshtein distance, letter case aside."""
    one, other = one.casefold(), other.casefold()
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        previous, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            changed = previous + (a != b)
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, changed)
    return row[-1]
