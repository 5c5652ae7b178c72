"""Chat models behind a server: one seam, a dialect per kind of server."""

from chorei.adapters.servers.breaker import CircuitBreaker
from chorei.adapters.servers.client import ServerClient
from chorei.adapters.servers.dialect import Dialect, ServerInfo
from chorei.adapters.servers.dialects import KINDS, dialect_for
from chorei.adapters.servers.model import ModelSettingWarning, ServerChatModel
from chorei.adapters.servers.patience import Patience
from chorei.adapters.servers.template import ChatTemplate

__all__ = [
    "KINDS",
    "ChatTemplate",
    "CircuitBreaker",
    "Dialect",
    "ModelSettingWarning",
    "Patience",
    "ServerChatModel",
    "ServerClient",
    "ServerInfo",
    "dialect_for",
]
