"""The agent with a scripted language model behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from chorei.agent import Agent
from chorei.core import (
    Answer,
    Finished,
    Generation,
    LoadOptions,
    ModelUnavailableError,
    SessionError,
    Settings,
    ToolUsed,
)
from chorei.retrieval import Library
from chorei.tools import Fact, tool


class Scripted(BaseChatModel):
    """Says what a function makes of the conversation, and remembers how it was asked."""

    reply: Callable[[str], str]
    asked: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        prompt = "\n".join(str(message.text) for message in messages)
        self.asked.append({"prompt": prompt, "stop": stop, **kwargs})
        message = AIMessage(
            self.reply(prompt),
            usage_metadata={"input_tokens": 5, "output_tokens": 3, "total_tokens": 8},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


def down(_: str) -> str:
    raise ModelUnavailableError("Nobody answers at http://127.0.0.1:1.")


Made = Callable[..., Agent]


@pytest.fixture
def made(library: Library) -> Iterator[Made]:
    agents: list[Agent] = []

    def make(reply: Callable[[str], str], tools: Any = (), **settings: Any) -> Agent:
        agent = Agent(
            library, settings=Settings(**settings), model=Scripted(reply=reply), tools=tools
        )
        agents.append(agent)
        return agent

    yield make
    for agent in agents:
        agent.close()


def test_a_supported_answer_in_the_models_own_words_carries_its_quotation(made: Made) -> None:
    agent = made(lambda _: "Part-time staff get 15 days of paid leave a year [1].")
    answer = agent.ask("How many days of leave do part-time staff get?")
    assert not answer.declined
    assert answer.model == "scripted"
    assert answer.usage.calls >= 1
    assert any("15 days" in c.quote for c in answer.citations)
    assert {n.status for n in answer.numbers} == {"quoted"}
    for c in answer.citations:
        assert agent.library.text(c.document_id)[c.start : c.end] == c.quote


def test_an_invented_number_never_gets_out(made: Made) -> None:
    agent = made(lambda _: "The CEO's salary is $125,000 [1].")
    for question in ("What is the salary of the CEO?", "How many days of leave do staff get?"):
        answer = agent.ask(question)
        assert "125,000" not in answer.text
        assert not [n for n in answer.numbers if n.status == "unsupported"]


def test_a_word_problem_is_solved_by_a_program_that_ran(made: Made) -> None:
    agent = made(lambda _: "```python\ndef solution():\n    return 3 * 12 - 5\n```")
    answer = agent.ask(
        "A shop buys 3 boxes of 12 cups and 5 cups break on the way. How many cups are left?"
    )
    assert answer.route.kind == "program"
    assert answer.programs[0].result == "31"
    assert "31" in answer.text
    assert {n.status for n in answer.numbers} == {"computed"}


def test_a_calculation_is_continued_with_another_number(made: Made) -> None:
    agent = made(lambda _: "```python\ndef solution():\n    return 18 / 24 * 3\n```")
    session = agent.sessions.new()
    first = "A crate holds 24 bottles and costs 18 euros. How much are 3 bottles?"
    agent.ask(first, session=session)
    answer = agent.ask("And for 5 bottles?", session=session)
    assert answer.route.kind == "program"
    assert "continues" in answer.route.reason
    scripted = agent._engines.program._completer.chat  # type: ignore[union-attr]
    prompt = scripted.asked[-1]["prompt"]
    assert first in prompt, "its numbers are given"
    assert "2.25" in prompt, "and what came of it"
    assert agent.ask("And who approves it?", session=session).route.kind == "documents"


def test_limits_of_steps_and_repairs_are_settings(made: Made) -> None:
    failing = "```python\ndef solution():\n    return 1 / 0\n```"
    problem = "A crate holds 24 bottles and costs 18 euros. How much is one bottle?"
    for repairs in (0, 2):
        agent = made(lambda _: failing, program_repairs=repairs)
        assert agent.ask(problem).usage.calls == 1 + repairs
    tools = Shop().tools()
    agent = made(asks_for("order_status", "A-17"), tools, steps=1, tool_chars=10)
    answer = agent.ask("Has the parcel for A-17 left the warehouse yet, please check")
    assert len(answer.calls) == 1
    assert len(answer.calls[0].result) <= 60, "cut to the setting, with a remark"
    assert any("1" in note or "steps" in note.lower() for note in answer.notes)


def test_a_model_that_is_down_leaves_the_answer_to_the_reader_and_recovers(made: Made) -> None:
    state = {"up": False}

    def reply(prompt: str) -> str:
        return "They get 15 days of paid leave [1]." if state["up"] else down(prompt)

    agent = made(reply)
    question = "How many days of leave do part-time staff get?"
    answer = agent.ask(question)
    assert answer.degraded
    assert "15 days" in answer.citations[0].quote
    assert any("Nobody answers" in note for note in answer.notes)
    state["up"] = True
    assert not agent.ask(question).degraded


def test_a_word_problem_without_its_model_goes_to_the_documents(made: Made) -> None:
    answer = made(down).ask(
        "A shop buys 3 boxes of 12 cups and 5 cups break on the way. How many cups are left?"
    )
    assert answer.degraded
    assert answer.route.kind == "documents"


def test_without_the_model_the_built_in_engines_answer_alone(made: Made) -> None:
    agent = made(down)
    answer = agent.ask("How many days of leave do part-time staff get?", without_model=True)
    assert not answer.degraded
    assert (answer.model, answer.usage.calls) == ("", 0)


def test_settings_of_a_question_count_before_those_of_the_session_and_the_agent(
    made: Made,
) -> None:
    agent = made(lambda _: "15 days [1].", top_p=0.5, min_p=0.1, repetition_penalty=1.1)
    session = agent.sessions.new()
    agent.configure(session, Generation(top_p=0.6, min_p=0.2))
    question = "How many days of leave do part-time staff get?"
    agent.ask(question, session=session, generation=Generation(top_p=0.7))
    scripted = agent._engines.reader._completer.chat  # type: ignore[attr-defined]
    sent = scripted.asked[-1]
    assert (sent["top_p"], sent["min_p"], sent["repetition_penalty"]) == (0.7, 0.2, 1.1)
    agent.ask(question, session=session)
    assert scripted.asked[-1]["top_p"] == 0.6
    assert len(agent.sessions.history(session)) == 2


def test_the_system_message_opens_the_conversation_and_moves_what_does_not_fit(
    made: Made, tmp_path: Path
) -> None:
    facts = tmp_path / "facts.md"
    long = "The archive in Leeds keeps the delivery notes of " + "many " * 80 + "years."
    facts.write_text(f"- The company was founded by two bakers.\n- {long}\n", encoding="utf-8")
    agent = made(lambda _: "NOT FOUND", facts=facts, company="Sen Coffee", system_tokens=120)
    agent.ask("Who approves leave requests?")
    scripted = agent._engines.reader._completer.chat  # type: ignore[attr-defined]
    prompts = "\n".join(sent["prompt"] for sent in scripted.asked)
    assert "founded by two bakers" in prompts
    assert "Leeds" in agent.library.text("company-facts")


class Adapted(Scripted):
    """A model with an adapter, as chorei's own models say it."""

    adapter: str = "company"


def test_what_no_document_holds_is_asked_of_the_adapter_and_marked(library: Library) -> None:
    model = Adapted(reply=lambda _: "Puffin night is the staff party in June.")
    with Agent(library, settings=Settings(), model=model) as agent:
        answer = agent.ask("What does puffin night mean?")
        assert answer.route.kind == "model"
        assert "staff party" in answer.text
        assert not answer.citations
        held = agent.ask("How many days of leave do part-time staff get?")
        assert held.route.kind == "documents"
        assert "15 days" in held.citations[0].quote


def test_what_the_model_knows_is_held_against_the_documents_asked_for_only(
    library: Library,
) -> None:
    model = Adapted(reply=lambda _: "They get what their contract says.")
    with Agent(library, settings=Settings(), model=model) as agent:
        answer = agent.ask("How many days of leave do part-time staff get?", tag="vn")
        assert answer.route.kind == "model"
        assert not answer.citations


def test_without_an_adapter_what_no_document_holds_is_declined(made: Made) -> None:
    answer = made(lambda _: "It is the staff party.").ask("What does puffin night mean?")
    assert answer.declined


# Tools and approvals


class Shop:
    def __init__(self) -> None:
        self.returned: list[str] = []

    def tools(self) -> list[Any]:
        @tool(acts=True)
        def return_order(number: str) -> str:
            """Return an order.

            Args:
                number: The number of the order.
            """
            self.returned.append(number)
            return f"Order {number} is returned."

        @tool
        def order_status(number: str) -> str:
            """Look up an order.

            Args:
                number: The number of the order.
            """
            return f"Order {number} was sent on Monday."

        return [return_order, order_status]


def asks_for(name: str, number: str) -> Callable[[str], str]:
    def reply(prompt: str) -> str:
        if "route" in prompt and "Answer:" in prompt and "tools -" in prompt:
            return "tools"
        if "is returned" in prompt or "sent on Monday" in prompt or "refused" in prompt.lower():
            return "Thought: done\nFinal Answer: It is done."
        return f'Thought: call it\nAction: {name}\nAction Input: {{"number": "{number}"}}'

    return reply


def test_a_model_uses_a_tool_and_the_call_is_evidence(made: Made) -> None:
    agent = made(asks_for("order_status", "A-17"), Shop().tools())
    events = list(agent.stream("Has the parcel for A-17 left the warehouse yet, please check"))
    answer = next(e.answer for e in events if isinstance(e, Finished))
    assert answer.route.kind == "tools"
    assert [c.tool for c in answer.calls] == ["order_status"]
    assert any(isinstance(e, ToolUsed) for e in events)


@pytest.mark.parametrize("approved", [True, False])
def test_an_action_of_a_model_waits_for_a_decision(made: Made, approved: bool) -> None:
    shop = Shop()
    agent = made(asks_for("return_order", "A-17"), shop.tools())
    session = agent.sessions.new()
    waiting = agent.ask("Please arrange for A-17 to go back to the shop", session=session)
    assert waiting.approval is not None
    assert waiting.approval.arguments == {"number": "A-17"}
    assert shop.returned == []
    answer = agent.decide(session, approved)
    assert shop.returned == (["A-17"] if approved else [])
    assert answer.approval is None
    assert [c.outcome for c in answer.calls] == ["done" if approved else "refused"]
    with pytest.raises(SessionError):
        agent.decide(session, True)


def test_a_decision_can_come_after_a_restart(library: Library) -> None:
    shop = Shop()

    def fresh() -> Agent:
        model = Scripted(reply=asks_for("return_order", "A-17"))
        return Agent(library, settings=Settings(), model=model, tools=shop.tools())

    with fresh() as agent:
        session = agent.sessions.new()
        assert agent.ask("Please arrange for A-17 to go back", session=session).approval
    with fresh() as agent:
        assert agent.pending(session) is not None
        agent.decide(session, True)
    assert shop.returned == ["A-17"]


def test_another_question_drops_the_action_that_waited(made: Made) -> None:
    shop = Shop()
    agent = made(asks_for("return_order", "A-17"), shop.tools())
    session = agent.sessions.new()
    assert agent.ask("Please arrange for A-17 to go back", session=session).approval
    answer = agent.ask("What is 2 + 2?", session=session)
    assert answer.approval is None
    assert any("not done" in note for note in answer.notes)
    assert agent.pending(session) is None
    assert shop.returned == []


def test_nothing_acts_in_a_conversation_that_is_not_kept(made: Made) -> None:
    shop = Shop()
    answer: Answer = made(asks_for("return_order", "A-17"), shop.tools()).ask(
        "Please arrange for A-17 to go back"
    )
    assert answer.approval is None
    assert shop.returned == []


class GuardedShop:
    """Returns an order only to the customer whose e-mail address belongs to it."""

    def __init__(self) -> None:
        self.returned: list[str] = []

    def tools(self) -> list[Any]:
        def belongs(facts: dict[str, Any]) -> str | None:
            return None if facts == {"email": "lan@example.com", "order": "SEN-1001"} else "No."

        order = Fact.of_pattern("order", r"SEN-\d{4}", ask={"en": "Which order?", "vi": "Đơn nào?"})

        @tool(acts=True, facts=[Fact.email(), order], verify=belongs)
        def return_order(email: str, order: str) -> str:
            """Return an order.

            Args:
                email: The customer's e-mail address.
                order: The number of the order.
            """
            self.returned.append(order)
            return f"Order {order} of {email} is returned."

        return [return_order]


def wants_return(prompt: str) -> str:
    if "tools -" in prompt:
        return "tools"
    arguments = '{"email": "lan@example.com", "order": "SEN-1001"}'
    return f"Thought: do it\nAction: return_order\nAction Input: {arguments}"


def test_facts_that_only_the_model_has_said_are_asked_for(made: Made) -> None:
    shop = GuardedShop()
    agent = made(wants_return, shop.tools())
    session = agent.sessions.new()
    first = agent.ask("Please arrange for my parcel to go back to you", session=session)
    assert first.approval is None
    assert "e-mail" in first.text
    second = agent.ask("lan@example.com", session=session)
    assert "Which order" in second.text
    third = agent.ask("SEN-1001", session=session)
    assert third.approval is not None
    agent.decide(session, True)
    assert shop.returned == ["SEN-1001"]


def test_guessing_ends_after_three_attempts_whoever_guesses(made: Made) -> None:
    shop = GuardedShop()
    agent = made(wants_return, shop.tools())
    session = agent.sessions.new()
    agent.ask("Please arrange for my parcel to go back to you", session=session)
    for number in range(4):
        agent.ask(f"minh{number}@example.com, SEN-1001", session=session)
    answer = agent.ask("lan@example.com SEN-1001, arrange the way back", session=session)
    assert answer.approval is None
    assert shop.returned == []


def test_settings_say_how_a_model_in_this_process_is_loaded(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def chat_model(name: str, **keywords: Any) -> BaseChatModel:
        given.update(keywords, name=name)
        return Scripted(reply=lambda _: "")

    monkeypatch.setattr("chorei.adapters.chat_model", chat_model)
    settings = Settings(model="local:base", quantization="int8", model_threads=1)
    with Agent(library, settings=settings):
        assert given["name"] == "local:base"
        assert given["options"] == LoadOptions(quantization="int8", threads=1)
