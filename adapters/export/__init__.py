"""Adapters as servers take them: PEFT folder, merged model, GGUF."""

from chorei.adapters.export.commands import start_command
from chorei.adapters.export.export import Exported, export
from chorei.adapters.export.gguf_adapter import write_gguf
from chorei.adapters.export.gguf_model import write_gguf_model
from chorei.adapters.export.merged import merged_model, write_merged
from chorei.adapters.export.peft_folder import write_peft
from chorei.adapters.export.targets import TGI_ADAPTS, Target, needs_merging

__all__ = [
    "TGI_ADAPTS",
    "Exported",
    "Target",
    "export",
    "merged_model",
    "needs_merging",
    "start_command",
    "write_gguf",
    "write_gguf_model",
    "write_merged",
    "write_peft",
]
