"""Models in this process: transformers and PEFT, loaded once and shared."""

from chorei.adapters.local.chat import LocalChatModel, local_chat_model
from chorei.adapters.local.conversion import converted
from chorei.adapters.local.engine import LocalEngine
from chorei.core import LoadOptions

__all__ = ["LoadOptions", "LocalChatModel", "LocalEngine", "converted", "local_chat_model"]
