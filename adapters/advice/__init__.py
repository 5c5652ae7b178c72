"""Advice before training: sizes, memory, time, and which way fits."""

from chorei.adapters.advice.memory import full_bytes, inference_bytes, lora_bytes
from chorei.adapters.advice.shape import Shape, from_config, shape_of
from chorei.adapters.advice.ways import Advice, Way, advise

__all__ = [
    "Advice",
    "Shape",
    "Way",
    "advise",
    "from_config",
    "full_bytes",
    "inference_bytes",
    "lora_bytes",
    "shape_of",
]
