"""TGI's /generate: our own template and our own reading of tool calls."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from tgi_fake import FakeTGI

pytest.importorskip("jinja2", reason="tgi+raw needs jinja2 (extra `local`)")

from chorei.adapters import chat_model
from chorei.adapters.servers import ChatTemplate, ModelSettingWarning
from chorei.core import ModelRequestError, ModelSettingError


@pytest.fixture
def tgi() -> Iterator[FakeTGI]:
    with FakeTGI(chorei="I am the adapter.") as server:
        yield server
        assert server.invalid == [], "a request does not fit TGI's document"


def raw(server: FakeTGI, **kwargs: Any) -> Any:
    return chat_model(f"tgi+raw:{server.address}", deadline_seconds=5, **kwargs)


@tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


def test_an_answer_and_its_stream(tgi: FakeTGI) -> None:
    answer = raw(tgi).invoke([SystemMessage("Be brief."), HumanMessage("Chào")])
    assert answer.text == "Hello from the model."
    assert answer.usage_metadata["output_tokens"] == 4
    assert answer.response_metadata["usage_estimated"]
    assert tgi.last["inputs"] == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nChào<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    whole = None
    for chunk in raw(tgi).stream("Chào"):
        whole = chunk if whole is None else whole + chunk
    assert whole.text == "Hello from the model."
    assert whole.usage_metadata["input_tokens"] == 9
    assert whole.response_metadata["finish_reason"] == "stop"


def test_settings_in_the_form_that_generate_takes(tgi: FakeTGI) -> None:
    raw(tgi).invoke(
        "Hi", max_tokens=9, temperature=0.5, top_p=0.9, top_k=5, repetition_penalty=1.1,
        stop=["END"], seed=4,
    )  # fmt: skip
    assert tgi.last["parameters"] == {
        "details": True, "return_full_text": False, "do_sample": True, "max_new_tokens": 9,
        "temperature": 0.5, "top_p": 0.9, "top_k": 5, "repetition_penalty": 1.1, "stop": ["END"],
        "seed": 4,
    }  # fmt: skip


def test_greedy_is_said_without_a_temperature(tgi: FakeTGI) -> None:
    raw(tgi).invoke("Hi", temperature=0, top_p=1, top_k=0)
    sent = tgi.last["parameters"]
    assert sent["do_sample"] is False
    assert not sent.keys() & {"temperature", "top_p", "top_k"}
    with pytest.raises(ModelSettingError, match="seed"):
        raw(tgi).invoke("Hi", seed=0)
    with pytest.warns(ModelSettingWarning, match="min_p"):
        raw(tgi).invoke("Hi", min_p=0.1)


def test_an_adapter_by_its_id(tgi: FakeTGI) -> None:
    assert raw(tgi, adapters=["chorei"]).invoke("Hi", adapter="chorei").text == "I am the adapter."
    assert tgi.last["parameters"]["adapter_id"] == "chorei"


def test_thinking_off_is_an_empty_thought_in_the_prompt(tgi: FakeTGI) -> None:
    raw(tgi).invoke("Hi", thinking=False)
    assert tgi.last["inputs"].endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


CALLED = '<think>I add.</think>\n\nLet me see.\n<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>'  # noqa: E501


def test_tools_in_the_native_form(tgi: FakeTGI) -> None:
    tgi.reply = lambda body: CALLED
    bound = raw(tgi).bind_tools([add])
    answer = bound.invoke("add 1 and 2")
    assert answer.text == "Let me see."
    assert answer.additional_kwargs["reasoning_content"] == "I add."
    assert answer.tool_calls[0]["args"] == {"a": 1, "b": 2}
    assert '"name": "add"' in tgi.last["inputs"].rpartition("</tools>")[0]
    whole = None
    for chunk in bound.stream("add 1 and 2"):
        whole = chunk if whole is None else whole + chunk
    assert whole.tool_calls[0]["args"] == {"a": 1, "b": 2}
    assert whole.text.strip() == "Let me see."
    assert whole.response_metadata["finish_reason"] == "tool_calls"


def history() -> list[Any]:
    call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "x"}
    return [
        HumanMessage("add"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("3", tool_call_id="x"),
    ]


def test_calls_and_results_in_the_history(tgi: FakeTGI) -> None:
    raw(tgi).bind_tools([add]).invoke(history())
    called = '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call><|im_end|>'
    assert called in tgi.last["inputs"]
    assert "<tool_response>\n3\n</tool_response>" in tgi.last["inputs"]


def test_a_template_of_the_models_own(tgi: FakeTGI, tmp_path: Path) -> None:
    text = (
        "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{% if m.tool_calls %}"
        "{{ m.tool_calls[0].function.arguments.a }}{% else %}{{ m.content }}{% endif %}"
        "{% endfor %}"
    )
    config = {"bos_token": {"content": "<s>"}, "chat_template": text}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    raw(tgi, template=tmp_path).invoke(history())
    assert tgi.last["inputs"] == "<s>[user]add[assistant]1[tool]3"


@pytest.mark.parametrize(
    ("template", "kind", "message"),
    [
        ("{% if %}", ModelSettingError, "cannot be read"),
        ("{{ raise_exception('no system') }}", ModelRequestError, "no system"),
        ("{{ ''.__class__.__mro__ }}", ModelRequestError, "unsafe"),
        ("{{ messages.append(1) }}", ModelRequestError, "unsafe"),
    ],
)
def test_a_template_is_not_trusted(template: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        ChatTemplate.load(template).render([{"role": "user", "content": "x"}])


def test_a_folder_without_a_template(tmp_path: Path) -> None:
    with pytest.raises(ModelSettingError, match="no chat template"):
        ChatTemplate.load(tmp_path)
