"""Models that think: the engines' short answers are not spent on thoughts."""

from typing import Any

import pytest
from test_agent_model import Scripted

from chorei.adapters.presets import thinks
from chorei.agent import Agent
from chorei.agent.answering import AnswerSettings, answering
from chorei.agent.completion import Completer
from chorei.agent.grounding import ModelRouter
from chorei.agent.router import RuleRouter
from chorei.core import Generation, Settings
from chorei.retrieval import Library

WRITE = "Write a reminder to a supplier"


class Thinking(Scripted):
    """A model that thinks, and can be told not to or cannot."""

    skips_thinking: bool = True
    always: bool = False

    def will_think(self, thinking: bool | None = None) -> bool:
        return self.always or thinking is not False


def routed(chat: Scripted, **generation: Any) -> dict[str, Any]:
    router = ModelRouter(Completer(chat, Generation(**generation)), RuleRouter())
    router.route(WRITE, language="en", follow_up=False)
    return chat.asked[0]


def test_a_route_is_asked_for_without_thinking() -> None:
    call = routed(Thinking(reply=lambda _: "model"), thinking=True)
    assert (call["max_tokens"], call["thinking"]) == (8, False)


def test_a_model_that_always_thinks_gets_tokens_for_it() -> None:
    call = routed(Thinking(reply=lambda _: "model", always=True), max_new_tokens=20)
    assert call["max_tokens"] == 8 + 1024, "a quarter of the 4096 that it is taken to have"


def test_where_thinking_cannot_be_turned_off_it_is_not_said() -> None:
    call = routed(Thinking(reply=lambda _: "model", skips_thinking=False))
    assert "thinking" not in call
    assert call["max_tokens"] > 1000


def test_a_foreign_chat_model_is_told_nothing_it_may_not_know() -> None:
    call = routed(Scripted(reply=lambda _: "model"))
    assert "thinking" not in call
    assert call["max_tokens"] == 8


def test_reading_thinks_if_somebody_wants_it_and_has_room_for_it(library: Library) -> None:
    def sent(**settings: Any) -> dict[str, Any]:
        chat = Thinking(reply=lambda _: "15 days [1].")
        with Agent(library, settings=Settings(**settings), model=chat) as agent:
            agent.ask("How many days of leave do part-time staff get?")
        return chat.asked[0]

    plain, thoughtful = sent(), sent(thinking=True)
    assert (plain["max_tokens"], plain["thinking"]) == (256, False)
    assert (thoughtful["max_tokens"], thoughtful["thinking"]) == (256 + 1024, True)
    assert sent(thinking=True, max_new_tokens=300)["max_tokens"] == 300


def test_the_room_of_a_prompt_counts_the_thoughts() -> None:
    completer = Completer(Thinking(reply=lambda _: ""))
    suggested = Generation(max_new_tokens=100)
    assert completer.reply_length(suggested) == 100 + 1024
    with answering(AnswerSettings(generation=Generation(thinking=False))):
        assert completer.reply_length(suggested) == 100


@pytest.mark.parametrize(
    ("model", "told", "expected"),
    [
        ("Qwen/Qwen3-8B", None, True),
        ("Qwen/Qwen3-8B", False, False),
        ("Qwen/Qwen3-4B-Instruct-2507", None, False),
        ("Qwen/Qwen3-4B-Thinking-2507", False, True),
        ("Qwen/Qwen3-Coder-30B-A3B", None, False),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", False, True),
        ("openai/gpt-oss-20b", False, True),
        ("meta-llama/Llama-3.1-8B-Instruct", None, False),
        ("SmolLM2-135M-Instruct", None, False),
        ("gpt-5-mini", None, True),
        ("gpt-4o", None, False),
        ("", None, False),
    ],
)
def test_models_that_think_are_known_by_name(model: str, told: bool | None, expected: bool) -> None:
    assert thinks(model, told) is expected
