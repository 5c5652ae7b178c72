"""JSON that a model wrote, broken or not."""

import json
from typing import Any, Final

LONGEST: Final = 50_000
"""Characters of the longest text that is repaired; sound JSON may be longer."""
_DEEPEST: Final = 200
_DECODER: Final = json.JSONDecoder()


def repair_json(text: str) -> Any:
    """Read JSON, repairing it where that is needed.

    Sound JSON is read as it is. Anything else goes to the library ``json_repair``: missing
    quotes, commas and brackets, comments, Python's literals, fences and prose around it.

    Returns:
        The value; an empty string if there is none in the text.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if len(text) > LONGEST or text.count("{") + text.count("[") + text.count("(") > _DEEPEST:
        return ""
    import json_repair

    try:
        return json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError):
        return ""


def read_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text consists of or starts with, repaired if it is closed.

    An object that is cut off is not completed: what it would have said is unknown.
    """
    start = text.lstrip()
    if not start.startswith("{"):
        return None
    try:
        value, _ = _DECODER.raw_decode(start)
    except (ValueError, RecursionError):
        value = repair_json(start) if start.rstrip().endswith("}") else None
    return value if isinstance(value, dict) else None
