"""What a loop of reasoning has found: passages under lasting numbers, and programs."""

from typing import Any, Final

from chorei.agent.reasoning.constants import invented_note
from chorei.agent.reasoning.state import ReasonerState, language_in
from chorei.agent.reasoning.wording import CUT
from chorei.agent.search_tool import listed
from chorei.core import CalculationError, Hit, Language, Passage, Program, ToolCall
from chorei.tools import calculate
from chorei.tools.output import SMALLEST, trim

CALCULATOR: Final = "calculator"


def observed(
    call: ToolCall, artifact: Any, passages: list[Passage], budget: int
) -> tuple[str, bool]:
    """What the model is shown of a call, and whether something was left out.

    Passages that a search found are listed under their lasting numbers; new ones are added.

    Args:
        call: The call.
        artifact: What the tool handed over besides its text.
        passages: The passages found so far; grows.
        budget: Most characters.
    """
    hits = artifact if isinstance(artifact, tuple | list) else ()
    found = [hit.passage for hit in hits if isinstance(hit, Hit)]
    if call.outcome == "done" and found and len(found) == len(hits):
        text = listed(found, [_number(passage, passages) for passage in found], budget)
        return text, False
    if len(call.result) <= budget:
        return call.result, False
    return trim(call.result, max(budget, SMALLEST))[: max(budget, 1)], True


def _number(passage: Passage, passages: list[Passage]) -> int:
    known = [each.id for each in passages]
    if passage.id in known:
        return known.index(passage.id) + 1
    passages.append(passage)
    return len(passages)


def program_of(call: ToolCall, artifact: Any, language: Language) -> Program | None:
    """The program behind a call, complete enough to be run again; None if there is none."""
    if call.outcome != "done":
        return None
    if isinstance(artifact, Program):
        return artifact
    expression = call.arguments.get("expression")
    if call.tool != CALCULATOR or not isinstance(expression, str):
        return None
    try:
        calculation = calculate(expression, language=language)
    except CalculationError:  # another tool of this name
        return None
    return Program(
        language="calculator", source=calculation.expression, result=str(calculation.result)
    )


def remarks_on(
    call: ToolCall, program: Program | None, state: ReasonerState, cut: int | None
) -> list[str]:
    """What a reader of the answer should know of a call.

    Args:
        call: The call.
        program: The program that it ran, if any.
        state: Where the numbers of the program can come from.
        cut: Characters to which the output was cut; None if it was not.
    """
    language = language_in(state)
    notes = []
    if cut is not None:
        notes.append(CUT[language].format(tool=call.tool, limit=cut))
    if program is not None and program.language == "python":
        seen = [entry["text"] for entry in state["entries"] if entry["kind"] == "observation"]
        given = "\n".join((state["question"], state.get("background", ""), *seen))
        notes += invented_note(program.source, given, language)
    return notes
