"""Measures routing: how often the rules are sure and right, and where questions end up."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from rich.console import Console
from rich.table import Table

from chorei.agent.completion import Completer
from chorei.agent.grounding import ModelRouter
from chorei.agent.protocols import Router
from chorei.agent.router import RuleRouter
from chorei.core import Frozen, Language, RouteKind
from chorei.evaluation import confusion

_FILE: Final = Path(__file__).parent / "questions" / "routes.jsonl"
_CHOICES: Final[tuple[RouteKind, ...]] = ("documents", "program", "tools", "decline")


class RoutingCase(Frozen):
    """A question and where it belongs."""

    id: str
    question: str
    language: Language
    route: RouteKind


class Oracle(BaseChatModel):
    """A model that knows the answers: what a perfect one could add to the rules."""

    answers: dict[str, str]
    asked: list[str]

    @property
    def _llm_type(self) -> str:
        return "oracle"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        text = str(messages[-1].text)
        self.asked.append(text)
        fitting = [q for q in self.answers if q in text]
        answer = self.answers[max(fitting, key=len)] if fitting else ""
        return ChatResult(generations=[ChatGeneration(message=AIMessage(answer))])


class Counted(Completer):
    """Counts the calls of a model."""

    calls = 0

    def complete(self, *arguments: Any, **named: Any) -> Any:
        """See :meth:`chorei.agent.completion.Completer.complete`."""
        self.calls += 1
        return super().complete(*arguments, **named)


def routing_cases() -> list[RoutingCase]:
    """The questions, both languages, of every route but ``model``."""
    lines = _FILE.read_text("utf-8").splitlines()
    return [RoutingCase.model_validate_json(line) for line in lines]


def right(router: Router, asked: Sequence[RoutingCase]) -> list[RoutingCase]:
    """The questions that a router sends where they belong."""
    return [
        case
        for case in asked
        if router.route(case.question, language=case.language, follow_up=False).kind == case.route
    ]


def main(arguments: Sequence[str] | None = None, chat: BaseChatModel | None = None) -> None:
    """``python -m chorei.evaluation routing``: print a table of routes and routers, then matrices.

    The confusion matrices say where questions end up in an agent whose adapter declares what it
    knows; see :mod:`chorei.evaluation.confusion`.

    Args:
        arguments: The command line.
        chat: The model to measure instead of the one that is named.
    """
    parser = argparse.ArgumentParser(prog="chorei.evaluation routing", description=__doc__)
    parser.add_argument("--model", help="a model to measure beside the perfect one")
    parser.add_argument("--show", choices=("wrong",), help="also list what went wrong")
    parser.add_argument("--part", choices=("dev", "test"), help="only this half of the matrices")
    parser.add_argument("--only", choices=("router", "matrix"), help="only this measurement")
    parser.add_argument("--keep", type=Path, help="folder in which the library is kept")
    options = parser.parse_args(arguments)
    console = Console(width=150)
    if options.only != "matrix":
        _routers(options, chat, console)
    if options.only != "router":
        _matrices(options, console)


def _routers(options: argparse.Namespace, chat: BaseChatModel | None, console: Console) -> None:
    asked = routing_cases()
    oracle = Oracle(answers={case.question: case.route for case in asked}, asked=[])
    silent = Oracle(answers={}, asked=[])
    models: list[tuple[str, BaseChatModel]] = [
        ("rules and a model that is no help", silent),
        ("rules and a perfect model", oracle),
    ]
    if chat is not None or options.model:
        models.append((f"rules and {options.model or 'the model'}", chat or _chat(options.model)))
    rows: list[tuple[str, Router, Counted | None]] = [("rules alone", RuleRouter(), None)]
    for name, model in models:
        completer = Counted(model)
        rows.append((name, ModelRouter(completer, RuleRouter(), choices=_CHOICES), completer))
    kinds = tuple(dict.fromkeys(case.route for case in asked))
    table = Table(title=f"routing: {len(asked)} questions")
    for column in ("router", "right", *kinds, "model asked"):
        table.add_column(column, justify="left" if column == "router" else "right")
    for name, router, counted in rows:
        good = right(router, asked)
        shares = [
            f"{sum(c.route == kind for c in good)}/{sum(c.route == kind for c in asked)}"
            for kind in kinds
        ]
        calls = f"{counted.calls / len(asked):.0%}" if counted else ""
        table.add_row(name, f"{len(good) / len(asked):.1%}", *shares, calls)
        if options.show:
            for case in asked:
                if case not in good:
                    console.print(f"{name}: {case.route}: {case.question}", markup=False)
    console.print(table)


def _matrices(options: argparse.Namespace, console: Console) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        asked = confusion.claim_cases(options.part)
        found, chat = confusion.ended(asked, folder)
        helpless, _ = confusion.ended(asked, folder, perfect=False)
    for split in ("dev", "test"):
        members = [one for one in found if one.case.split == split]
        if members:
            console.print(confusion.matrix(f"where questions end up: {split} half", members))
    console.print(confusion.kinds(found))
    console.print(confusion.disagreements(found))
    console.print(
        f"asked for a route: {len(chat.routed)} of {len(found)} questions; with a model that is no"
        f" help there {sum(one.right for one in helpless)}/{len(found)} end up right"
    )
    if options.show:
        for case, end, answer in found:
            if end != case.route:
                console.print(
                    f"{case.id} {case.split} {case.note}: {case.route} → {end}: {case.question}"
                    f" | {' '.join(answer.text.split())[:160]}",
                    markup=False,
                )


def _chat(name: str) -> BaseChatModel:
    from chorei.adapters import chat_model

    return chat_model(name)
