"""The conversation as a loop of reasoning tells it, beside prompt and tools in one context."""

import json

from langchain_core.utils.function_calling import convert_to_openai_tool

from chorei.agent.completion import Completer
from chorei.agent.grounding.history import Recent, remembered
from chorei.agent.reasoning.asking import Asking
from chorei.agent.reasoning.state import ReasonerInput, language_in
from chorei.core import ContextLengthError
from chorei.tools.toolbox import Toolbox

_SHARE = 4  # of what is left; the other three parts are for what the tools find


def recent_turns(
    state: ReasonerInput,
    toolbox: Toolbox,
    completer: Completer,
    asking: Asking,
    *,
    native: bool,
    most: int,
) -> Recent:
    """What the model is told of the conversation.

    System message, prompt and the descriptions of all tools come first: a tool is never left
    out, as the model would then guess what it should look up.

    Args:
        state: The question.
        toolbox: The tools that are offered.
        completer: The model.
        asking: The prompts.
        native: Whether the tools are declared in the model's native form.
        most: Most tokens of all that the model reads and writes for one question.

    Raises:
        ContextLengthError: Prompt and tools alone are longer than what the model takes; not if it
            does not tell what it takes.
        ModelError: The model or its server failed while it summarised.
    """
    taken = completer.tokens(asking.to_begin(state, toolbox, native=native))
    if native:
        declared = [convert_to_openai_tool(tool) for tool in toolbox.as_langchain()]
        taken += completer.count(json.dumps(declared, ensure_ascii=False))
    if completer.context_length is not None and completer.room(taken) <= 0:
        raise ContextLengthError(
            f"The question and the {len(toolbox)} tools take {taken} tokens, more than the system"
            f" message leaves of the model's {completer.context_length}.",
            hint="Offer fewer tools, shorten what describes them or the system message, or use a"
            " model with a longer context.",
        )
    left = completer.room(taken + completer.reply_length())
    most_told = min(left, most - taken) // _SHARE
    return remembered(completer, most_told, language_in(state), asking.folder)
