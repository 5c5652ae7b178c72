"""Programs in what models write."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.tools.program import extract_program

SOLUTION = "def solution():\n    a = 3\n    return a * 2"


@pytest.mark.parametrize(
    ("text", "program", "entry"),
    [
        (SOLUTION, SOLUTION, "solution()"),
        (f"```python\n{SOLUTION}\n```", SOLUTION, "solution()"),
        (f"Here it is:\n```py\n{SOLUTION}\n```\nIt gives 6.", SOLUTION, "solution()"),
        (f"```\n{SOLUTION}", SOLUTION, "solution()"),
        (f"{SOLUTION}\n```\n\nQuestion: and now?", SOLUTION, "solution()"),
        (f"Sure!\n\n{SOLUTION}\n\nThis returns 6.", SOLUTION, "solution()"),
        (f"A: {SOLUTION}", SOLUTION, "solution()"),
        (f"<think>ans = 1</think>\n{SOLUTION}", SOLUTION, "solution()"),
        (f"{SOLUTION}\n\n\nQ: Next one?\n\n{SOLUTION}", SOLUTION, "solution()"),
        (f"{SOLUTION}\n\n{SOLUTION}", SOLUTION, "solution()"),
        (f"{SOLUTION}\n\n# Question: next\nx = 1", SOLUTION, "solution()"),
        (f"{SOLUTION}\n\ndef solution():\n    b = (1 +", SOLUTION, "solution()"),
        (f"Chương trình:\n```python\n{SOLUTION}\n```", SOLUTION, "solution()"),
        ("ans = 5\nQ: How many?\nans = 7", "ans = 5", "ans"),
        ("giá = 1_200\nans = giá * 0.9\nCâu hỏi: Còn lại?", "giá = 1_200\nans = giá * 0.9", "ans"),
        ("1. First:\nx = 3\nans = x + 1\n\nThe answer is 4.", "x = 3\nans = x + 1", "ans"),
        ("    x = 3\n    ans = x\n", "x = 3\nans = x", "ans"),
        ("total = 12 * 3\nThe total is 36", "total = 12 * 3", "total"),
        (
            "def solver():\n    return 4\nans = solver()",
            "def solver():\n    return 4\nans = solver()",
            "ans",
        ),
        ("def solver():\n    return 4", "def solver():\n    return 4", "solver()"),
        ("import math\nmath.sqrt(16)", "import math\nmath.sqrt(16)", None),
        ("17 * 23 + 4", "17 * 23 + 4", None),
        (">>> 2 + 3\n5", "2 + 3", None),
        ("x = 5\nprint(x)", "x = 5\nprint(x)", None),
        ("```json\n{}\n```\n```python\nans = 1\n```", "ans = 1", "ans"),
        (
            "```\ndef f():\n    return 2\n```\nThen:\n```\nans = f()\n```",
            "def f():\n    return 2\nans = f()",
            "ans",
        ),
        ("```\nans = 1\n```\nBetter:\n```\nans = 2\n```", "ans = 1", "ans"),
        ("ans = 3\nAnswer: 3", "ans = 3", "ans"),
        (
            "import re\nans = len(re.findall('\\d', '1a2'))",
            "import re\nans = len(re.findall('\\d', '1a2'))",
            "ans",
        ),
        ("def solution():\r\n    return 1\r\n", "def solution():\n    return 1", "solution()"),
    ],
)
def test_a_program_is_found(text: str, program: str, entry: str | None) -> None:
    found = extract_program(text)
    assert found is not None
    assert (found.program, found.entry) == (program, entry)


def test_a_docstring_with_a_question_is_not_an_end() -> None:
    text = (
        'def solution():\n    """Question: how many?\nAnswer Choices:\n(a) 3\n    """\n    return 3'
    )
    found = extract_program(f"{text}\n\nQuestion: next?")
    assert found is not None
    assert found.program == text


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("x = 5\nans = (x +", "ans"),
        ("def solution(:\n    return 1", "solution()"),
        ("```python\nans = = 3\n```", "ans"),
        ("def solution():\n    total = 3 +", "solution()"),
    ],
)
def test_a_faulty_program_is_kept_whole_so_that_running_it_says_why(text: str, entry: str) -> None:
    found = extract_program(text)
    assert found is not None
    assert found.entry == entry
    with pytest.raises(SyntaxError):
        compile(found.program, "", "exec")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot answer that.",
        "Answer: 36",
        "36",
        "yes",
        "x - y",
        "```json\n{}\n```",
        "<think>ans = 1",
    ],
)
def test_prose_holds_no_program(text: str) -> None:
    assert extract_program(text) is None


@given(st.text() | st.text(alphabet="`~ \n\t:=()'\"#>defansolut1{}[]\\Q"))
def test_no_text_raises(text: str) -> None:
    extract_program(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 90_000,
        "-" * 99_000 + "1",
        "lambda:" * 14_000 + "1",
        "1+" * 49_000 + "1",
        '"""' * 30_000,
        "if 1:\n" * 9_000,
        "x = 1\n(" * 2_000,
        "```\n" * 20_000,
    ],
)
def test_no_nesting_raises(text: str) -> None:
    extract_program(text)
    extract_program(f"```python\nans = {text}")


@pytest.mark.shared
def test_raw_generations_give_the_first_program(shared: Path) -> None:
    seen = 0
    with (shared / "programs" / "programs.jsonl").open(encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            found = extract_program(record["program"])
            if record["source"] == "pal_aqua_raw":
                seen += 1
                assert found is not None
                assert found.entry == "solution()"
                assert record["program"].startswith(found.program)
                assert found.program.count("def solution") == 1
                compile(found.program, record["id"], "exec")
            elif record["parses"] and record["cpython"]["ok"] and record["id"].endswith("0"):
                assert found is not None
                assert (found.program, found.entry) == (record["program"].rstrip(), record["entry"])
    assert seen > 0
