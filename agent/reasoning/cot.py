"""Chain of thought: the model reasons in words first, and the answer is read off the end.

Wei et al., arXiv 2201.11903 (worked examples); Kojima et al., arXiv 2205.11916 (zero-shot, in two
stages); Wang et al., arXiv 2203.11171 (self-consistency).
"""

from collections.abc import Sequence
from pathlib import Path

from langchain_core.messages import BaseMessage

from chorei.agent.completion import Completer
from chorei.agent.parsing import final_answer, final_number
from chorei.agent.prompts import Prompt, example_pool, examples, select_examples
from chorei.agent.protocols import Solution
from chorei.agent.reasoning import wording
from chorei.agent.reasoning.rechecking import Equation, wrong_equations
from chorei.agent.reasoning.values import plain, same_key, written
from chorei.agent.reasoning.voting import Vote, majority
from chorei.core import Frozen, Generation, Language, Usage


class Chain(Frozen):
    """One line of reasoning.

    Attributes:
        reasoning: The reasoning, thinking included.
        answer: The answer it ends in; empty if there is none.
        value: The answer as a bare number if it is one, else the answer.
        wrong: Calculations in it that do not hold.
    """

    reasoning: str
    answer: str
    value: str
    wrong: tuple[Equation, ...] = ()

    @property
    def vote(self) -> tuple[str, str] | None:
        """What it votes for; a chain that miscalculates has no vote."""
        return same_key(self.value) if self.answer and not self.wrong else None


class ThoughtSolver:
    """Answers questions that need several steps by reasoning in words.

    Every calculation ``a op b = c`` in the reasoning is computed again. A chain with a wrong one
    loses its vote; if no other is left, its answer is given as unsolved.

    Args:
        completer: The model.
        prompts: Folder with prompts that replace the built-in ``cot_zero``, ``cot_few`` and
            ``cot_answer`` and their examples.
        shots: Worked examples in the prompt, chosen by their likeness to the question; with 0
            the model is asked to think step by step, and then for the answer if it gave none.
        samples: Chains that are sampled and vote on the answer; 1 takes the most probable one.
        temperature: Temperature at which several samples are drawn.
    """

    def __init__(
        self,
        completer: Completer,
        prompts: Path | None = None,
        *,
        shots: int = 3,
        samples: int = 1,
        temperature: float = 0.7,
    ) -> None:
        self._completer = completer
        self._folder = prompts
        self._shots = shots
        self._samples = samples
        self._temperature = temperature

    def solve(self, question: str, *, language: Language, background: str = "") -> Solution:
        """See :meth:`chorei.agent.protocols.Solver.solve`.

        Raises:
            ModelError: The model or its server failed.
        """
        messages = self._asked(question, language, background)
        usage = Usage()
        chains = []
        for generation in self._generations():
            chain, used = self._chain(messages, generation, question, language)
            chains.append(chain)
            usage += used
        vote = majority([chain.vote for chain in chains])
        if vote.winner is None:
            return _undecided(chains, vote, usage, language)
        chosen = chains[vote.winner]
        agreed = wording.CHAINS_AGREE[language].format(votes=vote.votes, samples=vote.samples)
        return Solution(
            text=chosen.answer,
            value=chosen.value,
            reasoning=chosen.reasoning,
            notes=(agreed,) if len(chains) > 1 else (),
            usage=usage,
        )

    def _asked(self, question: str, language: Language, background: str) -> list[BaseMessage]:
        if not self._shots:
            prompt = Prompt.load("cot_zero", language, self._folder)
            return prompt.render(question=question, facts=background)
        pool = example_pool("cot_few", language, self._folder)
        shown = examples(select_examples(question, pool, self._shots), language)
        prompt = Prompt.load("cot_few", language, self._folder)
        return prompt.render(question=question, examples=shown, facts=background)

    def _generations(self) -> list[Generation]:
        stop = ("\nQuestion:", "\nCâu hỏi:", "\nQ:")
        if self._samples == 1:
            return [Generation(temperature=0, stop=stop)]
        return [
            Generation(temperature=self._temperature, seed=seed, stop=stop)
            for seed in range(self._samples)
        ]

    def _chain(
        self,
        messages: Sequence[BaseMessage],
        generation: Generation,
        question: str,
        language: Language,
    ) -> tuple[Chain, Usage]:
        said = self._completer.complete(messages, generation=generation)
        usage = said.usage
        reasoning = said.text.strip()
        text, answer = reasoning, final_answer(reasoning)
        if answer is None and reasoning:
            # The second stage of zero-shot chain of thought: ask for the answer alone.
            prompt = Prompt.load("cot_answer", language, self._folder)
            asked = prompt.render(question=question, reasoning=reasoning)
            again = self._completer.complete(asked, generation=Generation(temperature=0))
            usage += again.usage
            text = again.text.strip()
            answer = final_answer(text)
        number = final_number(text, language) if answer is not None else None
        answer = (answer or "").strip()
        chain = Chain(
            reasoning="\n".join(filter(None, (said.thinking, reasoning))),
            answer=answer,
            value=answer if number is None else format(plain(number), "f"),
            wrong=wrong_equations(reasoning, language),
        )
        return chain, usage


def _undecided(chains: Sequence[Chain], vote: Vote, usage: Usage, language: Language) -> Solution:
    """What is said if no answer has won: why, and the answer that is not to be relied on."""
    answered = [chain for chain in chains if chain.answer]
    notes = dict.fromkeys(
        wording.WRONG_EQUATION[language].format(
            equation=wrong.text, value=written(wrong.value, language)[0]
        )
        for chain in answered
        for wrong in chain.wrong
    )
    value = ""
    if not answered:
        text = wording.NO_ANSWER[language]
    elif vote.votes:
        values = dict.fromkeys(chain.answer for chain in answered if not chain.wrong)
        text = wording.DISAGREE[language].format(samples=vote.samples, values="; ".join(values))
    else:
        text = wording.UNSURE[language].format(answer=answered[0].answer.rstrip("."))
        value = answered[0].value
    return Solution(
        text=text,
        value=value,
        solved=False,
        reasoning="\n\n".join(chain.reasoning for chain in (answered or chains)[:1]),
        notes=tuple(notes),
        usage=usage,
    )
