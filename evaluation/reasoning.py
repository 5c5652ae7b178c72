"""How many word problems a language model solves: with a program (PAL) or in words (CoT).

GSM8K (Cobbe et al., 2021, arXiv 2110.14168) gives a worked answer after ``####``. The business
problems are our own, in English and Vietnamese. An answer is right if it is the same number.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

from langchain_core.language_models import BaseChatModel

from chorei.adapters import chat_model
from chorei.agent.completion import Completer
from chorei.agent.protocols import Solution, Solver
from chorei.agent.reasoning import Budgets, ProgramSolver, Reasoner, ThoughtSolver
from chorei.agent.reasoning.offering import tools_for_reasoning
from chorei.agent.reasoning.running import replay
from chorei.agent.reasoning.values import same_key
from chorei.core import ChoreiError, Frozen, Generation, Language
from chorei.evaluation.cases import ROOT, SHARED
from chorei.tools import Sandbox
from chorei.tools.toolbox import Toolbox

Method = Literal["pal", "pal-vote", "cot", "cot-zero", "cot-vote", "react"]

METHODS: Final[tuple[Method, ...]] = ("pal", "pal-vote", "cot", "cot-zero", "cot-vote", "react")
SETS: Final = ("gsm8k", "business")
_GSM8K: Final = SHARED / "gsm8k" / "test_first200.jsonl"
_BUSINESS: Final = ROOT / "tests" / "agent" / "programs.jsonl"


class Problem(Frozen):
    """A word problem.

    Attributes:
        question: The question.
        language: Its language.
        facts: Facts that come with it.
        answer: The right answer.
    """

    question: str
    language: Language = "en"
    facts: str = ""
    answer: str


class Outcome(Frozen):
    """What became of one problem.

    Attributes:
        problem: The problem.
        solution: What the solver said.
        seconds: Wall time.
        replays: Whether every program of it gives the same result again.
    """

    problem: Problem
    solution: Solution
    seconds: float
    replays: bool

    @property
    def right(self) -> bool:
        """Whether it was solved, and rightly."""
        right = same_key(self.solution.value) == same_key(self.problem.answer)
        return self.solution.solved and right


def problems(name: str) -> list[Problem]:
    """The problems of a set.

    Args:
        name: ``gsm8k`` or ``business``.

    Raises:
        ChoreiError: Its file is not there.
    """
    file = _GSM8K if name == "gsm8k" else _BUSINESS
    if not file.is_file():
        raise ChoreiError(f"There is no file {file}.", hint="Use another --set.")
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    if name == "gsm8k":
        return [Problem(question=r["question"], answer=_gold(r["answer"])) for r in records]
    return [Problem.model_validate({n: r[n] for n in Problem.model_fields}) for r in records]


def _gold(answer: str) -> str:
    return answer.rpartition("####")[2].strip().replace(",", "")


def solver(
    method: Method, completer: Completer, sandbox: Sandbox, *, samples: int = 5, shots: int = 3
) -> Solver:
    """The solver of a method; ``-vote`` draws several samples."""
    if method in ("pal", "pal-vote"):
        drawn = samples if method == "pal-vote" else 1
        return ProgramSolver(completer, sandbox, samples=drawn, shots=shots)
    if method == "react":
        return Reasoner(completer, Toolbox(tools_for_reasoning(sandbox)), Budgets(seconds=600))
    drawn = samples if method == "cot-vote" else 1
    return ThoughtSolver(completer, samples=drawn, shots=0 if method == "cot-zero" else shots)


def evaluate(chosen: Sequence[Problem], engine: Solver, sandbox: Sandbox) -> Iterator[Outcome]:
    """Solve each problem."""
    for problem in chosen:
        started = time.monotonic()
        solution = engine.solve(
            problem.question, language=problem.language, background=problem.facts
        )
        seconds = time.monotonic() - started
        again = all(replay(program, sandbox).same for program in solution.programs)
        yield Outcome(problem=problem, solution=solution, seconds=seconds, replays=again)


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of a run."""
    right = sum(outcome.right for outcome in outcomes)
    solved = sum(outcome.solution.solved for outcome in outcomes)
    usage = [outcome.solution.usage for outcome in outcomes]
    return {
        "problems": len(outcomes),
        "right": right,
        "share": round(right / len(outcomes), 4) if outcomes else 0.0,
        "wrong": solved - right,
        "declined": len(outcomes) - solved,
        "replays_differ": sum(not outcome.replays for outcome in outcomes),
        "seconds_p50": round(statistics.median(o.seconds for o in outcomes), 2) if outcomes else 0,
        "tokens": sum(each.prompt + each.completion for each in usage),
        "calls": sum(each.calls for each in usage),
    }


def main(argv: list[str], chat: Callable[[str], BaseChatModel] | None = None) -> int:
    """Print the share of problems solved rightly.

    Args:
        argv: The arguments.
        chat: Makes the model of a name; by default :func:`chorei.adapters.chat_model`.
    """
    parser = argparse.ArgumentParser(prog="python -m chorei.evaluation reasoning")
    parser.add_argument("--model", required=True, help="as in the setting `model`")
    parser.add_argument("--set", choices=SETS, default="business", help="the problems")
    parser.add_argument("--method", choices=METHODS, default="pal", help="how they are solved")
    parser.add_argument("--limit", type=int, default=0, help="only so many problems")
    parser.add_argument("--samples", type=int, default=5, help="samples that vote")
    parser.add_argument("--shots", type=int, default=3, help="worked examples in the prompt")
    parser.add_argument("--max-tokens", type=int, default=400, help="tokens a reply may have")
    parser.add_argument("--json", action="store_true", help="print one object instead of text")
    parser.add_argument("-v", "--verbose", action="store_true", help="print each answer")
    arguments = parser.parse_args(argv)
    generation = Generation(max_new_tokens=arguments.max_tokens)
    completer = Completer((chat or chat_model)(arguments.model), generation)
    chosen = problems(arguments.set)[: arguments.limit or None]
    outcomes = []
    with Sandbox() as sandbox:
        engine = solver(
            arguments.method,
            completer,
            sandbox,
            samples=arguments.samples,
            shots=arguments.shots,
        )
        for outcome in evaluate(chosen, engine, sandbox):
            outcomes.append(outcome)
            if arguments.verbose:
                mark = "right" if outcome.right else "wrong" if outcome.solution.solved else "—"
                print(f"{mark}: {outcome.solution.text!r} for {outcome.problem.answer}")
    figures = report(outcomes)
    head = {"model": completer.name, "set": arguments.set, "method": arguments.method}
    if arguments.json:
        print(json.dumps(head | figures))
    else:
        print(
            "{model}, {set}, {method}: {right} of {problems} right ({share:.1%}), {wrong} wrong,"
            " {declined} declined; {seconds_p50} s p50, {tokens} tokens in {calls} calls".format(
                **head, **figures
            )
        )
    return 0
