"""Prompts: files with named placeholders, and the blocks that fill them."""

from chorei.agent.prompts.blocks import content, cue, examples, instruction, passages, template
from chorei.agent.prompts.examples import Example, example_pool, select_examples
from chorei.agent.prompts.prompt import Prompt

__all__ = [
    "Example",
    "Prompt",
    "content",
    "cue",
    "example_pool",
    "examples",
    "instruction",
    "passages",
    "select_examples",
    "template",
]
