"""The arguments of a call as a model or a program gives them: an object, or its JSON text."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_jsonable_python

from chorei.core import ToolArgumentError
from chorei.tools.schema import ArgumentSchema, cut

_DEEPEST: Final = 50
# A number of more digits cannot be written in decimal (``sys.set_int_max_str_digits``).
_LARGEST_BITS: Final = 10_000


def json_arguments(arguments: Any, schema: ArgumentSchema) -> dict[str, Any]:
    """Arguments as they came, as an object of JSON values.

    Args:
        arguments: An object, or its JSON text. A tool with a single argument, or a single
            required one, also takes that argument's bare text.
        schema: The schema they are meant for.

    Raises:
        ToolArgumentError: They are no object, or no JSON.
    """
    if isinstance(arguments, str | bytes | bytearray):
        text = arguments if isinstance(arguments, str) else arguments.decode("utf-8", "replace")
        arguments = _from_text(text, schema)
    if arguments is None:
        return {}
    if not isinstance(arguments, Mapping):
        raise ToolArgumentError(
            f"the arguments must be a JSON object, not {type(arguments).__name__}"
        )
    try:
        value = _plain(to_jsonable_python(dict(arguments), inf_nan_mode="constants"), _DEEPEST)
    except (PydanticSerializationError, ValueError, RecursionError, UnicodeError) as error:
        raise ToolArgumentError(f"the arguments are no JSON: {cut(str(error), 200)}") from None
    return dict(value)


def _from_text(text: str, schema: ArgumentSchema) -> Any:
    stripped = text.strip()
    if not stripped:
        return {}
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError) as error:
        single = schema.required if len(schema.required) == 1 else schema.names
        if len(single) == 1 and stripped[0] not in "{[":
            return {single[0]: stripped}
        raise ToolArgumentError(
            f"the arguments must be a JSON object; this is no JSON: {cut(stripped)}"
            f" ({cut(str(error), 100)})"
        ) from None
    if isinstance(value, dict):
        return value
    single = schema.required if len(schema.required) == 1 else schema.names
    if len(single) == 1 and not isinstance(value, list):
        typed = schema.json["properties"][single[0]].get("type")
        return {single[0]: stripped if typed == "string" and not isinstance(value, str) else value}
    return value


def _plain(value: Any, depth: int) -> Any:
    """The value with only what UTF-8 and JSON can hold."""
    if depth == 0:
        raise ValueError("they are nested too deep")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        raise ValueError("a number has too many digits")
    if isinstance(value, dict):
        return {_plain(str(k), depth): _plain(v, depth - 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth - 1) for item in value]
    return value
