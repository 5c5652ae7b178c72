import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from chorei.agent import Agent, Quote, Reading
from chorei.core import Answer, Finished, Retrieved, Routed, Settings, TextDelta
from chorei.retrieval import Library


def assert_literal(answer: Answer, library: Library) -> None:
    for c in answer.citations:
        assert library.text(c.document_id)[c.start : c.end] == c.quote


def test_a_fact_is_quoted_with_its_source(agent: Agent) -> None:
    answer = agent.ask("How many days of leave do part-time staff get?")
    assert answer.route.kind == "documents"
    assert not answer.declined
    assert answer.language == "en"
    first = answer.citations[0]
    assert first.document == "handbook.md"
    assert first.heading[-1] == "Leave"
    assert "15 days" in first.quote
    assert "[1]" in answer.text
    assert {n.status for n in answer.numbers} == {"quoted"}
    assert_literal(answer, agent.library)


def test_a_vietnamese_question_is_answered_in_vietnamese(agent: Agent) -> None:
    answer = agent.ask("Nhân viên chính thức được nghỉ phép bao nhiêu ngày?")
    assert answer.language == "vi"
    assert answer.text.startswith("Theo Sổ tay nhân viên")
    assert "14 ngày" in answer.citations[0].quote


def test_vietnamese_without_diacritics_is_understood(agent: Agent) -> None:
    answer = agent.ask("cong ty nghi bao nhieu ngay le")
    assert answer.language == "vi"
    assert any("11 ngày lễ" in c.quote for c in answer.citations)


def test_what_the_documents_do_not_hold_is_declined_with_the_closest(agent: Agent) -> None:
    answer = agent.ask("What is the salary of the chief executive?")
    assert answer.declined
    assert answer.citations == ()
    assert answer.closest[0].document in {"handbook.md", "so-tay.md"}
    assert "do not answer" in answer.text


def test_arithmetic_is_computed_and_shown_as_a_program(agent: Agent) -> None:
    answer = agent.ask("What is 15% of 200?")
    assert answer.route.kind == "arithmetic"
    assert answer.programs[0].result == "30"
    assert answer.text.endswith("30")
    assert {n.status for n in answer.numbers} == {"computed"}


def test_arithmetic_that_cannot_be_computed_is_declined(agent: Agent) -> None:
    answer = agent.ask("What is 1 / 0?")
    assert (answer.route.kind, answer.declined, answer.programs) == ("arithmetic", True, ())


def test_small_talk_names_the_company(agent: Agent) -> None:
    answer = agent.ask("Who are you?")
    assert answer.route.kind == "about"
    assert "Sen Coffee" in answer.text


def test_a_follow_up_continues_the_conversation(agent: Agent) -> None:
    session = agent.sessions.new()
    first = agent.ask("How many days of leave do full-time staff get?", session=session)
    assert "25 days" in first.citations[0].quote
    second = agent.ask("and part-time staff?", session=session)
    assert "15 days" in second.citations[0].quote
    assert second.resolved != second.question


def test_a_vietnamese_follow_up_continues_the_conversation(agent: Agent) -> None:
    session = agent.sessions.new()
    agent.ask("Nhân viên được nghỉ phép bao nhiêu ngày?", session=session)
    answer = agent.ask("còn ngày lễ thì sao?", session=session)
    assert any("11 ngày lễ" in c.quote for c in answer.citations)


def test_without_a_session_nothing_is_remembered(agent: Agent) -> None:
    agent.ask("How many days of leave do full-time staff get?")
    assert agent.ask("and part-time staff?").resolved == "and part-time staff?"
    assert agent.sessions.list() == []


def test_events_come_in_order_and_their_text_is_the_answer(agent: Agent) -> None:
    events = list(agent.stream("How many days of leave do part-time staff get?"))
    kinds = [type(e) for e in events]
    assert kinds[:2] == [Routed, Retrieved]
    assert kinds[-1] is Finished
    last = events[-1]
    assert isinstance(last, Finished)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == last.answer.text


async def test_async_gives_the_same_answer(agent: Agent) -> None:
    question = "How many days of leave do part-time staff get?"
    answer = await agent.aask(question)
    assert answer.text == agent.ask(question).text
    events = [e async for e in agent.astream(question)]
    assert isinstance(events[-1], Finished)


async def test_an_error_in_the_stream_reaches_the_caller(library: Library) -> None:
    class Broken:
        def read(self, *args: object, **kwargs: object) -> Reading:
            raise ValueError("broken reader")

    with Agent(library, settings=Settings(), reader=Broken()) as agent:
        with pytest.raises(ValueError, match="broken reader"):
            await agent.aask("How many days of leave do staff get?")
        with pytest.raises(ValueError, match="broken reader"):
            async for _ in agent.astream("How many days of leave do staff get?"):
                pass


def test_an_interrupted_answer_is_not_remembered_and_the_session_goes_on(agent: Agent) -> None:
    session = agent.sessions.new()
    events = agent.stream("How many days of leave do staff get?", session=session)
    next(events)
    events.close()  # type: ignore[attr-defined]
    answer = agent.ask("How many days of leave do part-time staff get?", session=session)
    assert not answer.declined
    assert [a.question for a in agent.sessions.history(session)] == [answer.question]


def test_a_quotation_that_is_not_literal_is_never_shown(library: Library) -> None:
    class Inventor:
        def read(self, question: str, hits: list, **kwargs: object) -> Reading:  # type: ignore[type-arg]
            passage = hits[0].passage
            forged = passage.model_copy(update={"text": passage.text.replace("2", "9")})
            return Reading(
                quotes=(Quote(passage=forged, start=forged.start, end=forged.end, score=1.0),),
                confidence=1.0,
            )

    with Agent(library, settings=Settings(), reader=Inventor()) as agent:  # type: ignore[arg-type]
        answer = agent.ask("How many days of leave do full-time staff get?")
    assert answer.declined
    assert answer.citations == ()


def test_the_graph_is_a_node_of_another_graph(agent: Agent) -> None:
    class Desk(TypedDict):
        question: str
        answer: dict[str, object]

    desk = StateGraph(Desk)
    desk.add_node("company", agent.graph)
    desk.add_edge(START, "company")
    desk.add_edge("company", END)
    state = desk.compile().invoke({"question": "When does the office in Manchester close?"})
    assert "6 pm" in str(state["answer"]["text"])


async def test_the_graph_runs_in_an_event_loop(agent: Agent) -> None:
    state = await agent.graph.ainvoke({"question": "What is 12 * 12?"})
    assert Answer.model_validate(state["answer"]).text.endswith("144")


def test_threads_share_an_agent_and_sessions_do_not_mix(agent: Agent) -> None:
    def talk(number: int) -> list[str]:
        session = f"s{number}"
        agent.ask(f"What is {number} * 10?", session=session)
        agent.ask("How many days of leave do part-time staff get?", session=session)
        return [a.question for a in agent.sessions.history(session)]

    with ThreadPoolExecutor(8) as pool:
        histories = list(pool.map(talk, range(16)))
    for number, history in enumerate(histories):
        assert history[0] == f"What is {number} * 10?"
        assert len(history) == 2


def test_two_agents_on_two_libraries_do_not_see_each_other(tmp_path: Path) -> None:
    with Agent(tmp_path / "a", settings=Settings()) as a, Agent(tmp_path / "b") as b:
        a.library.add_text("The moon base opens in 2031.", name="moon.txt")
        assert not a.ask("When does the moon base open?").declined
        declined = b.ask("When does the moon base open?")
        assert declined.declined
        assert "no documents" in declined.text


def test_documents_added_by_another_thread_are_found_at_once(agent: Agent) -> None:
    thread = threading.Thread(
        target=agent.library.add_text,
        args=("The staff canteen serves phở on Fridays.",),
        kwargs={"name": "canteen.txt"},
    )
    thread.start()
    thread.join()
    answer = agent.ask("When does the canteen serve phở?")
    assert answer.citations[0].document == "canteen.txt"


def test_a_tag_limits_the_documents(agent: Agent) -> None:
    answer = agent.ask("How many days of leave do part-time staff get?", tag="vn")
    assert all(c.document == "so-tay.md" for c in answer.citations)
