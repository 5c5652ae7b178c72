"""Calls of tools that models write into text, thinking in tags, and broken JSON."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.agent.parsing import (
    RequestedCall,
    parse_tool_calls,
    repair_json,
    split_thinking,
)

PIECES = (
    *(
        "<tool_call>",
        "</tool_call>",
        "<function=a>",
        "</function>",
        "<parameter=b>",
        "</parameter>",
    ),
    *(
        "[TOOL_CALLS]",
        "<|tool▁call▁begin|>",
        "<|tool▁sep|>",
        "{",
        "}",
        "[",
        "]",
        '"name":',
        '"',
        ",",
    ),
    *("<think>", "</think>", "```", "`", "\n", "\\", "\ud800", "a", "1e999"),
)


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>',
        '<tool_call>\n{"name": "add", "arguments": "{\\"a\\": 1}"}\n</tool_call>',
        "<tool_call>{'name': 'add', 'arguments': {'a': 1},}</tool_call>",
        '<tool_call>{"name": "add", "parameters": {"a": 1}}',
        "<tool_call>\n<function=add>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>",
        '<function=add>{"a": 1}</function>',
        '[TOOL_CALLS] [{"name": "add", "arguments": {"a": 1}}]',
        '[TOOL_CALLS]add[ARGS]{"a": 1}',
        '<|python_tag|>{"name": "add", "parameters": {"a": 1}}<|eom_id|>',
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n```json\n"
        '{"a": 1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        '<｜tool▁call▁begin｜>add<｜tool▁sep｜>{"a": 1}<｜tool▁call▁end｜>',
        '{"name": "add", "arguments": {"a": 1}}',
        '```json\n[{"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}]\n```',
    ],
)
def test_one_call_in_many_forms(text: str) -> None:
    found = parse_tool_calls(text, ["add"])
    assert found.calls == (RequestedCall(name="add", arguments={"a": 1}, id="call_1"),)
    assert found.text == ""


def test_text_around_calls_is_kept_and_ids_too() -> None:
    found = parse_tool_calls(
        'One.<tool_call>{"id": "x7", "name": "a", "arguments": {}}</tool_call> Two.'
        '<tool_call>{"name": "b", "arguments": {}}</tool_call>'
    )
    assert [(call.name, call.id) for call in found.calls] == [("a", "x7"), ("b", "call_2")]
    assert found.text == "One. Two."


@pytest.mark.parametrize(
    "text",
    [
        '<think><tool_call>{"name": "add", "arguments": {}}</tool_call></think>Not needed.',
        '<think><tool_call>{"name": "add", "arguments": {}}</tool_call>',
        '<tool_call>{"name": "add", "arguments": {"a": 1',
        '<tool_call>{"name": "add"}</tool_call>',
        '<tool_call>{"name": 3, "arguments": {}}</tool_call>',
        "<function=add><parameter=a>1",
        'An example: {"name": "add", "arguments": {}}',
        '{"name": "other", "arguments": {}}',
    ],
)
def test_what_is_no_call(text: str) -> None:
    assert parse_tool_calls(text, ["add"]).calls == ()


@pytest.mark.parametrize(
    ("text", "thinking", "rest"),
    [
        ("<think>a</think>b", "a", "b"),
        ("<THINKING>a</THINKING>\n\nb", "a", "b"),
        ("[THINK]a[/THINK]b", "a", "b"),
        ("◁think▷a◁/think▷b", "a", "b"),
        ("<reasoning>a</reasoning>b<think>c</think>d", "a\n\nc", "bd"),
        ("a</think>b", "a", "b"),
        ("<think>a", "a", ""),
        ("b\n<think>a", "a", "b\n"),
        ("Write `<think>` first.", "", "Write `<think>` first."),
        ("```\n<think>a</think>\n```", "", "```\n<think>a</think>\n```"),
        ("<think>```\nx</think>b", "```\nx", "b"),
        ("The <think> tag", "", "The <think> tag"),
    ],
)
def test_thinking_is_kept_apart(text: str, thinking: str, rest: str) -> None:
    split = split_thinking(text)
    assert (split.thinking, split.text) == (thinking, rest)


def test_json_is_repaired_within_bounds() -> None:
    assert repair_json("{'a': 1,}") == {"a": 1}
    assert repair_json('Here: ```json\n{"a": 1}\n```') == {"a": 1}
    assert repair_json("nothing") == ""
    assert repair_json("{'a':" * 5_000) == ""
    assert repair_json("[" * 100_000) == ""
    assert repair_json("{'a': '" + "x" * 200_000) == ""


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_no_text_raises(text: str) -> None:
    parse_tool_calls(text)
    parse_tool_calls(text, ["a"])
    repair_json(text)
    split = split_thinking(text)
    assert len(split.text) <= len(text)


@pytest.mark.parametrize("piece", PIECES)
def test_long_repetitions_are_read(piece: str) -> None:
    text = piece * 20_000
    parse_tool_calls(text)
    parse_tool_calls(f"<tool_call>{text}</tool_call>")
    split_thinking(text)
    repair_json(text)
