"""The process behind :mod:`chorei.tools.isolation`: reads one order, runs it, writes the reply."""

import functools
import importlib
import json
import os
import sys
from typing import Any

from chorei.tools.output import ToolOutput, as_text, fault_text, trim
from chorei.tools.tool import Tool
from chorei.tools.wording import in_language


def main() -> int:
    """Run the order on standard input; the reply goes to what was standard output."""
    reply_to = os.dup(1)
    # What the function prints must not mix with the reply.
    os.dup2(2, 1)
    order = json.load(sys.stdin)
    try:
        reply = {"failed": False, "text": _run(order)}
    except BaseException as error:  # whatever the function raises is told, not thrown
        reply = {"failed": True, "text": fault_text(error)}
    with os.fdopen(reply_to, "w", encoding="utf-8") as stream:
        json.dump(reply, stream)
    return 0


def _run(order: dict[str, Any]) -> str:
    sys.path[:] = order["path"]
    module = importlib.import_module(order["module"])
    found: Any = functools.reduce(getattr, order["name"].split("."), module)
    made = found if isinstance(found, Tool) else Tool.of(found, description="-")
    value = made(**made.schema.check(order["arguments"]))
    said = in_language(value.text, "en") if isinstance(value, ToolOutput) else value
    return trim(as_text(said), order["output"])


if __name__ == "__main__":
    sys.exit(main())
