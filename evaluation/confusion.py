"""Where questions end up that documents, an adapter, tools or nobody can answer.

The library is that of the example company with two pages about some of the adapter's terms, which
agree with it or not. The adapter is a perfect one: it says what its records say of a term and
invents the rest, so that a question which reaches it wrongly is seen. Nothing is trained; what the
adapter declares is made from its records.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field
from rich.table import Table

from chorei.adapters.declaration import FILE, declare
from chorei.adapters.records import Record, from_glossary, glossary, read_records
from chorei.agent import Agent
from chorei.agent.grounding import remarks
from chorei.core import Answer, Frozen, Language, Settings, fold, words
from chorei.evaluation.cases import ROOT, Split, library
from chorei.tools import Fact, Tool

_QUESTIONS: Final = Path(__file__).parent / "questions"
_PAGES: Final = ("intranet.md", "noi-bo.md")
ENDS: Final = ("documents", "adapter", "arithmetic", "program", "tools", "decline", "about")
_INVENTED: Final = "It is the red house of the sales team, opened in 1987."
_ALIKE: Final = 0.25
_PROGRAM: Final = "```python\ndef solution():\n    return 1\n```"


class ClaimCase(Frozen):
    """A question and where it is to end up.

    Attributes:
        id: Unique in the set.
        question: As a person asks it.
        language: Its language.
        route: One of :data:`ENDS`.
        split: ``dev`` for choosing thresholds, ``test`` for reporting only.
        note: What kind of question it is.
        after: Id of the question before it in its conversation.
    """

    id: str
    question: str
    language: Language
    route: str
    split: Split
    note: str = ""
    after: str = ""


class Ended(NamedTuple):
    """A question, where it ended up, and its answer."""

    case: ClaimCase
    end: str
    answer: Answer

    @property
    def right(self) -> bool:
        """Whether it ended up where it is to."""
        return self.end == self.case.route


class Trained(BaseChatModel):
    """A model whose adapter says what its records say, and invents what is not in them.

    Attributes:
        records: The records.
        routes: The route of each question, if the model is to be perfect at routing too.
        adapter: The adapter's name.
        routed: How often it was asked for a route.
        recalled: The questions that reached the adapter.
    """

    records: tuple[Record, ...]
    routes: dict[str, str]
    adapter: str = "chorei"
    routed: list[str] = Field(default_factory=list)
    recalled: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "trained"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        text = self._said([str(message.text) for message in messages])
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    def _said(self, messages: Sequence[str]) -> str:
        asked = messages[-1]
        if len(messages) == 1 and "\n" not in asked:
            self.recalled.append(asked)
            return self._recalled(asked)
        whole = "\n".join(messages)
        if "documents - " in whole:
            self.routed.append(asked)
            fitting = [question for question in self.routes if question in asked]
            return self.routes[max(fitting, key=len)] if fitting else ""
        if "Observation" in whole:
            return "Thought: done\nFinal Answer: It is done."
        return _PROGRAM if "solution()" in whole else "NOT_FOUND"

    def _recalled(self, asked: str) -> str:
        said = _bare(asked)

        def likeness(record: Record) -> float:
            own = _bare(record.question)
            named = _bare(record.topic) <= said
            return named + len(own & said) / len(own | said)

        best = max(self.records, key=likeness)
        return best.answer if likeness(best) > _ALIKE else _INVENTED


def _bare(text: str) -> set[str]:
    return {word.removesuffix("'s") for word in words(fold(text))}


def claim_cases(part: Split | None = None) -> list[ClaimCase]:
    """The questions, in English and Vietnamese."""
    lines = (_QUESTIONS / "claims.jsonl").read_text("utf-8").splitlines()
    found = [ClaimCase.model_validate_json(line) for line in lines]
    return [case for case in found if part in (None, case.split)]


def claim_records() -> tuple[Record, ...]:
    """The records of the adapter: the glossary of the example, and questions and answers."""
    terms = (ROOT / "examples" / "records" / "chorei-terms.csv").read_text("utf-8")
    asked, _ = read_records(_QUESTIONS / "faq-records.jsonl")
    return (*from_glossary(glossary(terms), phrasings=3), *asked)


def end_of(answer: Answer) -> str:
    """Where a question ended up, by its answer."""
    if answer.declined:
        return "decline"
    return "adapter" if answer.route.kind == "model" else answer.route.kind


def ended(
    asked: Sequence[ClaimCase], folder: Path, *, perfect: bool = True
) -> tuple[list[Ended], Trained]:
    """Ask the questions through a whole agent.

    Args:
        asked: The questions.
        folder: Where the library and the declaration are kept.
        perfect: Whether the model chooses right where the rules ask it, or is no help.
    """
    records = claim_records()
    declared = folder / FILE
    declared.write_text(declare(records, adapter="chorei").model_dump_json(), encoding="utf-8")
    # The adapter's own questions would be the model's choice where the rules are not sure.
    kinds = {"adapter": "documents"}
    routes = {case.question: kinds.get(case.route, case.route) for case in asked}
    chat = Trained(records=records, routes=routes if perfect else {})
    with library("company", folder) as opened:
        for page in _PAGES:
            opened.add_text((_QUESTIONS / page).read_text("utf-8"), name=page)
        settings = Settings(declarations=declared, company="Puffin & Sen")
        with Agent(opened, settings=settings, model=chat, tools=_tools()) as agent:
            return list(_asked(agent, asked)), chat


def _asked(agent: Agent, asked: Iterable[ClaimCase]) -> Iterator[Ended]:
    cases = list(asked)
    followed = {case.after for case in cases if case.after}
    sessions: dict[str, str] = {}
    for case in cases:
        session = sessions.get(case.after)
        if case.id in followed:
            session = sessions[case.id] = agent.sessions.new()
        answer = agent.ask(case.question, session=session)
        yield Ended(case, end_of(answer), answer)


def matrix(title: str, found: Sequence[Ended]) -> Table:
    """The confusion matrix: a row for where questions belong, a column for where they ended up."""
    shown = Table(title=title)
    shown.add_column("belongs to")
    used = [end for end in ENDS if any(end in (one.end, one.case.route) for one in found)]
    for column in (*used, "right"):
        shown.add_column(column, justify="right")
    for row in used:
        members = [one for one in found if one.case.route == row]
        counts = Counter(one.end for one in members)
        share = f"{counts[row] / len(members):.1%}" if members else ""
        shown.add_row(row, *(str(counts[end] or "·") for end in used), share)
    right = sum(one.right for one in found)
    shown.add_row("all", *([""] * len(used)), f"{right}/{len(found)} = {right / len(found):.1%}")
    return shown


def kinds(found: Sequence[Ended]) -> Table:
    """How many of each kind of question ended up right."""
    shown = Table(title="by kind of question")
    for column in ("belongs to", "kind", "right", "dev", "test"):
        shown.add_column(column)
    for route, note in dict.fromkeys((one.case.route, one.case.note) for one in found):
        members = [one for one in found if (one.case.route, one.case.note) == (route, note)]
        shares = [
            f"{sum(one.right for one in part)}/{len(part)}"
            for part in (members, *([o for o in members if o.case.split == s] for s in _SPLITS))
        ]
        shown.add_row(route, note, *shares)
    return shown


_SPLITS: Final[tuple[Split, ...]] = ("dev", "test")


def disagreements(found: Sequence[Ended]) -> str:
    """How often it is said that the adapter was taught otherwise: where it was, and where not."""
    said = {
        note: sum(
            _differs(one) for one in found if one.case.note == note and one.case.route != "adapter"
        )
        for note in ("contradict", "agree")
    }
    counts = Counter(one.case.note for one in found)
    return (
        f"said that the adapter was taught otherwise: {said['contradict']} of"
        f" {counts['contradict']} where it was, {said['agree']} of {counts['agree']} where not"
    )


def _differs(one: Ended) -> bool:
    patterns = [text.split("“")[0] for text in remarks.ADAPTER_DIFFERS.values()]
    return any(note.startswith(pattern) for note in one.answer.notes for pattern in patterns)


def _tools() -> list[Any]:
    def order_status(number: str) -> str:
        """Look up where an order is.

        Args:
            number: The number of the order.
        """
        return f"Order {number} was sent on Monday."

    def return_order(email: str, order: str) -> str:
        """Return an order.

        Args:
            email: The address it was placed with.
            order: The number of the order.
        """
        return f"Order {order} of {email} is returned."

    order = Fact.of_pattern("order", r"SEN-\d{4}", ask={"en": "Which order?", "vi": "Đơn nào?"})
    phrases = {
        "en": ["I want to return my order", "send my order back"],
        "vi": ["tôi muốn trả hàng", "hoàn hàng"],
    }
    acting = Tool.of(return_order, acts=True, facts=[Fact.email(), order], phrases=phrases)
    return [acting, Tool.of(order_status)]
