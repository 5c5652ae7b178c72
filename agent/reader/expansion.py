"""Other words for a question, as further search queries."""

from collections.abc import Callable, Collection, Sequence
from itertools import zip_longest
from typing import Final

from chorei.agent.reader.glossary import glossary
from chorei.agent.reader.stemming import stem
from chorei.agent.reader.stopwords import is_function_word
from chorei.agent.reader.synonyms import longest_phrase, spelled
from chorei.core import Hit, language_of, nfc, words

_ALTERNATIVES: Final = 8
_TRANSLATIONS: Final = 3


def queries(question: str) -> tuple[str, ...]:
    """The question and what else to search for, the question itself first.

    An English question is also searched with the synonyms of its words and with their
    Vietnamese counterparts, a Vietnamese one with its English counterparts, so that documents
    are found that say the same in other words.

    Args:
        question: A question in English or Vietnamese.
    """
    asked = words(nfc(question))
    if language_of(question) == "vi":
        found = [_to_english(asked)]
    else:
        found = [_in_other_words(asked), _to_vietnamese(asked)]
    return tuple(dict.fromkeys(query for query in (question, *found) if query))


def _to_english(syllables: list[str]) -> str:
    """What is in the glossary in English; names and English words as they are."""
    found = glossary().terms(syllables)
    if not found:
        return ""
    taken = {i for start, end, _ in found for i in range(start, end)}
    parts = [(start, " ".join(english[:_TRANSLATIONS])) for start, _, english in found]
    parts += [
        (i, syllable)
        for i, syllable in enumerate(syllables)
        if i not in taken and syllable.isascii() and not is_function_word(syllable, "vi")
    ]
    return " ".join(text for _, text in sorted(parts))


def _in_other_words(asked: list[str]) -> str:
    parts: list[str] = []
    for phrase in _phrases(asked):
        others = spelled(tuple(map(stem, phrase)))
        parts += [" ".join(phrase), *others[:_ALTERNATIVES]]
    return " ".join(dict.fromkeys(parts))


def _to_vietnamese(asked: list[str]) -> str:
    found = [glossary().vietnamese(tuple(map(stem, phrase))) for phrase in _phrases(asked)]
    return " ".join(dict.fromkeys(term for terms in found for term in terms[:_TRANSLATIONS]))


def _phrases(asked: list[str]) -> list[tuple[str, ...]]:
    """The content words, neighbours joined where they are a known phrase."""
    found: list[tuple[str, ...]] = []
    at = 0
    while at < len(asked):
        for length in range(min(longest_phrase(), len(asked) - at), 0, -1):
            phrase = tuple(asked[at : at + length])
            if is_function_word(phrase[0], "en"):
                at += 1
                break
            if length == 1 or spelled(tuple(map(stem, phrase))):
                found.append(phrase)
                at += length
                break
    return found


def gather(
    search: Callable[[str, int], Sequence[Hit]],
    questions: Sequence[str],
    limit: int,
    *,
    languages: Collection[str] = ("en", "vi"),
) -> list[Hit]:
    """Search for questions, as asked and in other words, and merge what is found.

    The rankings are interleaved: the best of each first. What a query in other words finds by
    its vector alone is left out, since an unordered heap of words has no meaning as a whole.

    Args:
        search: Finds passages for a query, at most so many.
        questions: The question; for a follow-up also what is newly asked.
        limit: Passages asked for with each query; at most twice as many are returned.
        languages: The languages that the library's documents are in.
    """
    rankings = []
    for question in dict.fromkeys(questions):
        for query in queries(question):
            if query == question:
                rankings.append(list(search(query, limit)))
            elif language_of(query, default="en") in languages:
                found = search(query, limit)
                rankings.append([hit for hit in found if hit.lexical_rank is not None])
    merged: dict[str, Hit] = {}
    for hits in zip_longest(*rankings):
        for hit in hits:
            if hit is not None:
                merged.setdefault(hit.passage.id, hit)
    return list(merged.values())[: 2 * limit]
