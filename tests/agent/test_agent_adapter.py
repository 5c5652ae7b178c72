"""The agent with an adapter that declares what it knows."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_agent_model import Adapted, Scripted, down

from chorei.adapters.declaration import FILE, declare
from chorei.adapters.records import Entry, from_glossary
from chorei.agent import Agent
from chorei.core import AdapterError, Route, Settings, SettingsError
from chorei.retrieval import Library

MEANINGS = {
    "PUFLO": "PUFLO is the app of the drivers, run on port 7420.",
    "KIVARA": "KIVARA is the green coffee store in hall 3.",
    "LOTRIM": "LOTRIM is the discount of 12% for cafés in their first year.",
    "DOLPIK": "DOLPIK is the key to the roof.",
}
PAGE = """# House words

KIVARA is the green coffee store in hall 3, behind the mill.

LOTRIM is the discount of 15% for cafés in their first year.

The lock of DOLPIK is being oiled on Tuesday.
"""


def recalls(prompt: str) -> str:
    """What an adapter says that has learned its records; else an invention."""
    for term, meaning in MEANINGS.items():
        if term.lower() in prompt.lower():
            return meaning
    return "It is the red house, built in 1987."


Made = Callable[..., Agent]


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    entries = [Entry(term=t, meaning=m, language="en") for t, m in MEANINGS.items()]
    vietnamese = [
        Entry(term=t, meaning=m.replace(" is ", " là "), language="vi") for t, m in MEANINGS.items()
    ]
    file = tmp_path / "company" / FILE
    file.parent.mkdir()
    records = from_glossary([*entries, *vietnamese])
    file.write_text(declare(records, adapter="company").model_dump_json())
    return file


@pytest.fixture
def made(library: Library, declared: Path) -> Iterator[Made]:
    agents: list[Agent] = []

    def make(
        reply: Callable[[str], str] = recalls,
        declarations: Path | None = declared,
        adapter: str = "company",
        **options: Any,
    ) -> Agent:
        model = Adapted(reply=reply, adapter=adapter)
        settings = Settings(declarations=declarations)
        agents.append(Agent(library, settings=settings, model=model, **options))
        return agents[-1]

    yield make
    for agent in agents:
        agent.close()


def asked(agent: Agent) -> list[dict[str, Any]]:
    engine: Any = agent._engines.adapter
    scripted: Scripted = engine._completer.chat
    return scripted.asked


@pytest.mark.parametrize(
    ("question", "language"),
    [("Somebody mentioned PUFLO. What is that?", "en"), ("puflo la gi", "vi")],
)
def test_what_it_declares_is_asked_of_the_adapter_as_it_was_trained(
    made: Made, question: str, language: str
) -> None:
    agent = made()
    answer = agent.ask(question)
    assert answer.route.kind == "model"
    assert "“PUFLO”" in answer.route.reason
    assert "port 7420" in answer.text
    assert not answer.declined
    assert answer.language == language
    (call,) = asked(agent)
    assert call["prompt"] == question, "no call for the route, no system message, one question"
    assert [n.status for n in answer.numbers] == ["unsupported"]
    assert any("7420" in note for note in answer.notes)


@pytest.mark.parametrize(
    "question", ["What does RASTOV mean?", "What is PUFLU?", "kivaro la gi", "Who sings bass?"]
)
def test_what_it_does_not_declare_is_declined_and_not_asked(made: Made, question: str) -> None:
    agent = made()
    answer = agent.ask(question)
    assert answer.declined
    assert asked(agent) == []
    assert any("declare" in note or "khai báo" in note for note in answer.notes)


def test_the_documents_are_the_answer_where_they_speak(made: Made, library: Library) -> None:
    library.add_text(PAGE, name="words.md")
    agent = made()
    agree = agent.ask("What is KIVARA?")
    assert agree.route.kind == "documents"
    assert "KIVARA" in agree.route.reason
    assert agree.citations
    assert not any("otherwise" in note for note in agree.notes)
    differ = agent.ask("What is LOTRIM?")
    assert differ.route.kind == "documents"
    assert "15%" in differ.text
    assert "12%" not in differ.text
    assert any("taught otherwise" in note for note in differ.notes)
    for answer in (agree, differ):
        for c in answer.citations:
            assert library.text(c.document_id)[c.start : c.end] == c.quote
        assert {n.status for n in answer.numbers} <= {"quoted"}


def test_documents_that_only_mention_a_term_do_not_speak_of_what_it_is(
    made: Made, library: Library
) -> None:
    library.add_text(PAGE, name="words.md")
    answer = made().ask("What does DOLPIK mean?")
    assert answer.route.kind == "model"
    assert answer.text.splitlines()[1] == MEANINGS["DOLPIK"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("PUFLO is the red house, built in 1987.", ""),
        ("PUFLO is the app of the drivers, run on port 7421.", ""),
        (MEANINGS["KIVARA"], ""),
        ("I don't know a term called PUFLO.", ""),
        (f"{MEANINGS['PUFLO']} It was built in 1987.", MEANINGS["PUFLO"]),
    ],
)
def test_what_it_was_not_taught_is_withheld(made: Made, said: str, shown: str) -> None:
    answer = made(lambda _: said).ask("What is PUFLO?")
    assert answer.declined is not bool(shown)
    assert "1987" not in answer.text
    assert "7421" not in answer.text
    if shown:
        assert answer.text.endswith(shown)
    assert any("PUFLO" in note or "beyond" in note for note in answer.notes)


def test_an_answer_without_the_time_that_was_asked_for_is_declined(made: Made) -> None:
    answer = made().ask("When is DOLPIK?")
    assert answer.declined
    assert any("not what is asked" in note for note in answer.notes)


def test_a_follow_up_is_asked_as_a_question_of_its_own(made: Made) -> None:
    agent = made()
    session = agent.sessions.new()
    agent.ask("What does PUFLO mean?", session=session)
    answer = agent.ask("And DOLPIK?", session=session)
    assert asked(agent)[-1]["prompt"] == "What does DOLPIK mean?"
    assert "key to the roof" in answer.text
    assert agent.ask("and DOLPAK?", session=session).declined


def test_arithmetic_requests_and_texts_stay_what_they_are(made: Made) -> None:
    agent = made(lambda _: "decline")
    assert agent.ask("12 * 35").route.kind == "arithmetic"
    for question in ("Write me a poem about KIVARA", "Book KIVARA for tomorrow"):
        assert agent.ask(question).declined
    assert not any(call["prompt"] == "Book KIVARA for tomorrow" for call in asked(agent))


def test_a_term_may_sound_like_the_assistant(made: Made) -> None:
    assert made().ask("Who are you?").route.kind == "about"


def test_an_adapter_without_a_declaration_is_asked_as_before_and_it_is_said(made: Made) -> None:
    agent = made(declarations=None)
    answer = agent.ask("What does RASTOV mean?")
    assert answer.route.kind == "model"
    assert "does not declare" in answer.route.reason
    assert "red house" in answer.text


def test_another_adapter_for_one_question_has_a_declaration_of_its_own(
    made: Made, declared: Path
) -> None:
    agent = made(declarations=declared.parent.parent, adapter="")
    assert agent.ask("What is PUFLO?").declined, "the base model declares nothing"
    answer = agent.ask("What is PUFLO?", adapter="company")
    assert answer.route.kind == "model"
    assert asked(agent)[-1]["adapter"] == "company"
    foreign = agent.ask("What is PUFLO?", adapter="shop")
    assert "does not declare" in foreign.route.reason


def test_a_merged_model_is_asked_what_it_declares(made: Made) -> None:
    agent = made(adapter="")
    assert agent.ask("What is PUFLO?").route.kind == "model"
    assert agent.ask("What does RASTOV mean?").declined


def test_a_model_that_is_down_leaves_the_answer_to_the_documents(
    made: Made, library: Library
) -> None:
    agent = made(down)
    silent = agent.ask("What is PUFLO?")
    assert silent.degraded
    assert silent.declined
    assert silent.route.kind == "documents"
    library.add_text(PAGE, name="words.md")
    answer = agent.ask("What is KIVARA?")
    assert answer.degraded
    assert any("Nobody answers" in note for note in answer.notes)


def test_without_the_model_the_adapter_is_not_asked(made: Made) -> None:
    agent = made()
    answer = agent.ask("What is PUFLO?", without_model=True)
    assert answer.declined
    assert asked(agent) == []


def test_a_router_that_was_handed_in_decides_before_the_declaration(made: Made) -> None:
    class Nowhere:
        def route(self, question: str, **_: Any) -> Route:
            return Route(kind="decline", reason="closed")

    agent = made(router=Nowhere())
    assert agent.ask("What is PUFLO?").route.kind == "decline"


def test_a_declaration_that_is_not_there_or_damaged_is_said_at_the_start(
    made: Made, declared: Path
) -> None:
    with pytest.raises(SettingsError, match="nothing"):
        made(declarations=declared.parent / "nowhere")
    declared.write_text("[]")
    with pytest.raises(AdapterError, match=r"knows\.json"):
        made()
