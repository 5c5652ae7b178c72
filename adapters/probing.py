"""What answers to a model's name, and how fast, for ``chorei doctor``."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chorei.adapters.naming import ModelName, chat_model
from chorei.core import AdapterNotFoundError, ChoreiError, Frozen

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_PROMPT = "Count from one to ten in words."
_TOKENS = 16


class ServerReport(Frozen):
    """What was found behind the name of a model.

    Attributes:
        name: The name, as chorei writes it.
        answers: Whether a test call was answered.
        error: What went wrong, if it was not.
        advice: What to do about it.
        model: The model served, by its own name.
        version: Version of the server.
        max_input: Most tokens of a prompt.
        max_total: Most tokens of prompt and answer together.
        adapters: Adapters it serves; None if it does not tell.
        details: What else it says, as (name, value).
        first_token_seconds: Until the first token of the test call.
        tokens: Tokens it wrote.
        tokens_per_second: Speed after the first token; None for too few tokens.
    """

    name: str
    answers: bool = False
    error: str = ""
    advice: str = ""
    model: str = ""
    version: str = ""
    max_input: int | None = None
    max_total: int | None = None
    adapters: tuple[str, ...] | None = None
    details: tuple[tuple[str, str], ...] = ()
    first_token_seconds: float | None = None
    tokens: int = 0
    tokens_per_second: float | None = None


def probe(
    name: str, *, adapters: Sequence[str] | None = None, deadline_seconds: float = 60.0
) -> ServerReport:
    """Ask a model what it is, and time a short call; never raises for a model that fails.

    Args:
        name: The model's name.
        adapters: The adapters that the server was started with, if it does not list them.
        deadline_seconds: Most seconds for the test call.

    Raises:
        ModelNameError: The name cannot be read.
    """
    parsed = ModelName.parse(name)
    report: dict[str, Any] = {"name": str(parsed)}
    try:
        model = chat_model(name, adapters=adapters, deadline_seconds=deadline_seconds)
        report |= _described(model, parsed.adapter)
        report |= _timed(model)
    except ChoreiError as error:
        report |= {"error": error.message, "advice": error.hint}
    return ServerReport.model_validate(report)


def rows(report: ServerReport) -> list[tuple[str, str, str, str]]:
    """The report as lines of ``chorei doctor``: (name, ok/warn/fail, detail, advice)."""
    if report.error:
        return [("model", "fail", f"{report.name}: {report.error}", report.advice)]
    version = f" {report.version}" if report.version else ""
    served = f", {report.model}" if report.model else ""
    lines = [("model", "ok", f"{report.name}{version}{served}", "")]
    limits = [
        f"{value:,} tokens {what}"
        for what, value in (("in", report.max_input), ("in all", report.max_total))
        if value is not None
    ]
    lines += [("limits", "ok", ", ".join(limits), "")] if limits else []
    lines += [("adapters", "ok", _listed(report.adapters), "")]
    lines += [("speed", "ok", _speed(report), "")]
    return lines


def _described(model: "BaseChatModel", adapter: str) -> dict[str, Any]:
    from chorei.adapters.servers import ServerChatModel

    if not isinstance(model, ServerChatModel):
        return {
            "model": getattr(model, "label", ""),
            "max_total": getattr(model, "context_length", None),
            "adapters": (adapter,) if adapter else (),
        }
    info = model.describe()
    if info is None:
        return {}
    if adapter and info.adapters is not None and adapter not in info.adapters:
        raise AdapterNotFoundError(
            f"The server has no adapter '{adapter}'.",
            hint=f"Adapters there: {', '.join(info.adapters) or 'none'}.",
        )
    return {
        "model": info.model,
        "version": info.version,
        "max_input": info.max_input,
        "max_total": info.max_total,
        "adapters": info.adapters,
        "details": info.details,
    }


def _timed(model: "BaseChatModel") -> dict[str, Any]:
    started = time.perf_counter()
    first: float | None = None
    tokens = 0
    for chunk in model.stream(_PROMPT, max_tokens=_TOKENS):
        if first is None and (chunk.text or chunk.additional_kwargs.get("reasoning_content")):
            first = time.perf_counter()
        usage = getattr(chunk, "usage_metadata", None)
        tokens += usage["output_tokens"] if usage else 0
    after = time.perf_counter() - first if first else 0.0
    return {
        "answers": True,
        "first_token_seconds": first - started if first else None,
        "tokens": tokens,
        "tokens_per_second": (tokens - 1) / after if tokens > 1 and after > 0 else None,
    }


def _listed(adapters: tuple[str, ...] | None) -> str:
    if adapters is None:
        return "the server does not list them"
    return ", ".join(adapters) or "none"


def _speed(report: ServerReport) -> str:
    if report.first_token_seconds is None:
        return "an empty answer"
    begun = f"first token after {report.first_token_seconds:.2f} s"
    if report.tokens_per_second is None:
        return begun
    return f"{begun}, {report.tokens_per_second:,.0f} tokens/s"
