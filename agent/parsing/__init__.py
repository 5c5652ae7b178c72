"""What a model wrote, taken apart: thinking, steps, calls of tools, final answers."""

from chorei.agent.parsing.final import final_answer
from chorei.agent.parsing.number import final_number
from chorei.agent.parsing.repair import repair_json
from chorei.agent.parsing.step import Step, parse_step
from chorei.agent.parsing.thinking import Split, split_thinking
from chorei.agent.parsing.toolcalls import RequestedCall, ToolCalls, parse_tool_calls

__all__ = [
    "RequestedCall",
    "Split",
    "Step",
    "ToolCalls",
    "final_answer",
    "final_number",
    "parse_step",
    "parse_tool_calls",
    "repair_json",
    "split_thinking",
]
