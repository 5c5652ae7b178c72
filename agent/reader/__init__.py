"""The built-in engine that reads without a language model: it quotes the sentences that answer."""

from chorei.agent.reader.expansion import gather
from chorei.agent.reader.reader import ExtractiveReader

__all__ = ["ExtractiveReader", "gather"]
