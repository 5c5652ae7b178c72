"""The parts below the chat model: parsers of streams, thinking, tool calls; breaker; waits."""

import json
import threading
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.servers import CircuitBreaker, Patience, failures
from chorei.adapters.servers.events import EventParser
from chorei.adapters.servers.hermes import CallSplitter, flatten, parse
from chorei.adapters.splitting import Splitter, split
from chorei.adapters.stops import StopStrings
from chorei.core import (
    ContextLengthError,
    ModelError,
    ModelOverloadedError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
)

CUTS = st.lists(st.integers(0, 400), max_size=12)


def cut(data: Any, places: list[int]) -> list[Any]:
    edges = [0, *sorted(min(p, len(data)) for p in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1), max_size=6
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", " "]),
    CUTS,
)
def test_events_survive_any_cut(texts: list[str], end: str, space: str, places: list[int]) -> None:
    data = [json.dumps(text, ensure_ascii=False) for text in texts]
    stream = "".join(f": ping{end}event: x{end}data:{space}{d}{end}{end}" for d in data)
    parser, found = EventParser(), []
    for piece in cut(stream.encode(), places):
        found += parser.feed(piece)
    assert [*found, *parser.close()] == data


def test_an_event_without_its_last_line_counts() -> None:
    parser = EventParser()
    assert [*parser.feed(b"data:a\ndata: b"), *parser.close()] == ["a\nb"]


@given(st.text(st.characters(exclude_characters="<>")), st.text(), CUTS)
def test_thinking_survives_any_cut(thought: str, answer: str, places: list[int]) -> None:
    answer = "A" + answer.replace("<", "")
    splitter, found = Splitter(), ["", ""]
    for piece in cut(f"\n<think>\n{thought}</think>\n\n{answer}", places):
        for side, part in enumerate(splitter.feed(piece)):
            found[side] += part
    rest = splitter.close()
    assert (found[0] + rest[0]).strip() == thought.strip()
    assert found[1] + rest[1] == answer


@given(st.text().filter(lambda t: not t.lstrip().startswith("<think>")), CUTS)
def test_a_text_without_thinking_stays_as_it_is(text: str, places: list[int]) -> None:
    splitter, found = Splitter(), ""
    for piece in cut(text, places):
        found += splitter.feed(piece)[1]
    assert found + splitter.close()[1] == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Just text.", ("", "Just text.")),
        ("<think>\n\n</think>\n\nYes.", ("", "Yes.")),
        ("<think>cut off", ("cut off", "")),
        ("opened by the template</think>\n\nYes.", ("opened by the template", "Yes.")),
        ("Say <think> and </think>.", ("", "Say <think> and </think>.")),
    ],
)
def test_thinking_in_a_whole_text(text: str, parts: tuple[str, str]) -> None:
    assert split(text) == parts


CALL = '<tool_call>\n{"name": "add", "arguments": {"a": 1, "s": "</b>"}}\n</tool_call>'


@given(CUTS)
def test_calls_survive_any_cut(places: list[int]) -> None:
    splitter = CallSplitter()
    text, calls = "", []
    for piece in cut(f"I add <b>.{CALL}\n{CALL} Done", places):
        more, found = splitter.feed(piece)
        text, calls = text + more, calls + found
    more, found = splitter.close()
    assert [c["function"]["name"] for c in calls + found] == ["add", "add"]
    assert " ".join((text + more).split()) == "I add <b>. Done"


@pytest.mark.parametrize(
    "text", ["<tool_call>{bad}</tool_call>", "<tool_call>[1]</tool_call>", '<tool_call>{"a": 1}']
)
def test_what_is_no_call_stays_text(text: str) -> None:
    assert parse(text) == (text, [])


def test_a_call_that_was_cut_off_after_its_json_counts() -> None:
    (call,) = parse('<tool_call>{"name": "f", "parameters": {}}')[1]
    assert call["function"] == {"name": "f", "arguments": "{}"}


def test_results_of_one_turn_go_into_one_message() -> None:
    tool = {"role": "tool", "content": "1", "tool_call_id": "x"}
    user = {"role": "user", "content": "go on", "name": None}
    flat = flatten([tool, tool, user])
    assert [m["role"] for m in flat] == ["user", "user"]
    assert "name" not in flat[1]


@given(st.text("abc", max_size=30), st.lists(st.text("abc", min_size=1, max_size=3)), CUTS)
def test_stop_strings_survive_any_cut(text: str, stops: list[str], places: list[int]) -> None:
    cutter, found = StopStrings(stops), ""
    for piece in cut(text, places):
        found += cutter.add(piece)
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    whole = found + cutter.finish()
    assert text.startswith(whole)
    assert len(whole) <= min(ends) if ends else whole == text


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"error": "no", "error_type": "validation"}, ModelRequestError),
        ({"error": "no", "error_type": "generation"}, ModelUnavailableError),
        ({"error": "no", "error_type": "overloaded"}, ModelOverloadedError),
        ({"error": {"message": "no", "http_status_code": 422}}, ModelRequestError),
        ({"error": {"message": "no", "http_status_code": 429}}, ModelOverloadedError),
        ({"error": {"message": "no", "type": "invalid_request_error"}}, ModelRequestError),
        ({"error": {"message": "this model's maximum context length is 10 tokens", "code": 400}},
         ContextLengthError),
        ({"error": "something"}, ModelUnavailableError),
        ({"error": {"detail": 1}}, ModelUnavailableError),
    ],
)  # fmt: skip
def test_an_error_within_an_answer(event: dict[str, Any], kind: type[ModelError]) -> None:
    assert type(failures.from_event("the server", event)) is kind


def test_no_error_is_none() -> None:
    assert failures.from_event("the server", {"error": None, "choices": []}) is None


@given(st.integers(300, 599), st.text())
def test_every_status_has_an_error(status: int, text: str) -> None:
    error = failures.from_status("the server", status, text)
    assert isinstance(error, ModelError)
    assert len(error.message) < 500
    assert error.message.isprintable()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("", None), ("2", 2.0), ("-1", 0.0), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert failures.retry_after(value) == seconds


def test_waits_grow_and_are_jittered() -> None:
    patience = Patience(backoff=0.5, longest_backoff=2.0)
    for tried, bound in ((1, 0.5), (2, 1.0), (3, 2.0), (9, 2.0)):
        waits = [patience.wait(tried) for _ in range(200)]
        assert 0 <= min(waits) < bound / 2 < max(waits) <= bound
    assert 5 <= patience.wait(1, 5.0) <= 5.5


def test_only_what_may_pass_is_repeated() -> None:
    assert failures.passes(ModelOverloadedError(""))
    assert not failures.passes(ModelRequestError(""))
    assert not failures.passes(ModelTimeoutError(""))


def test_one_probe_at_a_time_goes_through_a_breaker_that_may_close() -> None:
    now = [0.0]
    breaker = CircuitBreaker("s", threshold=1, cooldown=5, clock=lambda: now[0])
    breaker.enter()
    breaker.fail()
    now[0] = 6.0
    passed: list[bool] = []

    def enter() -> None:
        try:
            breaker.enter()
            passed.append(True)
        except ModelUnavailableError:
            passed.append(False)

    threads = [threading.Thread(target=enter) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed.count(True) == 1
    breaker.abandon()
    breaker.enter()
    breaker.fail()
    assert breaker.is_open
    now[0] = 12.0
    breaker.enter()
    breaker.succeed()
    breaker.enter()
