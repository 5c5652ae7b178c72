"""Which questions an adapter claims to know: those like the ones it declares it was trained on."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from math import log, sqrt
from typing import Final

from chorei.adapters.declaration import Declaration, Topic, mark
from chorei.agent.reader.stemming import stem
from chorei.agent.reader.stopwords import LIGHT, is_function_word
from chorei.agent.reader.terms import names_in
from chorei.agent.ways_of_asking import ASKING, ASKING_FOLDED, INTERROGATIVE, POINTING, WHAT
from chorei.core import Frozen, Language, fold, nfc, word_spans, words

# Chosen on the dev half of `evaluation/questions/claims.jsonl`.
ALIKE: Final = 0.6
"""Least cosine between a question and one that was trained, where no name tells."""
_COMMON: Final = 0.2
"""Share of the named topics whose questions hold a word, for it to be a way of asking."""
_SLIGHT: Final = 0.3
"""How much a word of asking or a light word weighs in the likeness of questions."""


class Claim(Frozen):
    """A question that an adapter claims to know.

    Attributes:
        topic: What it is about.
        label: The topic for people.
        question: The question as the adapter is asked it, with what a follow-up left out.
    """

    topic: Topic
    label: str
    question: str


class Claims:
    """Holds questions against one declaration; no model is asked.

    A question about a topic with a name must say that name literally (case and, where it is typed
    without, diacritics aside): a name that differs in one letter is another one. A question about
    a topic without a name must be like one that was trained: the cosine of their words, rare ones
    counting more. What else a question says must be a way of asking, or a word that the adapter
    was trained on with this topic; no other name or number may be in it.

    Args:
        declaration: What the adapter declares.
        ignored: Words that say nothing about the subject, such as the company's name.
    """

    def __init__(self, declaration: Declaration, ignored: Collection[str] = ()) -> None:
        self.declaration = declaration
        self._ignored = {fold(word) for text in ignored for word in words(text)}
        named = [topic for topic in declaration.topics if topic.named]
        self._names: dict[str, list[tuple[list[str], Topic]]] = {}
        for topic in named:
            term = words(topic.name)
            self._names.setdefault(fold(term[0]), []).append((term, topic))
        said = Counter(_key(word) for topic in named for word in _said_of(topic))
        self._asking = {word for word, count in said.items() if count >= _COMMON * len(named)}
        self._likeness = _Likeness([t for t in declaration.topics if not t.named])

    def claim(self, question: str, language: Language, background: str = "") -> Claim | None:
        """The topic that a question belongs to; None if the adapter does not claim to know it.

        Args:
            question: The question, or what a follow-up newly asks.
            language: Its language.
            background: The question that a follow-up refers to.
        """
        for asked in self._understood(nfc(question), nfc(background), language):
            if claim := self._alone(asked, language):
                return claim
        return None

    def _understood(self, question: str, background: str, language: Language) -> Iterator[str]:
        """A follow-up as questions that stand alone, the likeliest first."""
        if not background:
            yield question
            return
        own, before = self._named_in(question), self._named_in(background)
        if len(own) == 1:
            if len(before) == 1 and not self._strange(question, own[0], language):
                start, end = before[0][1:]
                yield f"{background[:start]}{own[0][0].name}{background[end:]}"
            yield question
        elif not own and len(before) == 1:
            name = before[0][0].name
            pointed, count = POINTING[language].subn(name, question, count=1)
            yield pointed if count else f"{name}: {question}"
        elif not own:
            yield question
            yield f"{background.rstrip('?!. ')} {question}"

    def _alone(self, question: str, language: Language) -> Claim | None:
        named = self._named_in(question)
        if len({topic.name for topic, _, _ in named}) > 1:
            return None
        if named:
            found, label = named[0], named[0][0].name
        else:
            alike = self._likeness.nearest(question, self._ignored)
            if alike is None:
                return None
            found, label = (alike, 0, 0), self._likeness.label(alike)
        topic = found[0]
        if language not in topic.languages or self._strange(question, found, language):
            return None
        return Claim(topic=topic, label=label, question=question)

    def _named_in(self, question: str) -> list[tuple[Topic, int, int]]:
        """The named topics in a question with the offsets of their names, without overlap."""
        spans = [(_bare(word), start, end) for word, start, end in word_spans(question)]
        marked = any(not word.isascii() for word, _, _ in spans)
        found = []
        at = 0
        while at < len(spans):
            longest: tuple[int, Topic] | None = None
            for term, topic in self._names.get(fold(spans[at][0]), ()):
                said = [word for word, _, _ in spans[at : at + len(term)]]
                fits = said == term or _unmarked(said, term, marked=marked)
                if fits and (longest is None or len(term) > longest[0]):
                    longest = len(term), topic
            if longest is None:
                at += 1
                continue
            found.append((longest[1], spans[at][1], spans[at + longest[0] - 1][2]))
            at += longest[0]
        return found

    def _strange(
        self, question: str, found: tuple[Topic, int, int], language: Language
    ) -> list[str]:
        """The words of a question that its topic does not know.

        Of one that asks what a term is, only names and numbers can be strange.
        """
        topic, start, end = found
        spans = [(_bare(word), first, last) for word, first, last in word_spans(question)]
        special = names_in(question, spans)
        marked = any(not word.isascii() for word, _, _ in spans)
        own = {_key(word, marked=marked) for word in _said_of(topic)}
        what = end > start and WHAT[language].search(_with_x(question, start, end))
        strange = []
        for i, (word, first, _) in enumerate(spans):
            telling = i in special or any(c.isdigit() for c in word)
            if start <= first < end or (what and not telling):
                continue
            if not self._known(word, language, own, topic, marked=marked):
                strange.append(word)
        return strange

    def _known(
        self, word: str, language: Language, own: set[str], topic: Topic, *, marked: bool
    ) -> bool:
        return (
            is_function_word(word, language)
            or (language == "en" and word in LIGHT)
            or (word in ASKING if marked else fold(word) in ASKING_FOLDED)
            or fold(word) in self._ignored
            or _key(word, marked=marked) in own
            or (topic.named and _key(word) in self._asking)
            or any(mark(form) in topic.taught for form in _forms(word, language))
        )


class _Likeness:
    """The questions about topics without a name, compared by their words."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = topics
        held = Counter(key for topic in topics for key in {_key(word) for word in _said_of(topic)})
        self._rarity = {key: log(1 + len(topics) / count) for key, count in held.items()}
        self._rarest = log(1 + max(len(topics), 1))
        self._wordings = [
            [self._weighed(wording, topic) for wording in topic.wordings] for topic in topics
        ]

    def nearest(self, question: str, ignored: Collection[str]) -> Topic | None:
        """The topic with the question most like this one, if it is like enough."""
        said = [word for word in map(_bare, words(question)) if fold(word) not in ignored]
        best: tuple[float, Topic] | None = None
        for topic, wordings in zip(self._topics, self._wordings, strict=True):
            mine = self._weighed(said, topic)
            alike = max((_cosine(mine, wording) for wording in wordings), default=0.0)
            if alike >= ALIKE and (best is None or alike > best[0]):
                best = alike, topic
        return best[1] if best else None

    def label(self, topic: Topic) -> str:
        """A topic for people: its name, or the words that tell most of it."""
        if topic.name:
            return topic.name
        telling = sorted(_said_of(topic), key=lambda word: (-self._weight(word, topic), word))
        return " ".join(telling[:3])

    def _weighed(self, said: Sequence[str], topic: Topic) -> dict[str, float]:
        return {_key(word): weight for word in said if (weight := self._weight(word, topic))}

    def _weight(self, word: str, topic: Topic) -> float:
        known = self._rarity.get(_key(word), self._rarest)
        if fold(word) in INTERROGATIVE or ("en" in topic.languages and word in LIGHT):
            return _SLIGHT * known
        if any(is_function_word(word, language) for language in topic.languages):
            return 0.0
        return known


def _forms(word: str, language: Language) -> Iterator[str]:
    """A word and the endings under which an English answer may hold it."""
    yield word
    if language == "en":
        stem_of = word.removesuffix("s")
        yield from (stem_of, f"{stem_of}s", f"{word}es", f"{word}ed", f"{word}ing")


def _said_of(topic: Topic) -> frozenset[str]:
    """All words that its questions say beside its name."""
    return frozenset(word for wording in topic.wordings for word in wording)


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s")


def _key(word: str, *, marked: bool = False) -> str:
    """The form under which words of questions are compared: English endings cut.

    Args:
        word: The word.
        marked: Whether the question is typed with diacritics, so that they tell words apart.
    """
    return stem(word if marked else fold(word))


def _with_x(question: str, start: int, end: int) -> str:
    """The question folded, with ``X`` in the place of its term."""
    return f"{fold(question[:start])}X{fold(question[end:])}"


def _unmarked(said: Sequence[str], term: Sequence[str], *, marked: bool) -> bool:
    """Whether a name is said without its diacritics, which one short word alone does not prove."""
    if any(not word.isascii() for word in said) or (marked and len(term) == 1):
        return False
    return list(said) == [fold(word) for word in term]


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    shared = sum(weight * other[key] for key, weight in one.items() if key in other)
    lengths = sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return shared / lengths if lengths else 0.0
