"""An action through the whole agent, without a model: asked for, checked, approved, done."""

from pathlib import Path

import pytest

from chorei.agent import Agent
from chorei.core import SessionError
from chorei.retrieval import Library
from chorei.tools import Fact, Tool

POLICY = "# Returns\n\nYou can return an order within 30 days of delivery.\n"


class Shop:
    def __init__(self) -> None:
        self.returned: list[tuple[str, str]] = []

    def tool(self) -> Tool:
        def return_order(email: str, order: str) -> str:
            """Return an order."""
            self.returned.append((email, order))
            return "It is returned."

        order = Fact.of_pattern("order", r"SEN-\d{4}", ask={"en": "Which?", "vi": "Mã đơn?"})
        return Tool.of(
            return_order,
            acts=True,
            facts=[Fact.email(), order],
            verify=lambda f: None if f["email"] == "lan@example.com" else "No such order.",
            summary={"en": "Return {order}.", "vi": "Trả đơn {order}."},
            phrases={"en": ["I want to return my order"], "vi": ["tôi muốn trả hàng"]},
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def documents(tmp_path: Path):
    with Library(tmp_path / "shop") as library:
        library.add_text(POLICY, name="returns.md")
        yield library


def test_the_action_runs_once_and_only_after_a_yes(documents: Library, shop: Shop) -> None:
    with Agent(documents, tools=[shop.tool()]) as agent:
        asked = agent.ask("I want to return my order SEN-1001", session="s")
        assert (asked.route.kind, asked.approval) == ("tools", None)
        waiting = agent.ask("lan@example.com", session="s")
        assert waiting.approval is not None
        assert waiting.approval.summary == "Return SEN-1001."
        assert not shop.returned
        done = agent.decide("s", True)
        assert done.text == "It is returned."
        assert done.calls[-1].outcome == "done"
        with pytest.raises(SessionError):
            agent.decide("s", True)
    assert shop.returned == [("lan@example.com", "SEN-1001")]


def test_a_no_does_nothing(documents: Library, shop: Shop) -> None:
    with Agent(documents, tools=[shop.tool()]) as agent:
        agent.ask("Tôi muốn trả hàng, đơn SEN-1001, lan@example.com", session="s")
        refused = agent.decide("s", False)
        assert refused.calls[-1].outcome == "refused"
        assert refused.language == "vi"
    assert not shop.returned


def test_a_wrong_address_never_reaches_the_action(documents: Library, shop: Shop) -> None:
    with Agent(documents, tools=[shop.tool()]) as agent:
        for _ in range(5):
            answer = agent.ask("I want to return my order SEN-1001, minh@example.com", session="s")
            assert answer.approval is None
        assert "cannot verify" in answer.text
        closed = agent.ask("I want to return my order SEN-1001, lan@example.com", session="s")
        assert closed.approval is None
        assert agent.pending("s") is None
    assert not shop.returned


def test_a_question_beside_the_form_is_answered_from_the_documents(
    documents: Library, shop: Shop
) -> None:
    with Agent(documents, tools=[shop.tool()]) as agent:
        agent.ask("I want to return my order", session="s")
        aside = agent.ask("Within how many days can I return an order?", session="s")
        assert aside.route.kind == "documents"
        assert "30 days" in aside.text
        assert agent.ask("SEN-1001, lan@example.com", session="s").approval is not None


def test_a_form_and_an_approval_outlive_the_process(documents: Library, shop: Shop) -> None:
    for text in ("I want to return my order", "SEN-1001"):
        with Agent(documents, tools=[shop.tool()]) as agent:
            agent.ask(text, session="s")
    with Agent(documents, tools=[shop.tool()]) as agent:
        assert agent.ask("lan@example.com", session="s").approval is not None
    with Agent(documents, tools=[shop.tool()]) as agent:
        assert agent.pending("s") is not None
        agent.decide("s", True)
    assert shop.returned == [("lan@example.com", "SEN-1001")]
