"""Programs of language models, run where they cannot reach the machine."""

from chorei.tools.sandbox.limits import Limits
from chorei.tools.sandbox.result import ProgramResult
from chorei.tools.sandbox.sandbox import Sandbox

__all__ = ["Limits", "ProgramResult", "Sandbox"]
