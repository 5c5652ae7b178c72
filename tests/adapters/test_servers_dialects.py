"""What each kind of server is sent, and how its answers are read, at the seam of the network."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from langchain_core.tools import tool
from pydantic import BaseModel

from chorei.adapters.servers import (
    CircuitBreaker,
    ModelSettingWarning,
    ServerChatModel,
    ServerClient,
    dialect_for,
)
from chorei.core import AdapterNotFoundError, Generation, ModelSettingError, ModelUnavailableError

Pages = dict[str, Any]

VLLM = {
    "/v1/models": {"data": [
        {"id": "Qwen/Qwen3-8B", "root": "/data/q", "parent": None, "max_model_len": 32768},
        {"id": "chorei", "root": "/data/a", "parent": "Qwen/Qwen3-8B"},
    ]},
    "/version": {"version": "0.33.0"},
}  # fmt: skip
SGLANG = {
    "/v1/models": {"data": [
        {"id": "base", "max_model_len": 8192},
        {"id": "chorei", "root": "/a", "parent": "base"},
    ]},
    "/server_info": {
        "version": "0.5.23",
        "max_req_input_len": 8186,
    },
}  # fmt: skip
LLAMA = {
    "/v1/models": {"data": [{"id": "model.gguf"}]},
    "/lora-adapters": [{"id": 0, "path": "/a/other.gguf", "scale": 1.0},
                       {"id": 1, "path": "/a/chorei.gguf", "scale": 1.0}],
    "/props": {"default_generation_settings": {"n_ctx": 4096}, "build_info": "b9000"},
}  # fmt: skip
SAID = {"role": "assistant", "content": "Hello."}


class Server:
    """Answers pages, and every chat request with one message."""

    def __init__(self, pages: Pages, message: Any = SAID, chunks: Any = ()) -> None:
        self.pages, self.message, self.chunks = pages, message, chunks
        self.bodies: list[dict[str, Any]] = []
        self.pages_asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.pages_asked.append(request.url.path)
            page = self.pages.get(request.url.path)
            return httpx.Response(404) if page is None else httpx.Response(200, json=page)
        self.bodies.append(json.loads(request.content))
        if self.bodies[-1].get("stream"):
            text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in self.chunks)
            kind = {"content-type": "text/event-stream"}
            return httpx.Response(200, text=text + "data: [DONE]\n\n", headers=kind)
        choice = {"index": 0, "message": self.message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        return httpx.Response(200, json={"choices": [choice], "usage": usage, "model": "m"})

    @property
    def sent(self) -> dict[str, Any]:
        return self.bodies[-1]


def model(
    kind: str, server: Callable[[httpx.Request], httpx.Response], **kwargs: Any
) -> ServerChatModel:
    address = kwargs.pop("address", "http://server")
    client = ServerClient(
        address, breaker=CircuitBreaker("test"), transport=httpx.MockTransport(server)
    )
    return ServerChatModel(dialect=dialect_for(kind, address), server=client, **kwargs)


EVERYTHING = Generation(
    max_new_tokens=9, temperature=0.5, top_p=0.9, top_k=5, min_p=0.1, repetition_penalty=1.1,
    stop=("END",), seed=4, thinking=False,
)  # fmt: skip


@pytest.mark.parametrize(("kind", "pages"), [("vllm", VLLM), ("sglang", SGLANG)])
def test_vllm_and_sglang_take_every_setting(kind: str, pages: Pages) -> None:
    server = Server(pages)
    model(kind, server, generation=EVERYTHING).invoke("Hello")
    sent = {k: v for k, v in server.sent.items() if k != "messages"}
    assert sent == {
        "model": pages["/v1/models"]["data"][0]["id"], "max_tokens": 9, "temperature": 0.5,
        "top_p": 0.9, "top_k": 5, "min_p": 0.1, "repetition_penalty": 1.1, "stop": ["END"],
        "seed": 4, "chat_template_kwargs": {"enable_thinking": False},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "skips", "thinks"),
    [
        ("vllm", "Qwen/Qwen3-8B", True, True),
        ("vllm", "company-model", True, False),
        ("vllm", "mistralai/Mistral-7B-Instruct-v0.3", False, False),
        ("sglang", "deepseek-ai/DeepSeek-R1", True, True),
        ("tgi", "Qwen/Qwen3-8B", True, True),
        ("tgi", "meta-llama/Llama-3.1-8B-Instruct", False, False),
        ("tgi+raw", "meta-llama/Llama-3.1-8B-Instruct", True, False),
        ("openai", "gpt-5-mini", False, True),
    ],
)
def test_a_chat_model_tells_whether_it_thinks_and_can_be_told_not_to(
    kind: str, name: str, skips: bool, thinks: bool
) -> None:
    pages = {"/v1/models": {"data": [{"id": name}]}, "/info": {"model_id": name}}
    asked = model(kind, Server(pages), model=name)
    assert asked.skips_thinking is skips
    assert asked.will_think() is thinks


def test_llama_server_names_one_of_them_otherwise() -> None:
    server = Server(LLAMA)
    model("llamacpp", server, generation=EVERYTHING).invoke("Hello")
    assert server.sent["repeat_penalty"] == 1.1
    assert "repetition_penalty" not in server.sent


@pytest.mark.parametrize(
    ("kind", "pages", "key", "value"),
    [
        ("vllm", VLLM, "model", "chorei"),
        ("sglang", SGLANG, "model", "base:chorei"),
        ("llamacpp", LLAMA, "lora", [{"id": 0, "scale": 0.0}, {"id": 1, "scale": 1.0}]),
    ],
)
def test_each_names_an_adapter_in_its_way(kind: str, pages: Pages, key: str, value: Any) -> None:
    server = Server(pages)
    asked = model(kind, server)
    asked.invoke("Hello", adapter="chorei")
    assert server.sent[key] == value
    with pytest.raises(AdapterNotFoundError, match="chorei"):
        asked.invoke("Hello", adapter="chorie")
    assert len(server.bodies) == 1


def test_an_older_sglang_lists_its_adapters_in_its_flags() -> None:
    flags = {"version": "0.5.1", "lora_paths": {"chorei": "/a"}}
    pages = {"/v1/models": {"data": [{"id": "base"}]}, "/server_info": flags}
    server = Server(pages)
    model("sglang", server).invoke("Hello", adapter="chorei")
    assert server.sent["model"] == "base:chorei"


def test_llama_server_without_an_adapter_has_them_all_off() -> None:
    server = Server(LLAMA)
    model("llamacpp", server).invoke("Hello")
    assert {entry["scale"] for entry in server.sent["lora"]} == {0.0}
    # Its store of earlier prompts does not tell adapters apart.
    assert server.sent["cache_prompt"] is False
    none = Server({**LLAMA, "/lora-adapters": []})
    model("llamacpp", none).invoke("Hello")
    assert not {"lora", "cache_prompt"} & none.sent.keys()


def test_llama_server_that_keeps_its_adapters_to_itself() -> None:
    server = Server({key: page for key, page in LLAMA.items() if key != "/lora-adapters"})
    with pytest.raises(AdapterNotFoundError, match="does not say which") as caught:
        model("llamacpp", server).invoke("Hello", adapter="chorei")
    assert "CHOREI_API_KEY" in caught.value.hint


def test_an_adapter_loaded_later_is_found() -> None:
    server = Server(json.loads(json.dumps(VLLM)))
    asked = model("vllm", server)
    asked.invoke("Hello")
    server.pages["/v1/models"]["data"].append({"id": "new", "parent": "Qwen/Qwen3-8B"})
    asked.invoke("Hello", adapter="new")
    assert server.sent["model"] == "new"


async def test_many_first_calls_ask_once_what_is_served() -> None:
    server = Server(VLLM)
    asked = model("vllm", server)
    await asyncio.gather(*(asked.ainvoke("Hello") for _ in range(20)))
    assert {body["model"] for body in server.bodies} == {"Qwen/Qwen3-8B"}
    assert server.pages_asked.count("/v1/models") == 1


def test_a_model_that_must_be_named_and_is_not_known() -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ModelUnavailableError):
        model("vllm", down).invoke("Hello")


def test_transformers_serve_gets_sampling_as_json_and_nothing_it_refuses() -> None:
    server = Server({})
    model("transformers", server, generation=EVERYTHING).invoke("Hello")
    assert server.sent.keys() == {
        "messages", "generation_config", "stop", "seed", "chat_template_kwargs",
    }  # fmt: skip
    assert json.loads(server.sent["generation_config"]) == {
        "max_new_tokens": 9, "temperature": 0.5, "do_sample": True, "top_p": 0.9, "top_k": 5,
        "min_p": 0.1, "repetition_penalty": 1.1,
    }  # fmt: skip
    model("transformers", server).invoke("Hello", temperature=0, top_p=0.9)
    greedy = json.loads(server.sent["generation_config"])
    assert greedy == {"max_new_tokens": 1024, "do_sample": False}


@pytest.mark.parametrize("stops", [["three"], ["ree", "four"]])
def test_a_stop_string_left_in_the_text_is_cut(stops: list[str]) -> None:
    pieces = ["one t", "wo th", "r", "ee fo", "ur"]
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
        for piece in pieces
    ]
    message = {"role": "assistant", "content": "".join(pieces)}
    asked = model("transformers", Server({}, message, chunks))
    expected = "".join(pieces).partition(stops[0])[0]
    assert asked.invoke("Count", stop=stops).text == expected
    assert "".join(c.text for c in asked.stream("Count", stop=stops)) == expected


def test_openai_itself_and_others_of_its_kind() -> None:
    server = Server({})
    official = model("openai", server, address="https://api.openai.com", model="gpt-5-mini")
    official.invoke("Hello", max_tokens=9)
    assert server.sent["max_completion_tokens"] == 9
    assert server.sent["model"] == "gpt-5-mini"
    with pytest.warns(ModelSettingWarning, match="ignores top_k"):
        model("openai", server, model="m").invoke("Hello", max_tokens=9, top_k=5)
    assert server.sent["max_tokens"] == 9


@pytest.mark.parametrize("kind", ["openai", "transformers"])
def test_servers_without_adapters_refuse_them(kind: str) -> None:
    with pytest.raises(AdapterNotFoundError):
        model(kind, Server({}), model="m").invoke("Hello", adapter="chorei")


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thinking_that_a_server_keeps_apart_is_read(field: str) -> None:
    chunks = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", field: "Hm"}}]},
        {"choices": [{"index": 0, "delta": {field: "m."}}]},
        {"choices": [{"index": 0, "delta": {"content": "Hello."}, "finish_reason": "stop"}]},
    ]
    asked = model("vllm", Server(VLLM, {**SAID, field: "Hmm."}, chunks))
    assert asked.invoke("Hi").additional_kwargs["reasoning_content"] == "Hmm."
    whole = None
    for chunk in asked.stream("Hi"):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    assert whole.text == "Hello."
    assert whole.additional_kwargs["reasoning_content"] == "Hmm."


def test_usage_is_estimated_where_it_is_not_counted() -> None:
    chunks = [{"choices": [{"index": 0, "delta": {"content": w}}]} for w in ("a ", "b ", "c ")]
    asked = model("openai", Server({}, SAID, chunks), model="m")
    usage = [c.usage_metadata for c in asked.stream("Hello there, how are you?")]
    (counted,) = [u for u in usage if u]
    assert counted["output_tokens"] == 3
    assert 5 <= counted["input_tokens"] <= 10


class Person(BaseModel):
    """A person."""

    name: str


FORMATS: dict[str, tuple[Pages, Callable[[dict[str, Any]], Any]]] = {
    "vllm": (VLLM, lambda body: body["response_format"]["json_schema"]["schema"]),
    "sglang": (SGLANG, lambda body: body["response_format"]["json_schema"]["schema"]),
    "llamacpp": (LLAMA, lambda body: body["response_format"]["json_schema"]["schema"]),
    "openai": ({}, lambda body: body["response_format"]["json_schema"]["schema"]),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_structured_answers(kind: str) -> None:
    pages, find = FORMATS[kind]
    server = Server(pages, {"role": "assistant", "content": '{"name": "Lan"}'})
    asked = model(kind, server, model="m").with_structured_output(Person)
    assert asked.invoke("Who?") == Person(name="Lan")
    assert find(server.sent)["properties"].keys() == {"name"}


def test_structured_answers_of_transformers_serve_are_calls_of_a_tool() -> None:
    function = {"name": "Person", "arguments": '{"name": "Lan"}'}
    call = {"id": "c1", "type": "function", "function": function}
    server = Server({}, {"role": "assistant", "content": None, "tool_calls": [call]})
    with pytest.warns(ModelSettingWarning, match="tool_choice"):
        answer = model("transformers", server).with_structured_output(Person).invoke("Who?")
    assert answer == Person(name="Lan")
    with pytest.raises(ModelSettingError, match="format"):
        model("transformers", server).with_structured_output(Person, method="json_schema").invoke(
            "Who?"
        )


@pytest.mark.parametrize(("kind", "pages"), [("vllm", VLLM), ("sglang", SGLANG)])
def test_regular_expressions(kind: str, pages: Pages) -> None:
    server = Server(pages)
    model(kind, server).invoke("When?", response_format={"type": "regex", "value": "[0-9]+"})
    sent = server.sent.get("regex") or server.sent["structured_outputs"]["regex"]
    assert sent == "[0-9]+"
    with pytest.raises(ModelSettingError, match="regular"):
        model("llamacpp", Server(LLAMA)).invoke(
            "When?", response_format={"type": "regex", "value": "[0-9]+"}
        )


@tool
def weather(city: str) -> str:
    """Weather of a city."""
    return city


def test_llama_server_with_a_model_that_knows_no_tools() -> None:
    props = {"chat_template_caps": {"supports_tools": False}}
    server = Server({**LLAMA, "/props": props})
    with pytest.warns(ModelSettingWarning, match="ignores tools"):
        model("llamacpp", server).bind_tools([weather]).invoke("Hi")
    with pytest.raises(ModelSettingError, match="knows none"):
        model("llamacpp", server).bind_tools([weather], tool_choice="any").invoke("Hi")
    model("llamacpp", Server(LLAMA)).bind_tools([weather], tool_choice="any").invoke("Hi")


def test_streamed_calls_of_tools_are_put_together() -> None:
    def delta(**function: Any) -> dict[str, Any]:
        call = {"index": 0, "function": function}
        if "name" in function:
            call |= {"id": "c1", "type": "function"}
        return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}

    chunks = [delta(name="weather", arguments=""), delta(arguments='{"ci'),
              delta(arguments='ty": "Huế"}')]  # fmt: skip
    whole = None
    for chunk in model("vllm", Server(VLLM, SAID, chunks)).bind_tools([weather]).stream("Hi"):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    assert whole.tool_calls[0]["args"] == {"city": "Huế"}
    assert whole.tool_calls[0]["id"] == "c1"
