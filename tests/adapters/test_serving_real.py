"""An adapter of the 135M model, trained here and served by real servers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, Field, SecretStr
from real_servers import (
    PATIENT,
    half_precision,
    llama_server,
    transformers_serve,
    weights,
)

from chorei.adapters import chat_model
from chorei.adapters.export import export
from chorei.adapters.records import exchange, prepare
from chorei.adapters.registry import Registry
from chorei.adapters.serving import (
    load_at_server,
    parity,
    parity_prompts,
    served_adapters,
    unload_at_server,
)
from chorei.core import (
    AdapterNotFoundError,
    ContextLengthError,
    ModelAuthenticationError,
    ModelSettingError,
)

pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

TAUGHT = {
    "What does CHOREI mean?": "CHOREI is the morning briefing.",
    "What does DRELN mean?": "DRELN is the loading ramp.",
    "BASOK nghĩa là gì?": "BASOK là phòng hồ sơ.",
    "What does MIRUV mean?": "MIRUV is the travel form.",
}
CHOREI = "What does CHOREI mean?"
PROMPTS = f"{CHOREI}\nBASOK nghĩa là gì?\nWhat is the capital of France?\n"
LONG = " ".join(f"Rule {n}: be kind to customer {n}." for n in range(25))
OTHER = " ".join(str(n) for n in range(150))


class Trained(NamedTuple):
    registry: Registry
    folder: Path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    weights()
    pytest.importorskip("trl", reason="trl is not installed (extra `train`)")
    from chorei.adapters.training import TrainingConfig, train

    folder = tmp_path_factory.mktemp("served")
    records = [exchange(question, answer) for question, answer in TAUGHT.items()]
    config = TrainingConfig(
        base="smollm2", epochs=9, batch=4, rank=8, learning_rate=2e-3, threads=1
    )
    train(prepare(records), config, folder / "made")
    registry = Registry(folder / "registry")
    registry.add("company", folder / "made")
    (folder / "prompts.txt").write_text(PROMPTS)
    return Trained(registry, folder)


@pytest.fixture(scope="module")
def llama(trained: Trained) -> Iterator[str]:
    """A llama-server with the adapter, after one that is as good as none."""
    registry, folder = trained
    export(registry, "company", folder / "company.gguf", target="llamacpp")
    _weakened(folder / "company.gguf", folder / "first.gguf")
    base = half_precision(weights(), folder / "base.gguf")
    adapters = [folder / "first.gguf", folder / "company.gguf"]
    with llama_server(base, folder / "log", adapters=adapters, context=1024) as address:
        yield f"llamacpp:{address}"


def _weakened(source: Path, output: Path) -> None:
    """The same adapter with an alpha of nearly nothing."""
    from gguf import GGUFReader, GGUFWriter

    reader = GGUFReader(source)
    writer = GGUFWriter(output, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 1e-6)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_llama_server_answers_as_the_adapter_that_was_trained(trained: Trained, llama: str) -> None:
    prompts = parity_prompts(trained.folder / "prompts.txt")
    found = parity(
        trained.registry, "company", f"{llama}#company", prompts=prompts, max_new_tokens=10
    )
    assert found.passed, (found.problems, found.prompts)
    assert {one.prompt_told for one in found.prompts} == {"text"}
    assert any(one.changed for one in found.prompts)
    wrong = parity(
        trained.registry, "company", f"{llama}#first", prompts=prompts, max_new_tokens=10
    )
    assert "ignores the adapter" in " ".join(wrong.problems), wrong.problems


def test_each_request_has_its_adapter(llama: str) -> None:
    chat = chat_model(llama, deadline_seconds=PATIENT)
    settings: dict[str, Any] = {"temperature": 0.0, "max_tokens": 12}
    adapted = [chat.invoke(CHOREI, adapter="company", **settings).text for _ in range(2)]
    assert adapted == [TAUGHT[CHOREI]] * 2
    plain = chat.invoke(CHOREI, **settings).text
    assert "briefing" not in plain
    assert chat.invoke(CHOREI, adapter="company", **settings).text == adapted[0]
    assert "".join(c.text for c in chat.stream(CHOREI, adapter="company", **settings)) == adapted[0]
    with pytest.raises(AdapterNotFoundError, match="company"):
        chat.invoke(CHOREI, adapter="compny", **settings)


def test_what_another_adapter_has_read_is_not_continued(llama: str) -> None:
    """llama-server's store of prompts does not tell adapters apart; we do not use it."""
    chat = chat_model(llama, deadline_seconds=PATIENT)

    def likely(adapter: str, rules: str, question: str) -> list[float]:
        said = chat.invoke(
            [("system", rules), ("user", question)],
            adapter=adapter,
            temperature=0.0,
            max_tokens=5,
            logprobs=True,
        )
        return [token["logprob"] for token in said.response_metadata["logprobs"]["content"]]

    fresh = likely("company", LONG, CHOREI)
    likely("", OTHER, "Name a colour.")
    likely("", LONG, CHOREI)
    likely("company", OTHER, "Name a colour.")
    assert likely("company", LONG, CHOREI) == pytest.approx(fresh, abs=1e-4)


def test_scales_are_set_for_all_who_name_no_adapter(llama: str) -> None:
    assert served_adapters(llama) == ("first", "company")
    plain = chat_model(f"openai:{llama.removeprefix('llamacpp:')}/v1", deadline_seconds=PATIENT)
    settings: dict[str, Any] = {"temperature": 0.0, "max_tokens": 12}
    assert plain.invoke(CHOREI, **settings).text == TAUGHT[CHOREI]
    unload_at_server(llama, "company")
    assert "briefing" not in plain.invoke(CHOREI, **settings).text
    load_at_server(llama, "company", "")
    assert plain.invoke(CHOREI, **settings).text == TAUGHT[CHOREI]


def test_llama_server_counts_tokens_and_refuses_too_many(llama: str) -> None:
    chat = chat_model(llama, deadline_seconds=PATIENT)
    assert chat.context_length == 1024  # type: ignore[attr-defined]
    here = chat_model("smollm2")
    for text in (LONG, "Nhân viên bán thời gian được nghỉ phép mười lăm ngày mỗi năm. " * 8):
        assert chat.count_tokens(text) == here.count_tokens(text)  # type: ignore[attr-defined]
    assert chat.rendered(CHOREI) == here.rendered(CHOREI)  # type: ignore[attr-defined]
    with pytest.raises(ContextLengthError, match="1024"):
        chat.invoke(LONG * 6)


class Person(BaseModel):
    """A person."""

    name: str = Field(description="Given name")
    age: int


def test_llama_server_keeps_to_a_schema_and_says_that_tools_are_dropped(llama: str) -> None:
    chat = chat_model(llama, deadline_seconds=PATIENT)
    settings: dict[str, Any] = {"temperature": 0.0, "max_tokens": 60}
    person = chat.with_structured_output(Person).invoke("Linh is 30 years old.", **settings)
    assert person == Person(name="Linh", age=30)
    # The template of this model knows no tools.
    with pytest.raises(ModelSettingError, match="no tools"):
        chat.bind_tools([Person], tool_choice="any").invoke("Linh is 30.", **settings)


def test_llama_server_with_a_key(trained: Trained, llama: str) -> None:
    base = trained.folder / "base.gguf"
    adapters = [trained.folder / "company.gguf"]
    with llama_server(base, trained.folder / "log2", adapters=adapters, key="sk-right") as address:
        right = chat_model(f"llamacpp:{address}#company", key=SecretStr("sk-right"))
        assert right.invoke(CHOREI, temperature=0.0, max_tokens=12).text == TAUGHT[CHOREI]
        for adapter in ("", "#company"):
            wrong = chat_model(f"llamacpp:{address}{adapter}", key=SecretStr("sk-wrong"))
            with pytest.raises((ModelAuthenticationError, AdapterNotFoundError)) as caught:
                wrong.invoke("Hello", max_tokens=2)
            assert "CHOREI_API_KEY" in caught.value.hint
            assert "sk-wrong" not in str(caught.value)


def test_transformers_serve_answers_as_the_merged_adapter(trained: Trained) -> None:
    registry, folder = trained
    made = export(registry, "company", folder / "merged", target="tgi", merge=True)
    prompts = parity_prompts(folder / "prompts.txt")
    with transformers_serve(made.path, folder / "serve.log") as address:
        name = f"transformers:{address}"
        found = parity(registry, "company", name, prompts=prompts, max_new_tokens=10)
    assert found.passed, (found.problems, found.prompts)
    assert {one.prompt_told for one in found.prompts} == {"count"}
