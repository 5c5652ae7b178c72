"""How much of real model output the parsers of the agent read as expected.

Completions of agents with their expected steps (ReAct and Reflexion logs, crewAI's and LangChain's
recorded runs), calls of tools (vLLM's and Ollama's test cases), tags of thinking, broken JSON, and
the worked answers of GSM8K (Cobbe et al., arXiv 2110.14168) with the ways of stating an answer.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from chorei.agent.parsing import (
    final_number,
    parse_step,
    parse_tool_calls,
    repair_json,
    split_thinking,
)
from chorei.core import Frozen, Language

SHARED: Final = Path(__file__).resolve().parents[2] / "shared" / "data"
_OLLAMA_TOOLS: Final = (
    *("get_temperature", "get_conditions", "say_hello", "say_hello_world", "add"),
)
_STATED: Final[tuple[tuple[Language, str], ...]] = (
    ("en", "#### {plain}"),
    ("en", "The answer is {plain}."),
    ("en", "Therefore, the answer is **${grouped}** in all."),
    ("en", r"So it is \boxed{{{plain}}}."),
    ("en", "**Answer:** {grouped} units"),
    ("en", "Final Answer: {plain}"),
    ("vi", "Đáp án là {dotted} đ."),
    ("vi", "Vậy câu trả lời cuối cùng là: {dotted} quả."),
    ("vi", "Dap so: {dotted}"),
)

Row = dict[str, Any]


class Score(Frozen):
    """How one set of cases fared.

    Attributes:
        name: The set.
        total: Its cases.
        failed: The ids of those that were not read as expected.
        ran: The ids of those in which a tool would be run though the case is unclear.
    """

    name: str
    total: int
    failed: tuple[str, ...]
    ran: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share read as expected, 0 to 1."""
        return 1 - len(self.failed) / self.total if self.total else 1.0


def evaluate(folder: Path = SHARED) -> tuple[Score, ...]:
    """Measure every set in the folder of real data."""
    return (
        _scored("react_steps", _rows(folder / "react/react_steps.jsonl"), _react),
        _completions("crewai", folder),
        _completions("langchain", folder),
        _scored("hermes", _rows(folder / "toolcalls/hermes_cases.jsonl"), _tagged),
        _scored("ollama", _rows(folder / "toolcalls/ollama_tool_call_cases.jsonl"), _offered),
        _scored("thinking", _rows(folder / "toolcalls/think_tag_cases.jsonl"), _thinking),
        _scored("json", _rows(folder / "toolcalls/json_repair_cases.jsonl"), _json),
        _scored("gsm8k", list(_worked(folder / "gsm8k/test_first200.jsonl")), _stated),
    )


def _scored(name: str, rows: Sequence[Row], passes: Callable[[Row], bool]) -> Score:
    failed = tuple(row["id"] for row in rows if not passes(row))
    return Score(name=name, total=len(rows), failed=failed)


def _rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _react(row: Row) -> bool:
    step = parse_step(row["completion"], ("Search", "Lookup"))
    if row["tool"] is None:
        return step.kind != "action"
    return (step.tool, step.arguments, step.thought) == (
        row["tool"],
        row["argument"],
        row["thought"],
    ) and step.kind == ("final" if row["tool"] == "Finish" else "action")


def _completions(name: str, folder: Path) -> Score:
    """Cases that are unclear count as failed only if a tool would be run."""
    rows = _rows(folder / f"react/{name}_completions.jsonl")
    tools = sorted({row["expected"]["tool"] for row in rows if "tool" in row["expected"]})
    failed = tuple(row["id"] for row in rows if not _completion(row, tools))
    ran = tuple(
        row["id"]
        for row in rows
        if row["expected"]["kind"] == "unclear"
        and parse_step(row["completion"], tools).kind == "action"
    )
    return Score(name=name, total=len(rows), failed=failed, ran=ran)


def _completion(row: Row, tools: Sequence[str]) -> bool:
    expected, step = row["expected"], parse_step(row["completion"], tools)
    if expected["kind"] == "unclear":
        return step.kind != "action"
    if expected["kind"] == "final":
        return step.kind == "final" and step.answer == expected["answer"]
    given: Any = step.arguments
    wanted = json.loads(expected["input"]) if isinstance(given, dict) else expected["input"]
    is_object = isinstance(given, dict) or "input_json" not in expected
    same: bool = (step.kind, step.tool, given) == ("action", expected["tool"], wanted)
    return same and is_object


def _tagged(row: Row, tools: Sequence[str] | None = None) -> bool:
    found = parse_tool_calls(row["text"], tools)
    calls = [{"name": call.name, "arguments": call.arguments} for call in found.calls]
    content = row["expected_content"]
    return bool(calls == row["expected_calls"]) and content in (None, found.text)


def _offered(row: Row) -> bool:
    return _tagged(row, _OLLAMA_TOOLS)


def _thinking(row: Row) -> bool:
    split = split_thinking(row["text"])
    return (split.thinking, split.text) == (row["expected_thinking"], row["expected_content"])


def _json(row: Row) -> bool:
    return bool(repair_json(row["text"]) == row["expected"])


def _worked(file: Path) -> Iterator[Row]:
    """Every worked answer, with its result stated in every way."""
    for number, row in enumerate(_rows(file)):
        working, _, plain = row["answer"].rpartition("#### ")
        value = Decimal(plain.replace(",", ""))
        grouped = f"{value:,}"
        forms = {"plain": plain, "grouped": grouped, "dotted": grouped.replace(",", ".")}
        for way, (language, form) in enumerate(_STATED):
            text = working + form.format(**forms)
            yield {
                "id": f"{number}/{way}",
                "text": text,
                "language": language,
                "value": value,
            }


def _stated(row: Row) -> bool:
    return bool(final_number(row["text"], row["language"]) == row["value"])


def main(argv: list[str] | None = None) -> int:
    """Print the share of each set and the ids that failed; 1 if a tool ran on an unclear case."""
    parser = argparse.ArgumentParser(
        prog="python -m chorei.evaluation parsing", description=__doc__
    )
    parser.add_argument("--data", type=Path, default=SHARED, help="folder with the real data")
    scores = evaluate(parser.parse_args(argv).data)
    print(f"{'set':<12} {'cases':>6} {'as expected':>12}")
    for score in scores:
        print(f"{score.name:<12} {score.total:>6} {score.share:>12.2%}")
        if score.failed:
            print(f"  failed: {' '.join(score.failed[:50])}")
        if score.ran:
            print(f"  a tool would be run though it is unclear: {' '.join(score.ran)}")
    return 1 if any(score.ran for score in scores) else 0
