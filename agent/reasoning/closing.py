"""The end of a loop of reasoning: an answer, the best one so far, or that there is none."""

from collections.abc import Sequence

from chorei.agent.parsing import final_answer, parse_step
from chorei.agent.protocols import Solution
from chorei.agent.reasoning import wording
from chorei.agent.reasoning.budgets import Budgets
from chorei.agent.reasoning.quoting import cited
from chorei.agent.reasoning.state import ReasonerState, language_in
from chorei.agent.reasoning.steps import ATTEMPT
from chorei.agent.reasoning.values import number, written
from chorei.agent.turn import Summary
from chorei.core import Language, Passage, Program, ToolCall, Usage

_MOST_FOUND = 3


def finished(state: ReasonerState) -> Solution:
    """The model's answer."""
    return _solution(state, state["answer"])


def best_effort(state: ReasonerState, answer: str, budgets: Budgets) -> Solution:
    """The best answer so far, marked as such."""
    language = language_in(state)
    note = wording.BEST_EFFORT[language].format(ended=_ended(state, budgets))
    solution = _solution(state, answer)
    return solution.model_copy(update={"solved": False, "notes": (note, *solution.notes)})


def gave_up(state: ReasonerState, budgets: Budgets) -> Solution:
    """An honest decline that names what was done and found on the way."""
    language = language_in(state)
    ended = _ended(state, budgets)
    text = wording.GAVE_UP[language].format(ended=ended[0].lower() + ended[1:])
    if state["acted"]:
        done = "; ".join(each.rstrip(".") for each in state["acted"])
        text = f"{text} {wording.DONE_SO_FAR[language].format(done=done)}."
    programs = [Program.model_validate(fields) for fields in state["programs"]]
    if programs:
        found = "; ".join(_shown(program, language) for program in programs[-_MOST_FOUND:])
        text = f"{text} {wording.FOUND_SO_FAR[language].format(found=found)}."
    return _solution(state, text).model_copy(update={"solved": False, "value": ""})


def _solution(state: ReasonerState, answer: str) -> Solution:
    passages = [Passage.model_validate(fields) for fields in state["passages"]]
    text, quotes = cited(answer.strip(), passages)
    value = number(text)
    return Solution(
        text=text,
        value="" if value is None else format(value, "f"),
        programs=tuple(Program.model_validate(fields) for fields in state["programs"]),
        calls=tuple(ToolCall.model_validate(fields) for fields in state["calls"]),
        quotes=quotes,
        reasoning="\n".join(state["thoughts"]),
        notes=tuple(state["notes"]),
        usage=Usage.model_validate(state["usage"]),
        summary=Summary.model_validate(made) if (made := state.get("summary")) else None,
    )


def _ended(state: ReasonerState, budgets: Budgets) -> str:
    phrase = wording.ENDED[state["ended"]][language_in(state)]
    return phrase.format(steps=budgets.steps, tokens=budgets.tokens, seconds=f"{budgets.seconds:g}")


def _shown(program: Program, language: Language) -> str:
    """A calculation with its result; of a longer program only the result."""
    result, _ = written(program.result, language)
    return f"{program.source} = {result}" if program.language == "calculator" else result


def last_word(text: str, names: Sequence[str]) -> str:
    """The answer in a model's last reply; empty if it still wants to act."""
    step = parse_step(text, names)
    if step.kind == "final":
        return step.answer
    if step.kind == "action" or ATTEMPT.search(text):
        return ""
    return final_answer(text) or text.strip()
