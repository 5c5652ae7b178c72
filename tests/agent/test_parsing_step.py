"""Steps in ReAct text, in the forms in which models write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorei.agent.parsing import Step, parse_step

TOOLS = ("search_company", "calculator", "Search")
PIECES = (
    *("Thought: ", "\nAction: ", "\nAction Input: ", "\nObservation: ", "\nFinal Answer: "),
    *("Hành động: ", "Search[", "]", "{", "}", '"', "```", "```json\n", "<think>", "</think>"),
    *(
        "<tool_call>",
        "</tool_call>",
        "**",
        "\n",
        " ",
        ":",
        "calculator",
        "(",
        ")",
        "\ud800",
        "x\u0301",
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        'Thought: x\nAction: search_company\nAction Input: {"query": "leave"}',
        'x\nAction: search_company\nAction Input: {"query": "leave"}\nObservation: 12 days',
        '```\nThought: x\nAction: search_company\nAction Input: {"query": "leave"}\n```',
        '**Thought:** x\n**Action:** `search_company`\n**Action Input:** {"query": "leave"}',
        "**Thought**: x\n**Action**: search_company\n"
        '**Action Input**: ```json\n{"query": "leave"}\n```',
        '### Thought\nx\n### Action\nsearch_company\n### Action Input\n{"query": "leave"}',
        '1. Thought: x\n2. Action: search_company\n3. Action Input: {"query": "leave"}',
        "Thought 3: x\nAction 3: Search Company\nAction Input 3: {'query': 'leave',}",
        'Suy nghĩ: x\nHành động: search_company\nĐầu vào: {"query": "leave"}\nQuan sát: 12',
        'Suy nghi: x\nHanh dong: search_company\nDau vao: {"query": "leave"}',
        'Thought: x\nAction: search_company[{"query": "leave"}]',
        'Thought: x\nAction: search_company(query="leave")',
        'Thought: x\nAction: search_company\n{"query": "leave"}',
        "<think>Action: calculator\nAction Input: 1</think>Thought: x\nAction: search_company\n"
        'Action Input: {"query": "leave"}',
        'Thought: x\nAction: search_company\nAction Input: {"query": "leave"}\nObservation: 12\n'
        "Thought: y\nAction: calculator\nAction Input: 1+1",
        'x\n<tool_call>{"name": "search_company", "arguments": {"query": "leave"}}</tool_call>',
    ],
)
def test_one_action_in_many_forms(text: str) -> None:
    assert parse_step(text, TOOLS) == Step(
        kind="action", thought="x", tool="search_company", arguments={"query": "leave"}
    )


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("Action: calculator\nAction Input: 2+2", "calculator", "2+2"),
        ("Action: calculator\nAction Input:", "calculator", ""),
        ("Thought: I compute. Action: calculator Action Input: 2+2", "calculator", "2+2"),
        ('Action: calculator("2+2")', "calculator", "2+2"),
        ("I look it up.\nSearch[annual leave]", "Search", "annual leave"),
        ('Action: Search["annual leave"]', "Search", '"annual leave"'),
        ("Action: search_companies\nAction Input: x", "search_companies", "x"),
        ("Action: Gmail: Find Email\nAction Input: last", "Gmail: Find Email", "last"),
        (
            "Action: calculator\nAction Input:\n```python\na = 1\nb = 2\n```",
            "calculator",
            "a = 1\nb = 2",
        ),
    ],
)
def test_actions_with_text_arguments(text: str, tool: str, arguments: str) -> None:
    step = parse_step(text, TOOLS)
    assert (step.kind, step.tool, step.arguments) == ("action", tool, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "Thought: x\nFinal Answer: 12 days",
        "x\nFinal Answer: 12 days",
        "```\nThought: x\nFinal Answer: 12 days\n```",
        "Thought: x\n**Final Answer:** 12 days",
        "**Thought: x**\n**Final Answer: 12 days**",
        "Suy nghĩ: x\nCâu trả lời cuối cùng: 12 days",
        "Suy nghi: x\nCau tra loi: 12 days",
        "Thought: x\nFinal Answer: 12 days\nObservation: right",
        "Thought: x\nFinal Answer: 12 days\n\nQuestion: next?\nThought: y",
        "Thought: x Final Answer: 12 days",
        "Thought: x\nAction: None\nFinal Answer: 12 days",
        "Thought: x\nAnswer: 12 days",
    ],
)
def test_one_final_answer_in_many_forms(text: str) -> None:
    step = parse_step(text, TOOLS)
    assert (step.kind, step.thought, step.answer) == ("final", "x", "12 days")


def test_finish_is_final_unless_it_is_a_tool() -> None:
    assert parse_step("Action 2: Finish[yes]", ()).answer == "yes"
    assert parse_step("Action: Finish\nAction Input: yes", ()).answer == "yes"
    assert parse_step("Action 2: Finish[yes]", ("Finish",)).kind == "action"


def test_an_answer_may_hold_labels_of_its_own() -> None:
    answer = "Question: may I?\nAnswer: yes\n1. Action: ask first"
    assert parse_step(f"Final Answer: {answer}", TOOLS).answer == answer


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("<think>Action: Search[x]", "empty"),
        ("It is probably 12.", "no action and no final answer"),
        ("Foo[bar]", "no action and no final answer"),
        ("Action: calculator", "'Action: calculator'"),
        ("Action:\nAction Input: 2", "names no tool"),
        ("Action: None\nAction Input: None", "names no tool"),
        ("Final Answer:", "empty"),
        ("Action: Search\nAction Input: x\nObservation: y\nFinal Answer: z", "at once"),
        ("Final Answer: a\n\nThought: b\nFinal Answer: c", "several final answers"),
        ('Action: calculator\nAction Input: {"expression": "2+', "not closed"),
        ("Action: Search[x] on another site", "closing bracket"),
        ('Action:\n```json\n{"action": "Search", "action_input": "x"}\n```', "Action: Search"),
        ('Action: calculator(expression=open("x"))', "is missing"),
    ],
)
def test_what_is_unclear_runs_nothing_and_says_why(text: str, problem: str) -> None:
    step = parse_step(text, TOOLS)
    assert step.kind == "unclear"
    assert problem in step.problem


def test_several_actions_in_one_line_are_remarked_on() -> None:
    step = parse_step("Action: Search[a], Search[b]", TOOLS)
    assert step.kind == "action"
    assert "one action at a time" in step.problem


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_no_text_raises(text: str) -> None:
    step = parse_step(text, TOOLS)
    assert (step.kind == "action") == bool(step.tool and not step.answer)
    assert (step.kind == "final") == bool(step.answer)
    assert step.kind != "unclear" or step.problem


@pytest.mark.parametrize("piece", PIECES)
def test_long_repetitions_are_read(piece: str) -> None:
    parse_step(f"Action: Search\nAction Input: {piece * 20_000}", TOOLS)
    parse_step(piece * 20_000, TOOLS)
