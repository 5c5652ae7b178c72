"""Requests: a user asks, in their own words, for something to be done."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from chorei.core import Language, fold, language_of
from chorei.tools import request_words as words_of
from chorei.tools.extraction import plain

_MOST_FILLERS: Final = 4
_LONGEST: Final = 600
# The dot of an address or a number ends no sentence.
_SENTENCE: Final = re.compile(r"(?<=[.!?;\n])(?:\s+|$)")
_PLURAL: Final = re.compile(r"(?<=[a-z]{2})(?:es|s)$")


class _Word(NamedTuple):
    written: str
    folded: str


class _Core(NamedTuple):
    """A phrase without its frame: what is to be done, and to what."""

    language: Language
    words: tuple[_Word, ...]


class Request:
    """The phrases by which users ask for one tool.

    A phrase such as "I want to return my order" stands for its verb and its object in any frame
    of a request ("could you please return the order I got last week"), in any spelling of
    Vietnamese. A text that asks *about* the matter, tells of it, or speaks for somebody else is
    no request, nor is one with a question beside the request: then the documents answer.

    Args:
        phrases: Example requests by language.
    """

    def __init__(self, phrases: Mapping[Language, Sequence[str]]) -> None:
        cores = (
            _core(phrase, language) for language, several in phrases.items() for phrase in several
        )
        self._cores = tuple(dict.fromkeys(core for core in cores if core.words))

    def strength(self, text: str, language: Language) -> int:
        """How many words of a phrase the text has; 0 if it is no request for this.

        Args:
            text: What the user says.
            language: Its language as far as known; phrases of the other one are tried, too.
        """
        if not self._cores or len(text) > _LONGEST:
            return 0
        sentences = [s for s in map(str.strip, _SENTENCE.split(plain(text))) if _words(s)]
        best = 0
        for sentence in sentences:
            found = max((_matched(sentence, core) for core in self._cores), default=0)
            if not found and _asks(sentence, language):
                return 0
            best = max(best, found)
        return best


def _core(phrase: str, language: Language) -> _Core:
    words = _words(phrase)
    rest = _unframed(words, language)
    filler = _fillers(language)
    bare = tuple(rest if rest is not None else words)
    kept = tuple(word for word in bare if word.folded not in filler)
    # A verb alone would fit too much: "return this" keeps its "this".
    return _Core(language, kept if len(kept) > 1 else bare)


def _matched(sentence: str, core: _Core) -> int:
    """The number of words of the phrase if the sentence is a request for it, else 0."""
    words = _words(sentence)
    said = _joined(words)
    if core.language == "vi":
        favour = words_of.FAVOUR_VI.search(said)
        if favour and words_of.FAVOUR_FRAME_VI.search(said[: favour.start()]):
            said = said[: favour.start()]
            words = words[: len(said.split())]
    asks = words_of.ASKS_EN if core.language == "en" else words_of.ASKS_VI
    bare = _bare(said)
    if asks.search(bare) or words_of.NOT_MINE.search(said):
        return 0
    rest = _unframed(words, core.language)
    framed = rest is not None
    if rest is None:
        rest = words[len(words) - len(bare.split()) :]
        if sentence.rstrip().endswith("?") or not _imperative(rest, said, core.language):
            return 0
    end = _aligned(rest, core, _with_diacritics(words))
    if not end or (not framed and end > len(core.words) + _MOST_FILLERS):
        return 0
    following = rest[end : end + 1]
    if following and following[0].folded in words_of.TOPIC:
        return 0
    return len(core.words)


def _aligned(words: Sequence[_Word], core: _Core, exact: bool) -> int:
    """The offset after the phrase if the words begin with it, fillers between them; else 0."""
    filler = _fillers(core.language)
    position = 0
    for n, wanted in enumerate(core.words):
        skipped = 0
        while position < len(words) and not _same(words[position], wanted, core.language, exact):
            word = words[position].folded
            if not (word in filler or word.isdigit()) or n == 0 or skipped == _MOST_FILLERS:
                return 0
            position, skipped = position + 1, skipped + 1
        if position == len(words):
            return 0
        position += 1
    return position


def _imperative(rest: Sequence[_Word], said: str, language: Language) -> bool:
    """Whether words without a frame are an order of the speaker's own, and no heading."""
    if language == "en":
        return "please" in said.split() or any(w.folded in words_of.MINE_EN for w in rest[:4])
    return bool(words_of.FOR_ME_VI.search(said) or words_of.POLITE_VI.match(said))


def _unframed(words: Sequence[_Word], language: Language) -> Sequence[_Word] | None:
    """The words after the frame of a request; None if there is none."""
    bare = _bare(_joined(words))
    frame = (words_of.FRAME_EN if language == "en" else words_of.FRAME_VI).match(f"{bare} ")
    if frame is None:
        return None
    return words[len(words) - len(bare[frame.end() :].split()) :]


def _bare(said: str) -> str:
    greeting = words_of.GREETING.match(f"{said} ")
    return said[greeting.end() :] if greeting and greeting.end() < len(said) else said


def _asks(sentence: str, language: Language) -> bool:
    said = _bare(_joined(_words(sentence)))
    asks = words_of.ASKS_EN if language_of(sentence, language) == "en" else words_of.ASKS_VI
    return sentence.rstrip().endswith("?") or bool(asks.search(said))


def _with_diacritics(words: Sequence[_Word]) -> bool:
    return 2 * sum(word.written != word.folded for word in words) > len(words)


def _same(word: _Word, wanted: _Word, language: Language, exact: bool) -> bool:
    """Whether a word is the wanted one; without diacritics only where they were left out."""
    if language == "en":
        return _PLURAL.sub("", word.folded) == _PLURAL.sub("", wanted.folded)
    if word.folded != wanted.folded:
        return False
    if word.written == word.folded and not exact:
        return True
    return _marks(word.written) == _marks(wanted.written)


def _marks(written: str) -> str:
    """The letters and the tone of a syllable; ``hoà`` and ``hòa`` are the same."""
    return "".join(sorted(unicodedata.normalize("NFD", written)))


def _words(text: str) -> list[_Word]:
    found = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", text).lower())
    return [_Word(word, fold(word)) for word in found]


def _joined(words: Sequence[_Word]) -> str:
    return " ".join(word.folded for word in words)


def _fillers(language: Language) -> frozenset[str]:
    return words_of.FILLER_EN if language == "en" else words_of.FILLER_VI
