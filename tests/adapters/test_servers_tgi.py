import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel
from tgi_fake import SCHEMA, FakeTGI, validator

from chorei.adapters import chat_model
from chorei.adapters.servers import ModelSettingWarning, ServerChatModel
from chorei.adapters.servers.dialect import Call
from chorei.core import (
    AdapterNotFoundError,
    ContextLengthError,
    Generation,
    ModelAuthenticationError,
    ModelSettingError,
)


@pytest.fixture
def tgi() -> Iterator[FakeTGI]:
    with FakeTGI(chorei="I am the adapter.") as server:
        yield server
        assert server.invalid == [], "a request does not fit TGI's document"


def named(server: FakeTGI, name: str = "tgi", **kwargs: Any) -> ServerChatModel:
    model = chat_model(f"{name}:{server.address}", deadline_seconds=5, **kwargs)
    assert isinstance(model, ServerChatModel)
    return model


@tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


def test_an_answer_with_usage(tgi: FakeTGI) -> None:
    answer = named(tgi).invoke("Hello")
    assert answer.text == "Hello from the model."
    assert answer.usage_metadata == answer.usage_metadata | {"input_tokens": 7, "output_tokens": 4}
    assert answer.response_metadata["model_name"] == tgi.model
    assert tgi.last["model"] == "tgi"


def test_a_stream_is_the_same_answer(tgi: FakeTGI) -> None:
    chunks = list(named(tgi).stream("Hello"))
    assert len([c for c in chunks if c.text]) == 4
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.text == "Hello from the model."
    assert whole.usage_metadata
    assert whole.usage_metadata["total_tokens"] == 11


async def test_without_blocking(tgi: FakeTGI) -> None:
    model = named(tgi)
    assert (await model.ainvoke("Hello")).text == "Hello from the model."
    texts = [chunk.text async for chunk in model.astream("Hello")]
    assert "".join(texts) == "Hello from the model."


@pytest.mark.parametrize(
    "text", ["Nghỉ phép được mấy ngày?", "Nghi\u0309 phe\u0301p", "cut \ud83d"]
)
def test_any_text_arrives(tgi: FakeTGI, text: str) -> None:
    named(tgi).invoke(text)
    assert tgi.last["messages"][0]["content"] == text.replace("\ud83d", "?")


def test_thinking_is_kept_apart(tgi: FakeTGI) -> None:
    tgi.reply = lambda body: "<think>Let me see.</think>\n\nForty-two."
    answer = named(tgi).invoke("6 x 7?")
    assert answer.text == "Forty-two."
    assert answer.additional_kwargs["reasoning_content"] == "Let me see."
    streamed = list(named(tgi).stream("6 x 7?"))
    assert "".join(c.text for c in streamed) == "Forty-two."
    thought = "".join(c.additional_kwargs.get("reasoning_content", "") for c in streamed)
    assert thought == "Let me see."


@pytest.mark.parametrize(("thinking", "word"), [(False, "/no_think"), (True, "/think")])
def test_qwen3_is_told_in_words_whether_to_think(thinking: bool, word: str) -> None:
    with FakeTGI(model="Qwen/Qwen3-0.6B") as server:
        named(server).invoke("Hello", thinking=thinking)
        assert server.last["messages"][-1]["content"] == f"Hello {word}"
        assert server.last["temperature"] == (0.6 if thinking else 0.7)
        assert not server.invalid


def test_greedy_thinking_is_warned_of() -> None:
    with FakeTGI(model="Qwen/Qwen3-0.6B") as server:
        named(server).invoke("Hello", temperature=0, thinking=False)
        with pytest.warns(ModelSettingWarning, match="repeats itself"):
            named(server).invoke("Hello", temperature=0)


def test_thinking_of_a_model_that_cannot_be_told_is_said(tgi: FakeTGI) -> None:
    with pytest.warns(ModelSettingWarning, match="ignores thinking"):
        named(tgi).invoke("Hello", thinking=False)


def test_an_adapter_by_call_by_name_and_not_at_all(tgi: FakeTGI) -> None:
    model = named(tgi, adapters=["chorei"])
    assert model.invoke("Hello", adapter="chorei").text == "I am the adapter."
    assert model.invoke("Hello").text == "Hello from the model."
    always = chat_model(f"tgi:{tgi.address}#chorei", adapters=["chorei"])
    assert always.invoke("Hello").text == "I am the adapter."
    assert always.invoke("Hello", adapter=None).text == "Hello from the model."


def test_an_unknown_adapter_never_silently_means_the_base_model(tgi: FakeTGI) -> None:
    with pytest.raises(AdapterNotFoundError, match=r"'chore'.*Adapters there: chorei"):
        named(tgi, adapters=["chorei"]).invoke("Hello", adapter="chore")
    assert tgi.posts == []


def test_an_adapter_that_cannot_be_checked_is_said_once(tgi: FakeTGI) -> None:
    model = named(tgi)
    with pytest.warns(ModelSettingWarning, match="does not list its adapters"):
        model.invoke("Hello", adapter="chorei")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.invoke("Hello", adapter="chorei")
    assert len(model.remarks) == 1


def test_adapters_on_qwen3_are_refused_before_the_call() -> None:
    with FakeTGI(model="Qwen/Qwen3-8B") as server:
        with pytest.raises(ModelSettingError, match=r"Qwen3.*vllm or sglang"):
            named(server, adapters=["chorei"]).invoke("Hello", adapter="chorei")
        assert server.posts == []


def test_the_name_of_the_base_model_is_no_adapter(tgi: FakeTGI) -> None:
    with pytest.raises(AdapterNotFoundError, match="base model"):
        named(tgi, adapters=["tgi"]).invoke("Hello", adapter="tgi")


def test_settings_in_the_form_that_tgi_takes(tgi: FakeTGI) -> None:
    generation = Generation(max_new_tokens=9, temperature=0, top_p=1, stop=("END",), seed=0)
    named(tgi, generation=generation).invoke("Hello")
    sent = {k: v for k, v in tgi.last.items() if k not in ("messages", "model")}
    assert sent == {"max_tokens": 9, "temperature": 0, "stop": ["END"], "seed": 0}


def test_a_call_comes_before_the_model_and_that_before_the_family(tgi: FakeTGI) -> None:
    model = named(tgi, generation=Generation(temperature=0.1))
    model.invoke("Hello", temperature=0.9)
    assert (tgi.last["temperature"], tgi.last["top_p"]) == (0.9, 0.9)
    model.invoke("Hello")
    assert tgi.last["temperature"] == 0.1


@pytest.mark.parametrize("setting", [{"top_k": 5}, {"min_p": 0.1}, {"repetition_penalty": 1.1}])
def test_what_tgi_would_ignore_is_said_and_not_sent(tgi: FakeTGI, setting: Any) -> None:
    (name,) = setting
    with pytest.warns(ModelSettingWarning, match=f"TGI ignores {name}"):
        named(tgi).invoke("Hello", **setting)
    assert name not in tgi.last


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"stop": list("abcde")}, "at most 4 stop"), ({"temperature": 3.0}, "'temperature'")],
)
def test_what_changes_the_meaning_is_an_error(tgi: FakeTGI, settings: Any, message: str) -> None:
    with pytest.raises(ModelSettingError, match=message):
        named(tgi).invoke("Hello", **settings)
    assert tgi.posts == []


def test_calls_of_tools_get_ids_of_their_own(tgi: FakeTGI) -> None:
    bound = named(tgi).bind_tools([add])
    first, second = bound.invoke("add 5"), bound.invoke("add 6")
    assert first.tool_calls[0]["name"] == "add"
    assert first.tool_calls[0]["args"] == {"a": 5, "b": 5}
    assert first.tool_calls[0]["id"] != second.tool_calls[0]["id"]
    assert first.response_metadata["finish_reason"] == "tool_calls"


def test_calls_of_tools_in_a_stream(tgi: FakeTGI) -> None:
    chunks = list(named(tgi).bind_tools([add]).stream("add 5"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    (call,) = whole.tool_calls
    assert (call["name"], call["args"]) == ("add", {"a": 5, "b": 5})
    assert call["id"]
    assert call["id"].startswith("call_")


def test_calls_in_the_history_go_as_readable_text(tgi: FakeTGI) -> None:
    call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "x1"}
    named(tgi).bind_tools([add]).invoke(
        [
            HumanMessage("add 1 and 2"),
            AIMessage("Let me add.", tool_calls=[call, {**call, "id": "x2"}]),
            ToolMessage("3", tool_call_id="x1"),
            ToolMessage("3", tool_call_id="x2"),
        ]
    )
    _, called, given = tgi.last["messages"]
    assert called["content"].startswith('Let me add.\n<tool_call>\n{"name": "add"')
    assert given["role"] == "user"
    assert given["content"].count("<tool_response>\n3\n</tool_response>") == 2


def test_the_invented_tool_means_plain_text(tgi: FakeTGI) -> None:
    model = named(tgi)
    call = {"id": "0", "type": "function"}
    function = {"name": "no_tool", "arguments": '{"content": "Just talking."}'}
    message = {"role": "assistant", "tool_calls": [{**call, "function": function}]}
    data = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    (choice,) = model.dialect.answer(data, Call({}, Generation()))["choices"]
    assert choice["message"]["content"] == "Just talking."
    assert not choice["message"]["tool_calls"]


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@pytest.mark.parametrize("kind", ["tgi", "tgi+raw"])
def test_structured_answers_by_grammar(tgi: FakeTGI, kind: str) -> None:
    if kind == "tgi+raw":
        pytest.importorskip("jinja2", reason="tgi+raw needs jinja2 (extra `local`)")
    answer = named(tgi, kind).with_structured_output(Person).invoke("Who?")
    assert answer == Person(name="text", age=3)
    sent = tgi.last.get("response_format") or tgi.last["parameters"]["grammar"]
    assert sent["type"] == "json_schema"
    assert sent["value"]["name"] == "Person"


def test_structured_answers_as_a_tool(tgi: FakeTGI) -> None:
    bound = named(tgi).with_structured_output(Person, method="function_calling")
    assert bound.invoke("Who is 7?") == Person(name="text", age=7)
    assert tgi.last["tool_choice"]["function"] == {"name": "Person"}


def test_tools_and_a_format_at_once_are_refused(tgi: FakeTGI) -> None:
    model = named(tgi).bind_tools([add])
    with pytest.raises(ModelSettingError, match="not both"):
        model.invoke("Hello", response_format={"type": "json_object"})


def test_a_key_that_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREI_API_KEY", "right-key")
    with FakeTGI(key="right-key") as server:
        assert named(server).invoke("Hello").text
        monkeypatch.setenv("CHOREI_API_KEY", "wrong-key")
        with pytest.raises(ModelAuthenticationError, match="CHOREI_API_KEY") as caught:
            named(server).invoke("Hello")
        assert "wrong-key" not in str(caught.value)


def test_too_long_a_prompt(tgi: FakeTGI) -> None:
    tgi.faults.append("too_long")
    with pytest.raises(ContextLengthError, match="9000"):
        named(tgi).invoke("Hello")


def test_what_the_server_says_about_itself(tgi: FakeTGI) -> None:
    model = named(tgi, adapters=["chorei"])
    assert model.context_length == 4096
    info = model.describe()
    assert info
    assert (info.max_input, info.adapters) == (4095, ("chorei",))
    assert model.label == f"tgi:{tgi.model}"


def test_answers_of_the_fake_have_the_documents_form(tgi: FakeTGI) -> None:
    import httpx

    body = {"messages": [{"role": "user", "content": "x"}], "model": "tgi"}
    answer = httpx.post(f"{tgi.address}/v1/chat/completions", json=body).json()
    schema = {"$ref": "#/components/schemas/ChatCompletion", "components": SCHEMA["components"]}
    answer["choices"][0].pop("logprobs")
    jsonschema.validate(answer, schema)
    stream = httpx.post(f"{tgi.address}/generate_stream", json={"inputs": "x"}).text
    for line in stream.split("\n\n")[:-1]:
        event = {k: v for k, v in json.loads(line.removeprefix("data:")).items() if v is not None}
        if "details" in event:
            event["details"].pop("seed")
        validator("StreamResponse").validate(event)


def test_the_extract_of_the_document_is_true_to_it() -> None:
    document = Path(__file__).parents[3] / "shared" / "tgi" / "openapi.json"
    if not document.is_file():
        pytest.skip("TGI's OpenAPI document is not beside the repository")
    whole = json.loads(document.read_text(encoding="utf-8"))["components"]["schemas"]
    for name, schema in SCHEMA["components"]["schemas"].items():
        assert schema.get("required") == whole[name].get("required"), name
        assert schema.get("properties", {}).keys() == whole[name].get("properties", {}).keys(), name
