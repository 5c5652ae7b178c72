"""Settings of generation that the makers of a model recommend, below whatever else is set."""

import re
from typing import NamedTuple

from chorei.core import Generation


class _Preset(NamedTuple):
    family: str
    pattern: re.Pattern[str]
    answering: Generation
    thinking: Generation | None = None


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# The first that fits counts. Looked up in November 2026 in what the makers publish: in
# `generation_config.json` for Qwen2.5-7B-Instruct, Llama-3.2-3B-Instruct and Gemma 3 (which leaves
# the temperature at 1), in the model card for Qwen3, SmolLM3, Mistral-Nemo-Instruct-2407 ("requires
# smaller temperatures") and Mistral-Small-3.2-24B-Instruct-2506. SmolLM2's stand in the example of
# its model card, which could not be looked up again. Gemma 2 publishes none, and for Phi and the
# other models of Mistral none was found.
_PRESETS = (
    # Model card of Qwen3: greedy decoding while thinking runs into endless repetitions.
    _Preset(
        "qwen3",
        _named(r"qwen-?3"),
        answering=Generation(temperature=0.7, top_p=0.8, top_k=20, min_p=0.0),
        thinking=Generation(temperature=0.6, top_p=0.95, top_k=20, min_p=0.0),
    ),
    _Preset(
        "qwen2.5",
        _named(r"qwen-?2"),
        answering=Generation(temperature=0.7, top_p=0.8, top_k=20, repetition_penalty=1.05),
    ),
    _Preset("llama3", _named(r"llama-?3"), answering=Generation(temperature=0.6, top_p=0.9)),
    _Preset("mistral-nemo", _named(r"mistral-nemo"), answering=Generation(temperature=0.3)),
    _Preset("mistral-small", _named(r"mistral-small-3"), answering=Generation(temperature=0.15)),
    _Preset("smollm2", _named(r"smollm-?2"), answering=Generation(temperature=0.2, top_p=0.9)),
    _Preset("smollm3", _named(r"smollm-?3"), answering=Generation(temperature=0.6, top_p=0.95)),
    _Preset(
        "gemma3", _named(r"gemma-?3"), answering=Generation(temperature=1.0, top_k=64, top_p=0.95)
    ),
)


def preset(model: str, *, thinking: bool | None = None) -> Generation:
    """What the makers of a model recommend; nothing for an unknown one.

    Args:
        model: Its name or path.
        thinking: Whether it thinks; None for the model's own default (Qwen3 thinks).
    """
    found = _find(model)
    if found is None:
        return Generation()
    return found.thinking if found.thinking and _thinks(model, thinking) else found.answering


# Models that think whatever they are told, and those that can be told not to; by their makers'
# cards, as of 2026-11. Their versions named "Instruct" do not think.
_ALWAYS = _named(
    r"deepseek-?r1|\bqwq|gpt-?oss|magistral|thinking|reason(?:ing|er)|\bgpt-?5|\bo[134]\b"
)
_AT_WILL = _named(
    r"qwen-?3(?!.*coder)|smollm-?3|glm-?4\.[5-9]|deepseek-?v3\.[1-9]|exaone-?4|hunyuan"
)


def thinks(model: str, thinking: bool | None = None) -> bool:
    """Whether a model is known to think before it answers, and so to need tokens for it.

    Args:
        model: Its name or path.
        thinking: Whether it is told to; None for its own default.
    """
    if _ALWAYS.search(model):
        return True
    return bool(_AT_WILL.search(model)) and _thinks(model, thinking)


def caution(model: str, generation: Generation) -> str:
    """What the makers of a model warn of, if the settings do it; empty otherwise."""
    found = _find(model)
    thinks = found is not None and found.thinking and _thinks(model, generation.thinking)
    if thinks and generation.temperature == 0:
        return f"{model} is made not to think greedily: at temperature 0 it repeats itself."
    return ""


def _find(model: str) -> _Preset | None:
    return next((p for p in _PRESETS if p.pattern.search(model)), None)


def _thinks(model: str, thinking: bool | None) -> bool:
    """Whether it will think, where its family can; the models named "Instruct" never do."""
    return thinking is not False and "instruct" not in model.lower()
