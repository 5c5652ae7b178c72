"""Learning rates of the two matrices of a low-rank update; imports PEFT."""

from typing import Any

from peft.optimizers import create_loraplus_optimizer


class TwoRates:
    """A trainer of transformers in which the second matrix of each update may learn faster.

    The first, A, says what an update looks at, and the second, B, what it does with it. B begins at
    zero and at one rate for both learns too slowly (LoRA+, Hayou et al., arXiv 2402.12354).

    Attributes:
        loraplus: The rate of B in units of that of A, which is the trainer's.
    """

    loraplus: float = 1.0

    def create_optimizer(self, model: Any = None) -> Any:
        """As the trainer does it, with two rates if they differ."""
        trainer: Any = self
        if self.loraplus == 1.0 or trainer.optimizer is not None:
            plain: Any = super()
            return plain.create_optimizer(model)
        adapted = trainer.model if model is None else model
        kind, settings = trainer.get_optimizer_cls_and_kwargs(trainer.args, adapted)
        trainer.optimizer = create_loraplus_optimizer(
            adapted,
            kind,
            loraplus_lr_ratio=self.loraplus,
            loraplus_weight_decay=trainer.args.weight_decay,
            **settings,
        )
        return trainer.optimizer
