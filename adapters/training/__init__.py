"""Training an adapter: settings, loss on the answers only, resumable, whole or not at all."""

from chorei.adapters.training.base import Base, identify
from chorei.adapters.training.config import Method, TrainingConfig
from chorei.adapters.training.curve import bar_chart, loss_curve, sparkline
from chorei.adapters.training.masking import IGNORED, Tokenized, tokenize
from chorei.adapters.training.run import train
from chorei.adapters.training.trained import Trained

__all__ = [
    "IGNORED",
    "Base",
    "Method",
    "Tokenized",
    "Trained",
    "TrainingConfig",
    "bar_chart",
    "identify",
    "loss_curve",
    "sparkline",
    "tokenize",
    "train",
]
