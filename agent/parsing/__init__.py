"""What a model wrote, taken apart: thinking, steps, calls of tools, final answers."""

from chorei.agent.parsing.thinking import Split, split_thinking

__all__ = ["Split", "split_thinking"]
