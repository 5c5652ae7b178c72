"""A model's own chat template (Jinja), rendered on our side for servers of plain prompts."""

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from chorei.core import MissingExtraError, ModelRequestError, ModelSettingError

CHATML = (
    "{%- if tools %}{{- '<|im_start|>system\\n' }}"
    "{%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}"
    "{{- '# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n\\n"
    "You are provided with function signatures within <tools></tools> XML tags:\\n<tools>' }}"
    "{%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}"
    "{{- '\\n</tools>\\n\\nFor each function call, return a json object with function name and"
    " arguments within <tool_call></tool_call> XML tags:\\n<tool_call>\\n"
    '{\\"name\\": <function-name>, \\"arguments\\": <args-json-object>}\\n</tool_call>'
    "<|im_end|>\\n' }}{%- endif %}"
    "{%- for message in messages %}"
    "{%- if not (tools and loop.first and message.role == 'system') %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}"
    "{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"
)
"""ChatML with tools in the Hermes form, as Qwen and SmolLM2 were trained on it; its messages hold
calls and results of tools as text."""


class ChatTemplate:
    """Renders a conversation as the text that a model was trained to go on from.

    Args:
        source: The template's text.
        tokens: Special tokens that it may use (``bos_token``, ``eos_token``).

    Raises:
        MissingExtraError: Jinja is not installed (extra ``local``).
    """

    def __init__(self, source: str, tokens: Mapping[str, str] | None = None) -> None:
        try:
            exceptions = import_module("jinja2.exceptions")
            sandbox = import_module("jinja2.sandbox")
        except ImportError:
            raise MissingExtraError("jinja2", "local") from None
        # As transformers sets it up; a template comes with a model and is not to be trusted.
        environment = sandbox.ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _tojson
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = _now
        self._failure = exceptions.TemplateError
        self._tokens = dict(tokens or {})
        self.calls_as_text = source == CHATML
        try:
            self._template = environment.from_string(source)
        except self._failure as error:
            raise ModelSettingError(f"The chat template cannot be read: {error}.") from None

    @classmethod
    def load(cls, source: str | Path) -> "ChatTemplate":
        """From Jinja text, a ``.jinja`` file, or the folder of a model.

        Raises:
            ModelSettingError: There is no template.
        """
        if isinstance(source, str) and "{" in source:
            return cls(source)
        path = Path(source)
        if path.is_file():
            return cls(path.read_text(encoding="utf-8"))
        config = _config(path / "tokenizer_config.json")
        text = config.get("chat_template")
        if (path / "chat_template.jinja").is_file():
            text = (path / "chat_template.jinja").read_text(encoding="utf-8")
        if not isinstance(text, str):
            raise ModelSettingError(
                f"There is no chat template in {path}.",
                hint="Give a model's folder, a .jinja file or the template's text.",
            )
        return cls(
            text, {k: _token(config[k]) for k in ("bos_token", "eos_token") if config.get(k)}
        )

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        thinking: bool | None = None,
    ) -> str:
        """The prompt, up to where the model begins to write.

        Args:
            messages: In OpenAI's form, the arguments of calls as objects.
            tools: In OpenAI's form.
            thinking: Given to the template as ``enable_thinking``, unless None.

        Raises:
            ModelRequestError: The template refuses the conversation.
        """
        extra: dict[str, Any] = {} if thinking is None else {"enable_thinking": thinking}
        try:
            rendered: str = self._template.render(
                messages=messages,
                tools=list(tools) or None,
                add_generation_prompt=True,
                **self._tokens,
                **extra,
            )
            return rendered
        except self._failure as error:
            raise ModelRequestError(f"The chat template refuses this: {error}.") from None


def _config(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _token(token: Any) -> str:
    return str(token.get("content", "")) if isinstance(token, dict) else str(token)


def _tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None) -> str:
    """Unlike Jinja's own, without HTML escapes: the text is for a model."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def _refuse(message: str) -> None:
    raise import_module("jinja2.exceptions").TemplateError(message)


def _now(form: str) -> str:
    from datetime import datetime

    return datetime.now().strftime(form)
