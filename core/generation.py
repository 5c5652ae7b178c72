"""How a language model generates: the settings, typed and checked."""

from typing import Annotated, Any, Self

from pydantic import Field

from chorei.core.document import Frozen

Count = Annotated[int, Field(gt=0)]
Temperature = Annotated[float, Field(ge=0, le=2)]
Mass = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Whole = Annotated[int, Field(ge=0)]
Factor = Annotated[float, Field(gt=0)]


class Generation(Frozen):
    """Settings of generation; what is None is left to the model or its server.

    Attributes:
        max_new_tokens: Most tokens to write.
        temperature: Flatness of the distribution that is sampled; 0 is greedy.
        top_p: Nucleus sampling: the smallest set of tokens with this probability.
        top_k: Only this many most probable tokens; 0 for all.
        min_p: Only tokens at least this fraction as probable as the most probable one.
        repetition_penalty: Divides the score of tokens that have occurred; 1 for none
            (CTRL, arXiv 1909.05858).
        stop: Strings at which the text ends; they are not part of it.
        seed: Seed of the sampling.
        thinking: Whether a model that can think before it answers does so.
    """

    max_new_tokens: Count | None = None
    temperature: Temperature | None = None
    top_p: Mass | None = None
    top_k: Whole | None = None
    min_p: Share | None = None
    repetition_penalty: Factor | None = None
    stop: tuple[str, ...] | None = None
    seed: Whole | None = None
    thinking: bool | None = None

    def over(self, other: Self) -> Self:
        """These settings, and where one is None that of ``other``."""
        return other.model_copy(update=self.model_dump(exclude_none=True))

    def as_kwargs(self) -> dict[str, Any]:
        """The settings that are not None, under the names that LangChain's chat models use."""
        fields = self.model_dump(exclude_none=True)
        if "max_new_tokens" in fields:
            fields["max_tokens"] = fields.pop("max_new_tokens")
        if "stop" in fields:
            fields["stop"] = list(fields["stop"])
        return fields
