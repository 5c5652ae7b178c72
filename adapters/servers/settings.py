"""Settings of generation among the arguments of a call."""

from typing import Any

from pydantic import ValidationError

from chorei.adapters.servers.dialect import SENT_AS
from chorei.core import Generation, ModelSettingError

# Settings by the names that LangChain and OpenAI give them.
_NAMES = {key: name for name, key in SENT_AS.items()} | {
    "max_completion_tokens": "max_new_tokens",
    "max_new_tokens": "max_new_tokens",
    "thinking": "thinking",
}
# Arguments of LangChain's that no server knows.
INTERNAL = ("ls_structured_output_format", "extra_body", "stream_usage")


def take_settings(arguments: dict[str, Any], stop: list[str] | None = None) -> Generation:
    """Take the settings out of a call's arguments.

    Raises:
        ModelSettingError: One of them is out of its range.
    """
    found: dict[str, Any] = {}
    for key in _NAMES.keys() & arguments.keys():
        value = arguments.pop(key)
        if value is not None:
            found[_NAMES[key]] = value
    if stop is not None:
        found["stop"] = stop
    if isinstance(found.get("stop"), str):
        found["stop"] = [found["stop"]]
    if not found.get("stop"):
        found.pop("stop", None)
    try:
        return Generation.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelSettingError(
            f"The setting '{first['loc'][0]}' does not fit: {first['msg'].lower()}"
            f" (it is {first['input']!r})."
        ) from None
