"""One suite for every way to run a model: the fake TGI, real servers, and in this process."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from real_servers import PATIENT, half_precision, llama_server, transformers_serve, weights
from tgi_fake import FakeTGI

from chorei.adapters import chat_model, probe
from chorei.adapters.probing import rows
from chorei.core import AdapterNotFoundError, ModelError, ModelUnavailableError

REAL = [pytest.mark.model, pytest.mark.slow]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    file = weights()
    from chorei.adapters.local import conversion

    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        yield conversion.converted(file)
    shutil.rmtree(cache)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTGI]:
    with FakeTGI() as server:
        server.reply = lambda body: "The capital of France is Paris. " * 20
        server.pause = 0.002
        yield server
        assert server.invalid == []


@pytest.fixture(
    scope="module",
    params=[
        "tgi",
        "tgi+raw",
        pytest.param("transformers", marks=REAL),
        pytest.param("llamacpp", marks=REAL),
        pytest.param("local", marks=REAL),
    ],
)
def name(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    kind = request.param
    if kind == "tgi+raw":
        pytest.importorskip("jinja2", reason="tgi+raw needs jinja2 (extra `local`)")
    if kind in ("tgi", "tgi+raw"):
        yield f"{kind}:{request.getfixturevalue('fake').address}"
        return
    log = tmp_path_factory.mktemp("log")
    if kind == "llamacpp":
        # In four bits the small model does not know Paris: llama.cpp rounds activations too.
        gguf = half_precision(weights(), log / "smollm2.gguf")
        with llama_server(gguf, log / "log") as address:
            yield f"llamacpp:{address}"
        return
    folder = request.getfixturevalue("converted")
    if kind == "local":
        yield f"local:{folder}"
        return
    with transformers_serve(folder, log / "log") as address:
        yield f"transformers:{address}"


@pytest.fixture(scope="module")
def model(name: str) -> BaseChatModel:
    return chat_model(name, deadline_seconds=PATIENT)


GREEDY: dict[str, Any] = {"temperature": 0.0}
ASKED = "What is the capital of France? Answer in one sentence."


def test_it_answers_with_usage_and_its_name(model: BaseChatModel) -> None:
    answer = model.invoke(ASKED, max_tokens=16, **GREEDY)
    assert isinstance(answer, AIMessage)
    assert "Paris" in answer.text
    assert answer.usage_metadata
    assert 0 < answer.usage_metadata["output_tokens"] <= 16
    assert getattr(model, "label", "")


def test_it_takes_a_conversation(model: BaseChatModel) -> None:
    messages = [
        SystemMessage("You are terse."),
        HumanMessage("What is the capital of Italy?"),
        AIMessage("Rome."),
        HumanMessage("And of France?"),
    ]
    assert "Paris" in str(model.invoke(messages, max_tokens=16, **GREEDY).text)


def test_a_stream_says_the_same_in_pieces(model: BaseChatModel) -> None:
    chunks = list(model.stream(ASKED, max_tokens=12, **GREEDY))
    assert len([c for c in chunks if c.text]) > 1
    text = "".join(str(c.text) for c in chunks)
    assert text == str(model.invoke(ASKED, max_tokens=12, **GREEDY).text)
    counted = [c.usage_metadata for c in chunks if getattr(c, "usage_metadata", None)]
    assert len(counted) == 1
    assert counted[0]["output_tokens"] > 0


async def test_without_blocking(model: BaseChatModel) -> None:
    answer = await model.ainvoke(ASKED, max_tokens=12, **GREEDY)
    pieces = [str(c.text) async for c in model.astream(ASKED, max_tokens=12, **GREEDY)]
    assert "".join(pieces) == str(answer.text)


def test_stop_strings_are_not_part_of_the_answer(model: BaseChatModel) -> None:
    answer = str(model.invoke(ASKED, max_tokens=16, stop=["France"], **GREEDY).text)
    assert answer
    assert "France" not in answer
    streamed = model.stream(ASKED, max_tokens=16, stop=["France"], **GREEDY)
    assert "".join(str(c.text) for c in streamed) == answer


def test_the_length_is_kept(model: BaseChatModel) -> None:
    answer = model.invoke("Tell a long story.", max_tokens=5, **GREEDY)
    assert answer.usage_metadata
    assert answer.usage_metadata["output_tokens"] <= 5


def test_a_stream_can_be_left_and_the_model_goes_on(model: BaseChatModel) -> None:
    stream = model.stream("Tell a long story.", max_tokens=200, **GREEDY)
    for _ in range(3):
        next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert "Paris" in str(model.invoke(ASKED, max_tokens=16, **GREEDY).text)


def test_a_seed_repeats_a_sample(model: BaseChatModel) -> None:
    settings = {"temperature": 0.9, "top_p": 0.9, "seed": 7, "max_tokens": 8}
    first, second = (str(model.invoke("Tell a story.", **settings).text) for _ in range(2))
    assert first == second


def test_an_adapter_that_is_not_there_is_an_error(name: str) -> None:
    with pytest.raises(AdapterNotFoundError):
        chat_model(name, adapters=["other"]).invoke("Hello", adapter="chorei", max_tokens=2)


def test_the_doctor_sees_what_answers(name: str) -> None:
    report = probe(name, deadline_seconds=PATIENT)
    assert report.answers, report.error
    assert report.tokens > 0
    assert rows(report)[0][1] == "ok"


def test_the_doctor_says_what_is_wrong(fake: FakeTGI) -> None:
    report = probe("tgi:http://127.0.0.1:9", deadline_seconds=2)
    assert not report.answers
    ((_, status, detail, advice),) = rows(report)
    assert status == "fail"
    assert "Nobody answers" in detail
    assert "Start the server" in advice
    unknown = probe(f"tgi:{fake.address}#chorei", adapters=["other"])
    assert "other" in unknown.advice


def test_a_server_that_is_down_is_a_model_error() -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        chat_model("vllm:http://127.0.0.1:9").invoke("Hello")
    assert isinstance(caught.value, ModelError)
