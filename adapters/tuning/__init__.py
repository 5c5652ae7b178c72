"""Preference tuning: an adapter, or the base, moved towards the answers that people prefer."""

from chorei.adapters.tuning.config import Objective, TuningConfig
from chorei.adapters.tuning.run import Start, Tuned, tune

__all__ = ["Objective", "Start", "Tuned", "TuningConfig", "tune"]
