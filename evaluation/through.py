"""An adapter through the whole agent: the documents alone, the adapter alone, and both."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal, NamedTuple

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from chorei.adapters.assessment.scoring import holds
from chorei.adapters.declaration import Declaration
from chorei.adapters.records import Kind, Record
from chorei.agent import Agent
from chorei.agent.checking import number_evidence
from chorei.agent.claims import Claims
from chorei.agent.grounding import Checker, assess, evidence_of, remarks, statements
from chorei.agent.grounding.taught import taught
from chorei.agent.phrases import ACCORDING_TO
from chorei.agent.protocols import Quote
from chorei.core import Answer, Frozen, Language, words
from chorei.evaluation.cases import Case

Way = Literal["documents", "adapter", "both"]
Sort = Literal["documents", "adapter", "unknown"]
Verdict = Literal["right", "declined", "made up"]

WAYS: Final[tuple[Way, ...]] = ("documents", "adapter", "both")
_DENIALS: Final = ("i don't know", "i do not know", "tôi không biết", "không có thông tin")
_AT_ONCE: Final = 8
_FRAMES: Final = tuple(
    text.split("{")[0] for phrase in (ACCORDING_TO, remarks.FROM_ADAPTER, remarks.FROM_MODEL)
    for text in phrase.values()
)  # fmt: skip


class Asked(Frozen):
    """A question and what is right.

    Attributes:
        id: Unique among the questions.
        question: The question.
        language: Its language.
        sort: Whether the documents (or nobody), the adapter, or nobody is to know it.
        case: The case of the reading set it is.
        facts: What a right answer of the adapter holds.
        after: Id of the question before it in its conversation.
    """

    id: str
    question: str
    language: Language
    sort: Sort
    case: Case | None = None
    facts: tuple[str, ...] = ()
    after: str = ""

    @property
    def answerable(self) -> bool:
        """Whether there is a right answer."""
        return self.sort == "adapter" or (self.case is not None and self.case.answerable)


class Outcome(NamedTuple):
    """What came of one question.

    Attributes:
        asked: The question.
        verdict: ``right``; ``declined``; or ``made up``, also what is wrong.
        text: What is shown.
        quoted: Statements that stand in the documents.
        trained: Statements that the adapter was taught, and that no document holds.
        unsupported: The other statements.
        numbers: Numbers that are neither quoted, computed nor taught.
        route: Where the question went.
    """

    asked: Asked
    verdict: Verdict
    text: str
    quoted: int
    trained: int
    unsupported: int
    numbers: tuple[str, ...]
    route: str

    @property
    def good(self) -> bool:
        """Whether it is right, or there was nothing to know and it is declined."""
        return self.verdict == ("right" if self.asked.answerable else "declined")


def questions(
    cases: Iterable[Case], records: Iterable[Record], *, limit: int = 0, seed: int = 0
) -> list[Asked]:
    """The questions of a reading set and those of an adapter, with terms that nobody knows.

    Args:
        cases: The reading set.
        records: What the adapter is tested with.
        limit: Most questions, drawn evenly from the three sorts; 0 for all. What follows another
            question brings that along.
        seed: Of the draw.
    """
    found = [
        Asked(
            id=f"{case.library}:{case.id}",
            question=case.question,
            language=case.language,
            sort="documents",
            case=case,
            after=f"{case.library}:{case.after}" if case.after else "",
        )
        for case in cases
    ]
    for number, record in enumerate(records, start=1):
        if record.kind is not Kind.GENERAL:
            found.append(
                Asked(
                    id=f"record:{number}",
                    question=record.question,
                    language=record.language,
                    sort="adapter" if record.kind is Kind.FACT else "unknown",
                    facts=record.facts or (record.answer,),
                )
            )
    return _drawn(found, limit, random.Random(seed)) if limit else found


def _drawn(found: Sequence[Asked], limit: int, draw: random.Random) -> list[Asked]:
    sorts = list(dict.fromkeys(each.sort for each in found))
    pools = {s: draw.sample(own, len(own)) for s in sorts if (own := _of(found, s))}
    by_id = {each.id: each for each in found}
    chosen: dict[str, Asked] = {}
    while len(chosen) < limit and any(pools.values()):
        for pool in filter(None, pools.values()):
            if len(chosen) < limit:
                each: Asked | None = pool.pop()
                while each is not None:
                    chosen[each.id] = each
                    each = by_id.get(each.after)
    return [each for each in found if each.id in chosen]


def _of(found: Iterable[Asked], sort: str) -> list[Asked]:
    return [each for each in found if each.sort == sort]


class Trial:
    """Answers questions in the three ways and judges what is shown.

    Args:
        agent: An agent with the library and the model with its adapter.
        chat: That model, to be asked alone.
        declaration: What the adapter declares.
        tokens: Most tokens of an answer of the adapter alone.
    """

    def __init__(
        self, agent: Agent, chat: BaseChatModel, declaration: Declaration, *, tokens: int = 64
    ) -> None:
        self._agent = agent
        self._chat = chat
        self._claims = Claims(declaration)
        self._tokens = tokens

    def run(
        self, way: Way, asked: Sequence[Asked], report: Callable[[], None] = lambda: None
    ) -> list[Outcome]:
        """Answer the questions, several conversations at once; the order is kept.

        Args:
            way: What answers.
            asked: The questions.
            report: Called after each answer.
        """

        def talk(conversation: Sequence[Asked]) -> list[Outcome]:
            session = self._agent.sessions.new() if len(conversation) > 1 else None
            outcomes = []
            for each in conversation:
                outcomes.append(self._judged(each, self._answer(way, each, session)))
                report()
            return outcomes

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = {o.asked.id: o for each in pool.map(talk, _conversations(asked)) for o in each}
        return [found[each.id] for each in asked]

    def _answer(self, way: Way, asked: Asked, session: str | None) -> Answer | str:
        if way == "documents":
            return self._agent.ask(asked.question, session=session, without_model=True)
        if way == "both":
            return self._agent.ask(asked.question, session=session)
        said = self._chat.invoke(
            [HumanMessage(asked.question)], max_tokens=self._tokens, temperature=0.0
        )
        return str(said.text)

    def _judged(self, asked: Asked, answer: Answer | str) -> Outcome:
        alone = isinstance(answer, str)
        text = answer if isinstance(answer, str) else answer.text
        declined = _denies(text) if isinstance(answer, str) else answer.declined
        quoted_too = [] if isinstance(answer, str) else [c.quote for c in answer.citations]
        verdict = _verdict(asked, "\n".join((text, *quoted_too)), declined=declined)
        if declined:
            return Outcome(asked, verdict, text, 0, 0, 0, (), "adapter" if alone else "decline")
        own = text if isinstance(answer, str) else _own_words(answer)
        if isinstance(answer, str):
            quoted, evidence = 0, number_evidence(text, asked.language)
        else:
            quoted, evidence = len(answer.citations) + len(answer.programs), answer.numbers
        counts = self._weighed(asked, own, self._near(asked) if own else [])
        numbers = [n.text for n in evidence if n.status == "unsupported"]
        known = self._known(asked, own)
        return Outcome(
            asked=asked,
            verdict=verdict,
            text=text,
            quoted=quoted + counts[0],
            trained=counts[1],
            unsupported=counts[2],
            numbers=tuple(n for n in numbers if not set(words(n)) <= known),
            route="adapter" if isinstance(answer, str) else answer.route.kind,
        )

    def _near(self, asked: Asked) -> list[Quote]:
        """The passages nearest to a question, whole: what could support an answer."""
        hits = self._agent.library.search(asked.question, 8)
        return [
            Quote(passage=p, start=p.start, end=p.start + len(p.text), score=1.0)
            for p in (hit.passage for hit in hits)
        ]

    def _weighed(self, asked: Asked, own: str, quotes: Sequence[Quote]) -> tuple[int, int, int]:
        """How many statements documents hold, training holds, and nothing holds."""
        library = self._agent.library
        evidence = [evidence_of(quote) for quote in quotes]
        checker = Checker(evidence, asked.language, library.frequency, library.passage_count)
        found = assess(own, checker)
        supported = len(found.supported)
        left = [checked.statement.text for checked in found.unsupported]
        claim = self._claims.claim(asked.question, asked.language)
        trained = 0
        if claim is not None:
            trained = sum(
                bool(taught(each, asked.question, claim.topic, asked.language).text)
                for each in left
            )
        return supported, trained, len(left) - trained

    def _known(self, asked: Asked, own: str) -> set[str]:
        """Words of what the adapter was taught to say."""
        claim = self._claims.claim(asked.question, asked.language)
        if claim is None:
            return set()
        return set(words(taught(own, asked.question, claim.topic, asked.language).text))


def _conversations(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """The questions by conversation, in order; what follows nothing that is asked stands alone."""
    chains: dict[str, list[Asked]] = {}
    for each in asked:
        chain = chains.get(each.after, [])
        chain.append(each)
        chains[each.id] = chain
    yield from {id(chain): chain for chain in chains.values()}.values()


def _verdict(asked: Asked, text: str, *, declined: bool) -> Verdict:
    if declined:
        return "declined"
    if asked.case is not None:
        right = asked.case.answerable and asked.case.stated_in(text)
    else:
        right = asked.sort == "adapter" and holds(text, asked.facts)
    return "right" if right else "made up"


def _own_words(answer: Answer) -> str:
    """What an answer says beside its quotations and the lines that say where they come from."""
    kept = [
        line
        for line in answer.text.splitlines()
        if not line.startswith(("“", *_FRAMES)) and statements(line)
    ]
    return "\n".join(kept)


def _denies(text: str) -> bool:
    said = text.lower().replace("’", "'")
    return any(denial in said for denial in _DENIALS)
