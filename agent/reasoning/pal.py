"""PAL: the model writes a program, the sandbox runs it, the value is the answer.

Gao et al., "PAL: Program-aided Language Models", arXiv 2211.10435; several samples that vote:
self-consistency, arXiv 2203.11171.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from langchain_core.messages import AIMessage, BaseMessage

from chorei.agent.completion import Completer
from chorei.agent.prompts import Prompt, example_pool, examples, select_examples
from chorei.agent.protocols import Solution
from chorei.agent.reasoning import wording
from chorei.agent.reasoning.constants import invented_note
from chorei.agent.reasoning.running import NO_PROGRAM, Run, last_line, run_text
from chorei.agent.reasoning.values import same_key, written
from chorei.agent.reasoning.voting import Vote, majority
from chorei.core import Generation, Language, Usage
from chorei.tools import Sandbox

GREEDY: Final = Generation(temperature=0)
_SHOWN_ERROR: Final = 1500
_STOP: Final = ("\nQuestion:", "\nCâu hỏi:", "\nQ:")


class ProgramSolver:
    """Solves calculations told in words with programs that a model writes.

    Args:
        completer: The model.
        sandbox: Where programs run.
        prompts: Folder with prompts that replace the built-in ``pal`` and ``pal_repair`` and
            their examples.
        repairs: How often the traceback of a failing program goes back to the model.
        samples: Programs that are sampled and vote on the value; 1 takes the most probable one.
        temperature: Temperature at which several samples are drawn.
        shots: Worked examples in the prompt, chosen by their likeness to the question.
    """

    def __init__(
        self,
        completer: Completer,
        sandbox: Sandbox,
        prompts: Path | None = None,
        *,
        repairs: int = 1,
        samples: int = 1,
        temperature: float = 0.7,
        shots: int = 3,
    ) -> None:
        self._completer = completer
        self._sandbox = sandbox
        self._folder = prompts
        self._repairs = repairs
        self._samples = samples
        self._temperature = temperature
        self._shots = shots

    def solve(self, question: str, *, language: Language, background: str = "") -> Solution:
        """See :meth:`chorei.agent.protocols.Solver.solve`.

        Raises:
            ModelError: The model or its server failed.
            SandboxError: The sandbox itself cannot work.
        """
        work = _Work(self._completer, self._sandbox)
        messages = self._asked(question, language, background)
        texts = [work.ask(messages, generation) for generation in self._generations()]
        runs = [run_text(text, self._sandbox) for text in texts]
        notes: list[str] = []
        if all(run.error for run in runs):
            runs = [self._repaired(work, messages, texts[0], runs[0], language)]
            if not runs[0].error:
                notes.append(wording.REPAIRED[language])
        vote = majority([None if run.error else same_key(run.value) for run in runs])
        if len(runs) > 1 and vote.votes:
            notes.append(
                wording.PROGRAMS_AGREE[language].format(votes=vote.votes, samples=vote.samples)
            )
        if vote.winner is None:
            return _failure(runs, vote, notes, work.usage, language)
        given = f"{question}\n{background}"
        return _success(runs[vote.winner], given, notes, work, language)

    def _asked(self, question: str, language: Language, background: str) -> list[BaseMessage]:
        pool = example_pool("pal", language, self._folder) if self._shots else ()
        shown = examples(select_examples(question, pool, self._shots), language)
        prompt = Prompt.load("pal", language, self._folder)
        return prompt.render(question=question, examples=shown, facts=background)

    def _generations(self) -> list[Generation]:
        if self._samples == 1:
            return [GREEDY.model_copy(update={"stop": _STOP})]
        # Seeds of their own: with one seed for all, a server may give the same sample each time.
        return [
            Generation(temperature=self._temperature, seed=seed, stop=_STOP)
            for seed in range(self._samples)
        ]

    def _repaired(
        self,
        work: "_Work",
        messages: Sequence[BaseMessage],
        text: str,
        run: Run,
        language: Language,
    ) -> Run:
        """The program after its traceback has gone back to the model."""
        conversation = list(messages)
        repair = Prompt.load("pal_repair", language, self._folder)
        for _ in range(self._repairs):
            said = repair.render(error=run.error[-_SHOWN_ERROR:])
            conversation += [AIMessage(text), *said]
            text = work.ask(conversation, GREEDY.model_copy(update={"stop": _STOP}))
            again = run_text(text, self._sandbox)
            # A reply without a program says nothing new; the program before it is the evidence.
            run = run if again.error == NO_PROGRAM and run.source else again
            if not run.error:
                break
        return run


class _Work:
    """The calls for one question, and what they used."""

    def __init__(self, completer: Completer, sandbox: Sandbox) -> None:
        self._completer = completer
        self.sandbox = sandbox
        self.usage = Usage()
        self.thoughts: list[str] = []

    def ask(self, messages: Sequence[BaseMessage], generation: Generation) -> str:
        completion = self._completer.complete(messages, generation=generation)
        self.usage += completion.usage
        if completion.thinking:
            self.thoughts.append(completion.thinking)
        return completion.text


def _success(run: Run, given: str, notes: list[str], work: _Work, language: Language) -> Solution:
    text, rounding = written(run.value, language)
    notes += invented_note(run.source, given, language)
    if rounding:
        notes.append(rounding)
    return Solution(
        text=wording.RESULT[language].format(value=text),
        value=run.result,
        programs=(run.evidence,),
        reasoning="\n".join(work.thoughts),
        notes=tuple(notes),
        usage=work.usage,
    )


def _failure(
    runs: Sequence[Run], vote: Vote, notes: list[str], usage: Usage, language: Language
) -> Solution:
    programs = tuple(run.evidence for run in runs if run.source)
    if vote.votes:
        values = {same_key(run.value): run for run in runs if not run.error}
        shown = "; ".join(written(run.value, language)[0] for run in values.values())
        text = wording.DISAGREE[language].format(samples=vote.samples, values=shown)
    elif runs[-1].source:
        error = last_line(runs[-1].error)
        text = wording.PROGRAM_FAILED[language].format(error=error)
    else:
        text = wording.NO_PROGRAM[language]
    return Solution(text=text, solved=False, programs=programs, notes=tuple(notes), usage=usage)
