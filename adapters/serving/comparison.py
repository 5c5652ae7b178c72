"""What a comparison of a served adapter with the trainer's model found."""

from typing import Literal

from chorei.core import Frozen

Likeness = Literal["same", "tie", "different"]
Prompted = Literal["same", "different", "untold"]


class Answered(Frozen):
    """One answer of the trainer's model beside that of the server.

    Attributes:
        trained: What the trainer's model wrote, greedily.
        served: What the server wrote.
        likeness: ``same``; ``tie``: they part where both tokens are nearly as likely, as rounding
            explains; ``different``: they part where they are not.
        token: Position of the first token that differs, from 0; None if none does.
        gap: By how many nats of log-probability the trainer's model prefers its own token there.
    """

    trained: str
    served: str
    likeness: Likeness
    token: int | None = None
    gap: float = 0.0


class PromptParity(Frozen):
    """One prompt at the trainer's model and at the server.

    Attributes:
        question: The last question.
        prompt: Whether the server renders the same prompt.
        prompt_told: How that was found out: ``text``, ``tokens`` or ``count``; "" if it was not.
        prompt_detail: Where the prompts part, or how many tokens each has.
        adapted: The answers with the adapter.
        base: The answers without it; None where the server has only the merged model.
        expected: The adapter changes the answer of the trainer's model.
        changed: It changes that of the server (merged: of the trainer's base).
    """

    question: str
    prompt: Prompted
    prompt_told: str = ""
    prompt_detail: str = ""
    adapted: Answered
    base: Answered | None = None
    expected: bool
    changed: bool


class Parity(Frozen):
    """All prompts, and what they prove.

    Attributes:
        model: The server and adapter, by its name.
        adapter: Name of the adapter in the registry.
        version: Its version.
        tolerance: Nats up to which a difference counts as rounding.
        prompts: What was found for each.
    """

    model: str
    adapter: str
    version: int
    tolerance: float
    prompts: tuple[PromptParity, ...]

    def count(self, likeness: Likeness) -> int:
        """How many answers with the adapter are so alike."""
        return sum(one.adapted.likeness == likeness for one in self.prompts)

    @property
    def problems(self) -> tuple[str, ...]:
        """What speaks against the server answering as the adapter that was trained."""
        found = [self._prompts(), self._ignored() or self._another()]
        return tuple(problem for problem in found if problem)

    @property
    def passed(self) -> bool:
        """Whether nothing does."""
        return not self.problems

    def _prompts(self) -> str:
        wrong = [one for one in self.prompts if one.prompt == "different"]
        if not wrong:
            return ""
        return (
            f"The server renders {len(wrong)} of {len(self.prompts)} prompts otherwise than they"
            f" were trained: {wrong[0].prompt_detail}."
        )

    def _ignored(self) -> str:
        expected = [one for one in self.prompts if one.expected]
        if not expected:
            return (
                "The adapter changes none of these answers in the trainer's model either, so"
                " nothing can be said; give other prompts."
            )
        changed = sum(one.changed for one in expected)
        if changed:
            return ""
        return (
            f"The server ignores the adapter: all {len(expected)} answers that it should change"
            " are those of the base model."
        )

    def _another(self) -> str:
        different = [one for one in self.prompts if one.adapted.likeness == "different"]
        if not different:
            return ""
        largest = max(one.adapted.gap for one in different)
        text = (
            f"{len(different)} of {len(self.prompts)} answers are not those of this version:"
            f" its tokens are up to {largest:.2f} nats likelier than the served ones."
        )
        bases = [one.base for one in self.prompts if one.base]
        strange = sum(base.likeness == "different" for base in bases)
        if strange:
            text += (
                f" So are {strange} of {len(bases)} answers without the adapter: the server has"
                " another base model, or rounds its weights more coarsely."
            )
        return text
