"""Calls in a process of their own, which is killed at the time limit."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import Any

from chorei.core import ToolError, ToolTimeoutError
from chorei.tools.tool import Tool


def run_in_process(tool: Tool, arguments: dict[str, Any]) -> str:
    """Call a tool in a new Python process, and kill it and its children at the limit.

    The process starts in this one's folder with its environment and import path, imports the
    module of the function, checks the arguments again and calls it.

    Args:
        tool: A tool made from a function that can be imported by name.
        arguments: JSON values by name.

    Returns:
        The result as text, trimmed to the tool's budget.

    Raises:
        ToolTimeoutError: The function took longer than the tool's limit.
        ToolError: It raised, or the process ended without a result.
    """
    function = tool.function
    assert function is not None  # a tool with ``process`` has a function
    order = {
        "path": sys.path,
        "module": function.__module__,
        "name": function.__qualname__,
        "arguments": arguments,
        "output": tool.output,
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "chorei.tools.isolated"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        told, _ = child.communicate(json.dumps(order).encode(), timeout=tool.seconds)
    except subprocess.TimeoutExpired:
        raise ToolTimeoutError(
            f"It took longer than {tool.seconds:g} seconds and was ended."
        ) from None
    finally:
        _end(child)
    try:
        reply = json.loads(told)
        failed, text = bool(reply["failed"]), str(reply["text"])
    except (ValueError, TypeError, KeyError):
        raise ToolError(f"The process of the tool ended with code {child.returncode}.") from None
    if failed:
        raise ToolError(text)
    return text


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the process with everything it started, and close its pipes."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.communicate()
