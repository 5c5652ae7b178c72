"""Tokens counted by a server's own tokenizer: seldom asked, remembered, never a reason to fail."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.servers import CircuitBreaker, ServerChatModel, ServerClient, dialect_for
from chorei.adapters.servers.counting import TokenCounter
from chorei.adapters.servers.tokens import estimate_tokens
from chorei.core import ModelSettingError, ModelUnavailableError

ENGLISH = "Part-time employees receive fifteen days of paid leave a year. "
VIETNAMESE = "Nhân viên bán thời gian được nghỉ phép mười lăm ngày mỗi năm. "


class Tokenizer:
    """One token a word; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    def __call__(self, text: str) -> int:
        self.asked.append(text)
        if self.down:
            raise ModelUnavailableError("down")
        return len(text.split())


def counter(tokenizer: Callable[[str], int], context: int | None = 4096) -> TokenCounter:
    return TokenCounter(tokenizer, lambda: context)


def test_a_text_is_counted_once() -> None:
    tokenizer = Tokenizer()
    counts = counter(tokenizer)
    text = ENGLISH * 60
    assert counts.count(text) == counts.count(text) == len(text.split())
    assert len(tokenizer.asked) == 1


@pytest.mark.parametrize("sentence", [ENGLISH, VIETNAMESE])
def test_short_texts_are_soon_estimated_from_what_was_counted(sentence: str) -> None:
    tokenizer = Tokenizer()
    counts = counter(tokenizer, context=32_768)
    for n in range(100):
        counts.count(f"{n} {sentence * 3}")
    assert len(tokenizer.asked) <= 20
    text = f"new {sentence * 3}"
    true = len(text.split())
    assert true <= counts.count(text) <= 1.3 * true
    assert len(tokenizer.asked) <= 20


def test_a_long_text_is_always_counted() -> None:
    tokenizer = Tokenizer()
    counts = counter(tokenizer)
    for n in range(30):
        counts.count(f"{n} {ENGLISH * 3}")
    asked = len(tokenizer.asked)
    for n in range(3):
        text = f"{n} {ENGLISH * 40}"
        assert counts.count(text) == len(text.split())
    assert len(tokenizer.asked) == asked + 3


def test_a_server_that_is_down_is_left_alone() -> None:
    tokenizer = Tokenizer()
    tokenizer.down = True
    counts = counter(tokenizer)
    texts = [f"{n} {ENGLISH * 40}" for n in range(5)]
    assert [counts.count(text) for text in texts] == [estimate_tokens(text) for text in texts]
    assert len(tokenizer.asked) == 1


@given(st.lists(st.text(), max_size=20))
def test_any_text_has_a_count(texts: list[str]) -> None:
    counts = counter(Tokenizer())
    for text in texts:
        assert counts.count(text) >= 0
    assert counts.count("") == 0


TOKENS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "vllm": (
        "/tokenize",
        {"prompt": "Xin chào", "add_special_tokens": False, "model": "m"},
        {"count": 3, "max_model_len": 9, "tokens": [5, 6, 7]},
    ),
    "sglang": (
        "/tokenize",
        {"prompt": "Xin chào", "add_special_tokens": False, "model": "m"},
        {"count": 3, "max_model_len": 9, "tokens": [5, 6, 7]},
    ),
    "llamacpp": (
        "/tokenize",
        {"content": "Xin chào", "parse_special": False},
        {"tokens": [5, 6, 7]},
    ),
    "tgi": (
        "/tokenize",
        {"inputs": "Xin chào"},
        [{"id": n, "text": "x", "start": 0, "stop": 1} for n in (5, 6, 7)],
    ),
}


@pytest.mark.parametrize("kind", TOKENS)
def test_each_server_is_asked_in_its_way(kind: str) -> None:
    path, body, answer = TOKENS[kind]
    sent = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append((request.url.path, httpx.Response(200, content=request.content).json()))
        return httpx.Response(200, json=answer)

    assert model(kind, respond).get_token_ids("Xin chào") == [5, 6, 7]
    assert sent == [(path, body)]
    assert model(kind, respond).count_tokens(ENGLISH * 9) == 3


@pytest.mark.parametrize("kind", ["openai", "transformers"])
def test_servers_that_do_not_tell(kind: str) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is asked")

    asked = model(kind, respond)
    assert asked.count_tokens(ENGLISH * 40) == estimate_tokens(ENGLISH * 40)
    with pytest.raises(ModelSettingError, match="does not tell"):
        asked.get_token_ids("Hello")
    with pytest.raises(ModelSettingError, match="does not tell"):
        asked.rendered("Hello")


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("answer", [{"tokens": "x"}, [{"text": "x"}], "text", None])
def test_an_answer_without_tokens_leaves_the_estimate(kind: str, answer: Any) -> None:
    asked = model(kind, lambda request: httpx.Response(200, json=answer))
    assert asked.count_tokens(ENGLISH * 40) == estimate_tokens(ENGLISH * 40)


def model(kind: str, respond: Callable[[httpx.Request], httpx.Response]) -> ServerChatModel:
    client = ServerClient(
        "http://server", breaker=CircuitBreaker("test"), transport=httpx.MockTransport(respond)
    )
    return ServerChatModel(dialect=dialect_for(kind, "http://server"), server=client, model="m")
