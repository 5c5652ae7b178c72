"""Messages become the prompt that the model was trained on."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from chorei.adapters.local.toolforms import HERMES, INSTRUCTION, ToolForm, form_of
from chorei.core.errors import ModelRequestError, ModelSettingError

Turn = dict[str, Any]

# For a model that was never trained to chat.
PLAIN = (
    "{% for m in messages %}{{ m['role'] | capitalize }}: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
_PLAIN_STOP = ("\nUser:", "\nSystem:")


class ChatTemplate:
    """The chat template of a model.

    Args:
        tokenizer: The model's tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        source = tokenizer.chat_template
        if isinstance(source, dict):
            source = source.get("default", "")
        self._source: str = source or PLAIN
        variables = _variables(self._source)
        self.takes_tools = "tools" in variables
        self.takes_thinking = "enable_thinking" in variables
        self.form: ToolForm = form_of(self._source) if self.takes_tools else HERMES
        self.stop = () if source else _PLAIN_STOP
        added = tokenizer.added_tokens_decoder.values()
        special = {str(token.content) for token in added if token.special}
        self._special = sorted(special, key=len, reverse=True)

    def render(
        self,
        messages: Sequence[BaseMessage],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        thinking: bool | None = None,
    ) -> str:
        """The prompt.

        Special tokens that stand in a message (in a document, for example) are broken with an
        invisible character, so that nobody but the template can begin a turn. A model whose
        template knows no tools is told of them in the system message, in the Hermes form.

        Args:
            messages: The conversation.
            tools: Tools in OpenAI's form.
            thinking: Whether the model should think; None for its default.

        Raises:
            ModelSettingError: It should think and cannot.
            ModelRequestError: The template refuses this order of messages.
        """
        if thinking and not self.takes_thinking and "<think>" not in self._source:
            raise ModelSettingError(
                "This model cannot think before it answers.", hint="Leave out thinking=True."
            )
        turns = [self._turn(message) for message in messages]
        options: dict[str, Any] = {}
        if self.takes_thinking and thinking is not None:
            options["enable_thinking"] = thinking
        if tools and self.takes_tools:
            options["tools"] = [dict(tool) for tool in tools]
        if not self.takes_tools:
            turns = _as_text(turns, tools)
        return self._apply(turns, options)

    def _apply(self, turns: list[Turn], options: Mapping[str, Any]) -> str:
        from jinja2 import TemplateError

        refusal = ""
        for attempt in (turns, _folded(turns)):
            try:
                text: str = self._tokenizer.apply_chat_template(
                    attempt,
                    chat_template=self._source,
                    tokenize=False,
                    add_generation_prompt=True,
                    **options,
                )
            except (TemplateError, TypeError, ValueError) as error:
                refusal = str(error)
            else:
                return text
        raise ModelRequestError(
            f"The model's chat template refuses this conversation: {refusal}",
            hint="Most models want user and assistant to take turns.",
        )

    def _turn(self, message: BaseMessage) -> Turn:
        content = self._guarded(_text(message))
        match message:
            case SystemMessage():
                return {"role": "system", "content": content}
            case HumanMessage():
                return {"role": "user", "content": content}
            case ToolMessage():
                turn = {"role": "tool", "content": content, "tool_call_id": message.tool_call_id}
                return {**turn, "name": message.name} if message.name else turn
            case AIMessage():
                turn = {"role": "assistant", "content": content}
                calls = [
                    {
                        "type": "function",
                        "id": call["id"],
                        "function": {"name": call["name"], "arguments": call["args"]},
                    }
                    for call in message.tool_calls
                ]
                return {**turn, "tool_calls": calls} if calls else turn
            case ChatMessage():
                return {"role": message.role, "content": content}
        raise ModelRequestError(f"A message of the type '{message.type}' cannot be sent.")

    def _guarded(self, text: str) -> str:
        for token in self._special:
            if token in text and len(token) > 1:
                text = text.replace(token, f"{token[0]}\u200b{token[1:]}")
        return text


def _variables(source: str) -> set[str]:
    from jinja2 import Environment, TemplateError, meta

    environment = Environment(  # noqa: S701 - it is only parsed
        extensions=["jinja2.ext.loopcontrols"]
    )
    try:
        return set(meta.find_undeclared_variables(environment.parse(source)))
    except TemplateError:
        # Templates with tags of transformers' own ({% generation %}).
        return {name for name in ("tools", "enable_thinking") if name in source}


def _text(message: BaseMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    parts: list[str] = []
    for block in message.content:
        kind = "text" if isinstance(block, str) else block.get("type")
        if kind == "text":
            parts.append(block if isinstance(block, str) else str(block.get("text", "")))
        elif kind in ("json", "tool_result"):
            parts.append(json.dumps(block, ensure_ascii=False))
        elif kind not in ("tool_use", "tool_call", "reasoning", "thinking"):
            raise ModelRequestError(f"The local model reads text only, not '{kind}'.")
    return "".join(parts)


def _as_text(turns: list[Turn], tools: Sequence[Mapping[str, Any]]) -> list[Turn]:
    """Tools, their calls and their results as text, in the Hermes form."""
    written: list[Turn] = []
    for turn in turns:
        content = turn["content"]
        if turn["role"] == "tool":
            turn = {"role": "user", "content": f"<tool_response>\n{content}\n</tool_response>"}
        elif "tool_calls" in turn:
            calls = [json.dumps(c["function"], ensure_ascii=False) for c in turn["tool_calls"]]
            asked = "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls)
            turn = {"role": "assistant", "content": f"{content}\n{asked}".strip()}
        written.append(turn)
    if not tools:
        return written
    listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
    instruction = INSTRUCTION.format(tools=listed)
    if written and written[0]["role"] == "system":
        first = {"role": "system", "content": f"{written[0]['content']}\n\n{instruction}"}
        return [first, *written[1:]]
    return [{"role": "system", "content": instruction}, *written]


def _folded(turns: Sequence[Turn]) -> list[Turn]:
    """The same for templates that know no system role, or want the roles to take turns."""
    folded: list[Turn] = []
    for turn in turns:
        role = "user" if turn["role"] == "system" else turn["role"]
        plain = "tool_calls" not in turn and role != "tool"
        if folded and plain and folded[-1]["role"] == role and "tool_calls" not in folded[-1]:
            joined = f"{folded[-1]['content']}\n\n{turn['content']}"
            folded[-1] = {**folded[-1], "content": joined}
        else:
            folded.append({**turn, "role": role})
    return folded
