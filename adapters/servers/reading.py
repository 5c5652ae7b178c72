"""From an answer in one piece to LangChain's result: thinking kept apart, usage always there."""

from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatResult

from chorei.adapters.servers.shapes import reasoning_of
from chorei.adapters.servers.tokens import estimate_tokens
from chorei.adapters.splitting import split
from chorei.core import ModelResponseError

Json = dict[str, Any]


def read_result(
    data: Json, convert: Callable[[Json], ChatResult], prompt: int, server: str
) -> ChatResult:
    """The result of an answer in OpenAI's form.

    Args:
        data: The answer.
        convert: LangChain's own conversion.
        prompt: Estimate of the prompt's tokens, for servers that do not count.
        server: The server, for people.

    Raises:
        ModelResponseError: It holds no answer.
    """
    messages = [choice["message"] for choice in data["choices"]]
    if not messages:
        raise ModelResponseError(f"{server} sent no answer.")
    thoughts, written = [], 0
    for message in messages:
        text = message.get("content") or ""
        written += estimate_tokens(text)
        inner, message["content"] = split(text)
        thoughts.append(reasoning_of(message) or inner)
    estimated = complete_usage(data, prompt, written)
    result = convert(data)
    for generation, thought in zip(result.generations, thoughts, strict=True):
        answer = generation.message
        if isinstance(answer, AIMessage):
            if thought:
                answer.additional_kwargs["reasoning_content"] = thought
            if estimated:
                answer.response_metadata["usage_estimated"] = True
    return result


def complete_usage(data: Json, prompt: int, written: int) -> bool:
    """Put estimates where a server does not count; whether any was needed."""
    usage = data.get("usage") or {}
    if usage.get("prompt_tokens") is not None and usage.get("completion_tokens") is not None:
        return False
    read = usage.get("prompt_tokens")
    read = prompt if read is None else read
    wrote = usage.get("completion_tokens")
    wrote = written if wrote is None else wrote
    counted = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
    data["usage"] = counted
    return True
