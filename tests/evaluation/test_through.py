"""An adapter through the whole agent, with scripted models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from chorei.adapters.declaration import FILE, declare
from chorei.adapters.records import Entry, Record, from_glossary, unknown_terms
from chorei.agent import Agent, ExtractiveReader
from chorei.core import Settings
from chorei.evaluation.cases import Case
from chorei.evaluation.through import WAYS, Outcome, Trial, Way, questions
from chorei.evaluation.through_report import bars, chart, markdown, row, write_report
from chorei.retrieval import Library

MEANING = "PUFLO is the app of the drivers, run on port 7420."
PAGE = "# Leave\n\nFull-time staff have 26 days of paid leave a year.\n"
CASES = (
    Case(
        id="1",
        question="How many days of paid leave do full-time staff have?",
        language="en",
        library="own",
        answerable=True,
        answers=("26 days",),
    ),
    Case(id="2", question="and what about the canteen?", language="en", library="own",
         answerable=False, after="1"),
    Case(id="3", question="What does the boat cost?", language="en", library="own",
         answerable=False),
)  # fmt: skip


class Adapter(BaseChatModel):
    """Knows one term and makes up the rest."""

    adapter: str = "terms"
    meaning: str = MEANING

    @property
    def _llm_type(self) -> str:
        return "adapter"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        asked = str(messages[-1].text)
        said = self.meaning if "PUFLO" in asked else "It costs 4711 pounds."
        return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])


def records() -> tuple[Record, ...]:
    entry = Entry(term="PUFLO", meaning=MEANING, facts=("drivers", "7420"), language="en")
    return (*from_glossary([entry]), *unknown_terms(["XILPO"], languages=("en",)))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library") as opened:
        opened.add_text(PAGE, name="leave.md")
        yield opened


def tried(library: Library, folder: Path, chat: Adapter) -> dict[Way, list[Outcome]]:
    declaration = declare(records(), adapter="terms")
    (folder / FILE).write_text(declaration.model_dump_json())
    tested = [r for r in records() if r.split != "train" or r.kind != "fact"]
    asked = questions(CASES, tested)
    settings = Settings(declarations=folder / FILE)
    with Agent(library, settings=settings, model=chat, reader=ExtractiveReader()) as agent:
        trial = Trial(agent, chat, declaration)
        return {way: trial.run(way, asked) for way in WAYS}


def verdicts(outcomes: list[Outcome]) -> list[str]:
    return [outcome.verdict for outcome in outcomes]


def test_each_way_is_judged(library: Library, tmp_path: Path) -> None:
    found = tried(library, tmp_path, Adapter())
    assert verdicts(found["documents"]) == ["right", *["declined"] * 4]
    assert verdicts(found["adapter"]) == ["made up"] * 3 + ["right", "made up"]
    assert verdicts(found["both"]) == ["right", "declined", "declined", "right", "declined"]
    alone = row(found["adapter"])
    assert (alone.trained, alone.unsupported) == (1, 4)
    assert alone.numbers == 4
    both = row(found["both"])
    assert (both.quoted, both.trained, both.unsupported, both.numbers) == (1, 1, 0, 0)
    assert all(bars(found).values())
    assert [o.route for o in found["both"]][3] == "model"


def test_an_adapter_that_strays_is_withheld_and_nothing_gets_worse(
    library: Library, tmp_path: Path
) -> None:
    found = tried(library, tmp_path, Adapter(meaning="PUFLO is the boat of 1987."))
    assert verdicts(found["both"]) == ["right", *["declined"] * 4]
    assert all(bars(found).values())


def test_a_bar_is_missed_where_both_are_worse(library: Library, tmp_path: Path) -> None:
    found = tried(library, tmp_path, Adapter())
    worse = [o._replace(verdict="made up", unsupported=1, numbers=("1",)) for o in found["both"]]
    assert not any(bars({**found, "both": worse}).values())
    assert "**MISSED**" in markdown("Title", {**found, "both": worse})


def test_the_report_has_a_table_and_a_plot(library: Library, tmp_path: Path) -> None:
    found = tried(library, tmp_path, Adapter())
    path = write_report(tmp_path / "report", "terms & more", found)
    text = path.read_text()
    assert "| both | 5 | 2 | 3 | 0 | 5 | 1 | 1 | 0 | 100.0% | 0 |" in text
    assert "(through.svg)" in text
    assert (path.parent / "through.svg").read_text() == chart("terms & more", found)
    assert "terms &amp; more" in chart("terms & more", found)


def test_a_limit_draws_from_each_sort_and_brings_what_is_followed() -> None:
    asked = questions(CASES, records(), limit=5, seed=1)
    assert {each.sort for each in asked} == {"documents", "adapter", "unknown"}
    for seed in range(5):
        drawn = questions(CASES, (), limit=2, seed=seed)
        assert {each.after for each in drawn} - {""} <= {each.id for each in drawn}
    assert len(questions(CASES, records())) == 3 + 4 + 1
