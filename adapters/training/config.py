"""How an adapter is trained; saved with it."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from chorei.core import Frozen, TrainingError

Positive = Annotated[int, Field(gt=0)]


class Method(StrEnum):
    """What of the model is trained.

    ``LORA``: low-rank updates of the linear layers (Hu et al., arXiv 2106.09685). ``RSLORA``: the
    same scaled by the square root of the rank (Kalajdzievski, 2312.03732), for ranks above 32.
    ``DORA``: direction and magnitude apart (Liu et al., 2402.09353), slower. ``QLORA``: LoRA over
    a base in 4 bits (Dettmers et al., 2305.14314), needs a GPU. ``PROMPT``: virtual tokens before
    the prompt (Lester et al., 2104.08691). ``FULL``: all parameters.
    """

    LORA = "lora"
    RSLORA = "rslora"
    DORA = "dora"
    QLORA = "qlora"
    PROMPT = "prompt"
    FULL = "full"

    @property
    def low_rank(self) -> bool:
        """Whether it trains low-rank updates."""
        return self not in (Method.PROMPT, Method.FULL)


class TrainingConfig(Frozen):
    """Settings of one training.

    Attributes:
        base: The base model: a folder, a GGUF file, ``smollm2`` or an id on the hub.
        method: What is trained.
        rank: Rank of the low-rank updates.
        alpha: Their scale: an update counts alpha / rank (rsLoRA: alpha / sqrt(rank)).
        dropout: Dropout before the update.
        virtual_tokens: Virtual tokens of prompt tuning.
        epochs: Passes over the training records.
        batch: Records per forward pass.
        accumulation: Forward passes per optimiser step.
        learning_rate: Peak learning rate of AdamW.
        loraplus: Of a low-rank update B A, what B learns faster than A by (LoRA+, Hayou et al.,
            arXiv 2402.12354): 1 is plain LoRA. With 8 and half the rate that suits plain LoRA,
            new names are learned in far fewer steps.
        schedule: What it falls along after the warm-up.
        warmup: Share of the steps over which it rises.
        weight_decay: Of AdamW.
        max_grad_norm: Gradients are scaled down to this norm.
        max_tokens: A longer record is refused, never cut.
        precision: ``auto`` is bfloat16 where the device computes in it, else float32.
        recompute: Gradient checkpointing: less memory for some 30% more time.
        save_every: Steps between two checkpoints; 0 for once an epoch.
        patience: Stop after this many evaluations on the held-out records without a lower loss,
            and keep the best; 0 trains to the end without evaluating.
        preserve: How strongly the model is held to what the base says, word by word, in records of
            kind ``general``; 0 learns their answers as text, like those of other records.
        protect: Share of what the layers read in records of kind ``general`` that low-rank updates
            may not look at; with 0 they look at everything.
        seed: Of the initial weights and of the order of the records.
        threads: Threads of the CPU; 0 leaves it to torch.
    """

    base: str
    method: Method = Method.LORA
    rank: Positive = 16
    alpha: Positive = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    virtual_tokens: Positive = 20
    epochs: Positive = 8
    batch: Positive = 8
    accumulation: Positive = 1
    learning_rate: Annotated[float, Field(gt=0)] = 5e-4
    loraplus: Annotated[float, Field(ge=1)] = 1.0
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.05
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    max_tokens: Positive = 1024
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    recompute: bool = False
    save_every: Annotated[int, Field(ge=0)] = 0
    patience: Annotated[int, Field(ge=0)] = 0
    preserve: Annotated[float, Field(ge=0)] = 1.0
    protect: Annotated[float, Field(ge=0, lt=1)] = 0.95
    seed: Annotated[int, Field(ge=0)] = 0
    threads: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _has_updates(self) -> Self:
        if self.loraplus != 1.0 and not self.method.low_rank:
            raise ValueError(f"the method {self.method} has no low-rank updates, so no loraplus")
        return self

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The settings that a file holds.

        Raises:
            TrainingError: They do not fit.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise TrainingError(
                f"The training setting '{place}' does not fit: {first['msg'].lower()}."
            ) from None
