"""The seam to LangChain: its tools become ours, and ours become its."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.tools.base import InjectedToolArg, InjectedToolCallId
from pydantic import BaseModel

from chorei.core import ToolError
from chorei.tools.output import ToolOutput, redact
from chorei.tools.schema import ArgumentSchema, faults_of, told
from chorei.tools.tool import Tool

if TYPE_CHECKING:
    from chorei.tools.preparation import Used
    from chorei.tools.toolbox import Toolbox


def fields_of(source: BaseTool) -> dict[str, Any]:
    """What a LangChain tool declares, as fields of a :class:`Tool`.

    Its own argument schema is kept, be it a pydantic model or a JSON schema.

    Raises:
        ToolError: It needs arguments that only a graph of LangGraph can inject.
    """
    schema = source.tool_call_schema
    if isinstance(schema, Mapping):
        arguments = ArgumentSchema({k: v for k, v in schema.items() if k != "description"})
    elif issubclass(schema, BaseModel):
        _check_injected(source)
        arguments = ArgumentSchema.of_model(schema)
    else:
        raise ToolError(
            f"The arguments of the tool '{source.name}' are a model of pydantic 1.",
            hint="Describe them with pydantic 2.",
        )

    def run(**values: Any) -> Any:
        return _output(source.invoke(_request(source, values)))

    async def arun(**values: Any) -> Any:
        return _output(await source.ainvoke(_request(source, values)))

    only_waits = isinstance(source, StructuredTool) and source.func is None
    return {
        "name": source.name,
        "description": source.description,
        "schema": arguments,
        "function": None if only_waits else run,
        "coroutine": arun if _waits(source) else None,
    }


def structured(toolbox: "Toolbox", tool: Tool) -> StructuredTool:
    """A tool of a toolbox as LangChain runs it, with all checks and limits of ours."""

    def run(**values: Any) -> "tuple[str, Used]":
        used = toolbox.use(tool.name, values)
        return used.call.result, used

    async def arun(**values: Any) -> "tuple[str, Used]":
        used = await toolbox.ause(tool.name, values)
        return used.call.result, used

    def say(error: Any) -> str:
        # LangChain checks the arguments before us; ours is the text that says what to fix.
        return f"Nothing ran: {told(faults_of(error))}. Call it as {tool.schema.line(tool.name)}."

    return StructuredTool(
        name=tool.name,
        description=tool.description,
        args_schema=tool.schema.model or tool.schema.json,
        func=run,
        coroutine=arun,
        response_format="content_and_artifact",
        handle_validation_error=say,
    )


def _waits(source: BaseTool) -> bool:
    if isinstance(source, StructuredTool):
        return source.coroutine is not None
    return type(source)._arun is not BaseTool._arun


def _request(source: BaseTool, values: dict[str, Any]) -> dict[str, Any]:
    # In this form LangChain gives back a message, with the artifact and the status.
    return {"type": "tool_call", "id": source.name, "name": source.name, "args": values}


def _output(message: Any) -> ToolOutput:
    content = getattr(message, "content", None)
    if content is None:
        raise ToolError(f"The tool returned a {type(message).__name__}, which is no text.")
    text = content if isinstance(content, str) else "\n".join(map(_block, content))
    if getattr(message, "status", "") == "error":
        raise ToolError(redact(text))
    return ToolOutput(text, message.artifact)


def _block(block: Any) -> str:
    if isinstance(block, str):
        return block
    if block.get("type") == "text":
        return str(block.get("text", ""))
    return f"[{block.get('type', 'content')} left out]"


def _check_injected(source: BaseTool) -> None:
    """Only LangGraph can fill arguments marked as injected; the id of the call we can."""
    schema = source.get_input_schema()
    fields = schema.model_fields if issubclass(schema, BaseModel) else {}
    for name, field in fields.items():
        marks = [m if isinstance(m, type) else type(m) for m in field.metadata]
        injected = any(issubclass(mark, InjectedToolArg) for mark in marks)
        ours = any(issubclass(mark, InjectedToolCallId) for mark in marks)
        if injected and not ours and field.is_required():
            raise ToolError(
                f"The tool '{source.name}' needs the argument '{name}', which only a graph of"
                " LangGraph can give it."
            )
