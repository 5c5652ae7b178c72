"""How an adapter is tuned on preferences; saved with it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chorei.adapters.training.config import Positive, TrainingConfig


class Objective(StrEnum):
    """What preference tuning makes likelier.

    ``DPO`` raises the log-ratio of the better answer over the worse one, against the model it
    begins with (Rafailov et al., arXiv 2305.18290); it needs pairs. ``KTO`` raises good answers
    and lowers bad ones, each for itself (Ethayarajh et al., arXiv 2402.01306); it needs thumbs,
    and takes a pair for two.
    """

    DPO = "dpo"
    KTO = "kto"


class TuningConfig(TrainingConfig):
    """Settings of one preference tuning; those of :class:`TrainingConfig` with other defaults.

    ``method``, ``rank`` and ``alpha`` are those of the version that is tuned; they are free only
    where the base is. ``dropout`` does not apply: the model and its reference must differ by what
    was learned alone.

    Attributes:
        objective: What is made likelier.
        start: The version that is tuned, which is the reference too; 0 is the base model.
        beta: How dear it is to leave the reference: a lower one lets the model go further.
    """

    objective: Objective = Objective.DPO
    start: Annotated[int, Field(ge=0)] = 0
    beta: Annotated[float, Field(gt=0)] = 0.1
    epochs: Positive = 4
    batch: Positive = 4
    learning_rate: Annotated[float, Field(gt=0)] = 5e-5
