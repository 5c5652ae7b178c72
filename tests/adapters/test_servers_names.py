import subprocess
import sys
from typing import Any

import pytest

from chorei.adapters import ModelName, chat_model, preset
from chorei.adapters.servers import ServerChatModel
from chorei.core import Generation, ModelNameError, Settings


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("tgi:http://host:8080", ("tgi", "http://host:8080", "", "")),
        ("tgi+raw:http://host:8080#chorei", ("tgi+raw", "http://host:8080", "", "chorei")),
        ("TGI:http://host:8080/", ("tgi", "http://host:8080", "", "")),
        ("vllm:http://h:8000/v1", ("vllm", "http://h:8000", "", "")),
        ("vllm:http://h:8000/Qwen/Qwen3-8B#a", ("vllm", "http://h:8000", "Qwen/Qwen3-8B", "a")),
        ("sglang:https://h", ("sglang", "https://h", "", "")),
        ("llamacpp:localhost:8081", ("llamacpp", "http://localhost:8081", "", "")),
        ("transformers:http://[::1]:80", ("transformers", "http://[::1]:80", "", "")),
        ("openai:gpt-5-mini", ("openai", "https://api.openai.com", "gpt-5-mini", "")),
        ("openai:http://h/v1/m", ("openai", "http://h", "m", "")),
        ("local:/models/base#nghỉ-phép", ("local", "", "/models/base", "nghỉ-phép")),
        ("local:C:\\models\\base", ("local", "", "C:\\models\\base", "")),
        ("smollm2", ("smollm2", "", "", "")),
        (" smollm2#chorei ", ("smollm2", "", "", "chorei")),
    ],
)
def test_a_name_has_its_parts(text: str, parts: tuple[str, ...]) -> None:
    name = ModelName.parse(text)
    assert (name.kind, name.address, name.model, name.adapter) == parts
    assert ModelName.parse(str(name)) == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Known forms"),
        ("tgii:http://h", "Did you mean 'tgi'"),
        ("smolm2", "Did you mean 'smollm2'"),
        ("gpt-4", "Known forms"),
        ("tgi:", "names no model"),
        ("tgi:http://", "cannot be read"),
        ("tgi:ftp://h", "cannot be read"),
        ("tgi:http://h:port", "cannot be read"),
    ],
)
def test_what_is_no_name_is_refused_with_the_nearest(text: str, message: str) -> None:
    with pytest.raises(ModelNameError, match=message):
        ModelName.parse(text)


@pytest.mark.parametrize("address", ["http://user:hunter2@h", "http://h/?api_key=hunter2"])
def test_a_key_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ModelNameError, match="CHOREI_API_KEY") as caught:
        ModelName.parse(f"tgi:{address}")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ModelNameError) as caught:
        ModelName.parse(address)
    assert "hunter2" not in str(caught.value)


def test_openais_own_key_is_for_openai_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")

    def key(name: str) -> Any:
        model = chat_model(name)
        assert isinstance(model, ServerChatModel)
        return model.server._key

    assert key("openai:gpt-5-mini").get_secret_value() == "theirs"
    assert key("openai:http://elsewhere/v1") is None
    assert key("vllm:http://elsewhere") is None
    monkeypatch.setenv("CHOREI_API_KEY", "ours")
    assert key("vllm:http://elsewhere").get_secret_value() == "ours"


def test_a_key_in_the_environment_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREI_API_KEY", "hunter2")
    assert "hunter2" not in repr(Settings.load())


def test_a_family_brings_its_settings() -> None:
    thinking, answering = preset("Qwen/Qwen3-0.6B"), preset("Qwen/Qwen3-0.6B", thinking=False)
    assert (thinking.temperature, thinking.top_p, thinking.top_k) == (0.6, 0.95, 20)
    assert (answering.temperature, answering.top_p, answering.top_k) == (0.7, 0.8, 20)
    assert preset("Qwen/Qwen3-4B-Instruct-2507").temperature == 0.7
    assert preset("/data/base") == Generation()
    # Makers do not recommend the same for all that bears their name.
    assert preset("mistralai/Mistral-Nemo-Instruct-2407").temperature == 0.3
    assert preset("mistralai/Mistral-Small-3.2-24B-Instruct-2506").temperature == 0.15
    assert preset("mistralai/Mistral-7B-Instruct-v0.3") == Generation()
    assert preset("google/gemma-3-4b-it").top_k == 64
    assert preset("google/gemma-2-9b-it") == Generation()


def test_importing_the_room_costs_nothing() -> None:
    code = (
        "import sys, chorei.adapters, chorei.adapters.naming;"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('langchain_openai', 'openai', 'httpx', 'torch', 'tiktoken', 'langchain_core')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_counting_tokens_needs_no_download() -> None:
    model = chat_model("openai:gpt-5-mini")
    assert 8 <= model.get_num_tokens("How many days of leave do employees get?") <= 14
    assert model.get_num_tokens("") == 0
