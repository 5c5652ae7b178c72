"""The registry of adapters: versions, evaluations, the gate, what is active."""

from chorei.adapters.registry.drift import Behaviour, Drift
from chorei.adapters.registry.entry import Entry, Evaluation, Measured, Promotion
from chorei.adapters.registry.files import readable_safetensors, refuse_pickles
from chorei.adapters.registry.gate import objections
from chorei.adapters.registry.registry import Registry

__all__ = [
    "Behaviour",
    "Drift",
    "Entry",
    "Evaluation",
    "Measured",
    "Promotion",
    "Registry",
    "objections",
    "readable_safetensors",
    "refuse_pickles",
]
