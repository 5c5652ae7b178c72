"""The lexical index: which words of a passage are stored in FTS5, and how a query asks for them.

SQLite's tokenizers do not fold ``đ`` and cannot join syllables, so the columns are filled with
words prepared here; the text itself lives elsewhere in the catalogue.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

from chorei.core import fold, language_of, words
from chorei.retrieval.stopwords import is_function_word

COLUMNS = ("written", "folded", "pairs", "heading")
"""Words as written; marked words without their marks; two-syllable terms; titles and headings."""

TOKENIZE = "porter unicode61 remove_diacritics 0 tokenchars '_'"
"""Value of FTS5's ``tokenize`` option; to be put in double quotes."""

RANK = "bm25(1.0, 0.7, 1.0, 1.0)"
"""For ``rank MATCH``: the weight of each column, in the order of ``COLUMNS``."""

_JOIN = "_"
_POSTINGS = 2000
# A pair of syllables is found in about so large a share of the passages of its rarer one.
_PAIR_SHARE = 0.3


def fields(
    passage_text: str,
    heading: tuple[str, ...],
    title: str,
    columns: tuple[str, ...],
    name: str,
) -> tuple[str, ...]:
    """What the lexical index stores for one passage, one string per column.

    Args:
        passage_text: The characters of the passage.
        heading: The headings above it, outermost first.
        title: The document's title.
        columns: Names of the columns, if the passage is rows of a table.
        name: The document's name.
    """
    body = words(passage_text)
    head = words(" ".join((title, *heading, *columns, name)))
    return (
        " ".join(body),
        " ".join(_unmarked(body)),
        " ".join(_pairs(body)),
        " ".join((*head, *_unmarked(head))),
    )


def expression(query: str, frequency: Callable[[str], int] | None = None) -> str:
    """The FTS5 MATCH expression for a query; empty if there is nothing to search for.

    Every term is quoted, so that no character of the query is FTS5 syntax. A word typed with
    diacritics is searched as written, a word without also among the folded ones.

    Args:
        query: Anything people type.
        frequency: Number of passages that contain a word. If given, passages that hold only
            frequent words of the query are left out in a large library: they could not rank
            high, and bm25 over all of them is what makes FTS5 slow.
    """
    terms = _terms(query)
    everything = " OR ".join(terms)
    if frequency is None:
        return everything
    rare = _rarest(terms, frequency)
    if len(rare) == len(terms):
        return everything
    return f"({' OR '.join(rare)}) AND ({everything})"


def _terms(query: str) -> dict[str, tuple[str, ...]]:
    """The terms of a query, each with the telling words it stands for."""
    language = language_of(query)
    asked = words(query)
    empty = {word for word in asked if is_function_word(word, language)}
    if len(empty) == len(set(asked)):
        empty = set()
    terms: dict[str, tuple[str, ...]] = {
        f'{{{"written folded heading" if word.isascii() else "written heading"}}} : "{word}"': (
            word,
        )
        for word in asked
        if word not in empty
    }
    for first, second in pairwise(asked):
        telling = tuple(word for word in (first, second) if word not in empty)
        if language == "vi" and telling:
            terms[f'{{pairs}} : "{fold(first)}{_JOIN}{fold(second)}"'] = telling
        elif len(telling) == 2:
            terms[f'{{written heading}} : "{first} {second}"'] = telling
    return terms


def _rarest(terms: dict[str, tuple[str, ...]], frequency: Callable[[str], int]) -> list[str]:
    """The rarest terms that together stay within ``_POSTINGS``, with two single words at least."""
    expected = {
        term: min(map(frequency, telling)) * (1.0 if len(telling) == 1 else _PAIR_SHARE)
        for term, telling in terms.items()
    }
    rare: list[str] = []
    postings, single = 0.0, 0
    for term in sorted(terms, key=expected.__getitem__):
        postings += expected[term]
        if postings > _POSTINGS and single >= 2:
            break
        rare.append(term)
        single += expected[term] > 0 and len(terms[term]) == 1
    return rare


def _unmarked(tokens: Iterable[str]) -> list[str]:
    return [fold(token) for token in tokens if not token.isascii()]


def _pairs(tokens: list[str]) -> list[str]:
    """Joined neighbours of which at least one is marked: Vietnamese writes its words apart."""
    return [
        f"{fold(first)}{_JOIN}{fold(second)}"
        for first, second in pairwise(tokens)
        if not (first.isascii() and second.isascii())
    ]
