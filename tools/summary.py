"""The sentence that a person reads before approving an action."""

from collections.abc import Mapping
from typing import Any, Final

from chorei.core import Language, ToolError
from chorei.tools.form_phrases import WOULD_RUN
from chorei.tools.output import fault_text
from chorei.tools.tool import Tool
from chorei.tools.wording import in_language, one_line

_LONGEST: Final = 500
_LONGEST_VALUE: Final = 200


def summary_of(tool: Tool, arguments: Mapping[str, Any], language: Language) -> str:
    """What a call would do, in one sentence for the person who approves it.

    Args:
        tool: The tool.
        arguments: The arguments, as JSON values.
        language: The language of the sentence.

    Raises:
        ToolError: The tool's own summary fails.
    """
    try:
        if callable(tool.summary):
            return one_line(tool.summary(arguments, language), _LONGEST)
        shown = {name: one_line(value, _LONGEST_VALUE) for name, value in arguments.items()}
        template = in_language(tool.summary, language)
        if template:
            return one_line(template.format_map(shown), _LONGEST)
    except Exception as error:  # the author's function or braces; nothing may be approved blindly
        raise ToolError(
            f"The summary of the tool '{tool.name}' fails: {fault_text(error)}."
        ) from None
    listed = ", ".join(f"{name} = {value}" for name, value in shown.items()) or "–"
    return one_line(WOULD_RUN[language].format(tool=tool.name, arguments=listed), _LONGEST)
