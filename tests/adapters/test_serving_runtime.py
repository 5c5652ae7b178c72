"""Adapters brought into running servers, against what vLLM, SGLang and llama-server say."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lora_fakes import FakeLoRAServer, FakeSGLang, FakeVLLM
from tgi_fake_http import Exchange, FakeServer

from chorei.adapters import chat_model
from chorei.adapters.serving import load_at_server, served_adapters, unload_at_server
from chorei.core import (
    AdapterError,
    AdapterNotFoundError,
    ModelAuthenticationError,
    ModelUnavailableError,
)

FOLDERS = {"/a/company": 16, "/a/company-2": 16, "/a/large": 64}


@pytest.fixture(params=["vllm", "sglang"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, FakeLoRAServer]]:
    made = FakeVLLM(FOLDERS) if request.param == "vllm" else FakeSGLang(FOLDERS)
    with made as running:
        yield f"{request.param}:{running.address}", running


def test_an_adapter_comes_answers_and_goes(server: tuple[str, FakeLoRAServer]) -> None:
    name, running = server
    chat = chat_model(name)
    assert chat.invoke("Who?").text == "I am base."
    with pytest.raises(AdapterNotFoundError):
        chat.invoke("Who?", adapter="company")
    load_at_server(name, "company", "/a/company")
    assert served_adapters(name) == ("company",)
    assert chat.invoke("Who?", adapter="company").text == "I am company."
    unload_at_server(name, "company")
    assert running.loaded == {}


def test_one_of_the_same_name_is_replaced_only_on_demand(
    server: tuple[str, FakeLoRAServer],
) -> None:
    name, running = server
    load_at_server(name, "company", "/a/company")
    with pytest.raises(AdapterError, match="already") as caught:
        load_at_server(name, "company", "/a/company-2")
    assert "--replace" in caught.value.hint
    assert running.loaded == {"company": "/a/company"}
    load_at_server(name, "company", "/a/company-2", replace=True)
    assert running.loaded == {"company": "/a/company-2"}
    load_at_server(name, "other", "/a/company", replace=True)
    assert running.loaded.keys() == {"company", "other"}


@pytest.mark.parametrize(("path", "hint"), [("/nowhere", "--path"), ("/a/large", "max-lora-rank")])
def test_what_is_refused_comes_with_what_to_do(
    server: tuple[str, FakeLoRAServer], path: str, hint: str
) -> None:
    name, running = server
    with pytest.raises(AdapterError, match="did not load 'company'") as caught:
        load_at_server(name, "company", path)
    assert hint in caught.value.hint
    with pytest.raises(AdapterError, match="did not unload 'company'") as caught:
        unload_at_server(name, "company")
    assert "doctor" in caught.value.hint
    assert running.loaded == {}


def test_a_server_that_was_not_started_for_it() -> None:
    with FakeVLLM(FOLDERS, updating=False) as running:
        with pytest.raises(AdapterError) as caught:
            load_at_server(f"vllm:{running.address}", "company", "/a/company")
        assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING=1" in caught.value.hint
    with FakeVLLM(FOLDERS, lora=False) as running:
        with pytest.raises(AdapterError) as caught:
            load_at_server(f"vllm:{running.address}", "company", "/a/company")
        assert "--enable-lora" in caught.value.hint
    with FakeSGLang(FOLDERS, lora=False) as running:
        with pytest.raises(AdapterError) as caught:
            load_at_server(f"sglang:{running.address}", "company", "/a/company")
        assert "--enable-lora" in caught.value.hint


def test_a_wrong_key_and_a_server_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREI_API_KEY", "sk-wrong")
    with FakeVLLM(FOLDERS, key="sk-right") as running, pytest.raises(ModelAuthenticationError):
        load_at_server(f"vllm:{running.address}", "company", "/a/company")
    with pytest.raises(ModelUnavailableError):
        load_at_server("vllm:http://127.0.0.1:9", "company", "/a/company")


@pytest.mark.parametrize("kind", ["tgi", "transformers", "openai"])
def test_servers_that_load_nothing_while_they_run(kind: str) -> None:
    with pytest.raises(AdapterError, match="loads no adapters") as caught:
        load_at_server(f"{kind}:http://127.0.0.1:9", "company", "/a")
    assert "export" in caught.value.hint
    with pytest.raises(AdapterError, match="in this process"):
        load_at_server("smollm2", "company", "/a")


class FakeLlama(FakeServer):
    """llama-server's list of adapters."""

    def __init__(self) -> None:
        super().__init__(self._handle)
        self.scales = {"other": 1.0, "company": 0.0}

    async def _handle(self, exchange: Exchange) -> None:
        if exchange.method == "POST":
            names = list(self.scales)
            self.scales = dict.fromkeys(names, 0.0)
            for entry in exchange.body:
                self.scales[names[entry["id"]]] = entry["scale"]
            await exchange.send_json(200, {"success": True})
            return
        listed: list[dict[str, Any]] = [
            {"id": n, "path": f"/a/{name}.gguf", "scale": scale}
            for n, (name, scale) in enumerate(self.scales.items())
        ]
        pages = {"/lora-adapters": listed, "/v1/models": {"data": [{"id": "m"}]}, "/props": {}}
        await exchange.send(200, json.dumps(pages[exchange.path]))


def test_llama_server_only_turns_on_and_off_what_it_was_started_with() -> None:
    with FakeLlama() as running:
        name = f"llamacpp:{running.address}"
        load_at_server(name, "company", "")
        assert running.scales == {"other": 1.0, "company": 1.0}
        unload_at_server(name, "other")
        assert running.scales == {"other": 0.0, "company": 1.0}
        with pytest.raises(AdapterError, match="only when it is started") as caught:
            load_at_server(name, "third", "/a/third.gguf")
        assert "--lora" in caught.value.hint
