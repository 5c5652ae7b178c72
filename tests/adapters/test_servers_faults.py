import asyncio
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from tgi_fake import FakeTGI

from chorei.adapters.servers import (
    CircuitBreaker,
    Patience,
    ServerChatModel,
    ServerClient,
    dialect_for,
)
from chorei.core import (
    ContextLengthError,
    ModelAuthenticationError,
    ModelError,
    ModelOverloadedError,
    ModelRequestError,
    ModelResponseError,
    ModelTimeoutError,
    ModelUnavailableError,
)

KEY = "sk-very-secret-0123456789"
QUICK = Patience(total=3.0, first_byte=0.3, between_bytes=0.3, backoff=0.01)


@pytest.fixture
def tgi() -> Iterator[FakeTGI]:
    with FakeTGI() as server:
        yield server


def patient(address: str, patience: Patience = QUICK, **kwargs: Any) -> ServerChatModel:
    breaker = kwargs.pop("breaker", None) or CircuitBreaker("the test", threshold=1000)
    server = ServerClient(address, patience=patience, breaker=breaker, **kwargs)
    return ServerChatModel(dialect=dialect_for("tgi", address), server=server)


FAILURES = {
    "reset_early": ModelUnavailableError,
    "overloaded": ModelOverloadedError,
    "validation": ModelRequestError,
    "too_long": ContextLengthError,
    "bad_shape": ModelRequestError,
    "generation": ModelUnavailableError,
    "incomplete": ModelUnavailableError,
    "unhealthy": ModelUnavailableError,
    "gateway": ModelUnavailableError,
    "unauthorized": ModelAuthenticationError,
    "malformed": ModelResponseError,
    "wrong_type": ModelResponseError,
    "empty": ModelResponseError,
    "other_shape": ModelResponseError,
    "redirect": ModelResponseError,
    "error_in_stream": ModelUnavailableError,
    "validation_in_stream": ModelRequestError,
    "key_in_stream": ModelRequestError,
    "reset": ModelUnavailableError,
}
REPEATED = {ModelUnavailableError, ModelOverloadedError, ModelResponseError}


@pytest.mark.parametrize("fault", FAILURES)
def test_a_failure_of_an_answer_in_one_piece(tgi: FakeTGI, fault: str) -> None:
    tgi.faults.extend([fault] * 10)
    with pytest.raises(FAILURES[fault]) as caught:
        patient(tgi.address).invoke("Hello")
    assert type(caught.value) is FAILURES[fault]
    # What is read as a whole before its form is looked at is not asked for again.
    repeated = FAILURES[fault] in REPEATED and fault != "other_shape"
    assert len(tgi.posts) == (3 if repeated else 1)


BEGUN = {"reset", "error_in_stream", "key_in_stream", "validation_in_stream", "other_shape"}


@pytest.mark.parametrize("fault", FAILURES)
def test_a_failure_of_a_stream(tgi: FakeTGI, fault: str) -> None:
    tgi.faults.extend([fault] * 10)
    pieces: list[str] = []
    with pytest.raises(FAILURES[fault]):
        pieces.extend(chunk.text for chunk in patient(tgi.address).stream("Hello"))
    tokens = fault in BEGUN - {"other_shape"}
    assert pieces == (["Half "] if tokens else [])
    repeated = FAILURES[fault] in REPEATED and fault not in BEGUN
    assert len(tgi.posts) == (3 if repeated else 1), "never repeated after the first token"


@pytest.mark.parametrize("fault", ["slow_first_byte", "stalled", "trickle"])
def test_silence_ends_by_its_limit(tgi: FakeTGI, fault: str) -> None:
    tgi.faults.extend([fault] * 10)
    started = time.monotonic()
    with pytest.raises(ModelTimeoutError):
        list(patient(tgi.address, Patience(total=1.0, first_byte=0.3)).stream("Hello"))
    assert time.monotonic() - started < 3.0
    assert len(tgi.posts) == 1


def test_a_whole_answer_has_one_deadline_for_all_its_tries(tgi: FakeTGI) -> None:
    tgi.faults.extend(["incomplete", "slow_first_byte"])
    with pytest.raises(ModelTimeoutError):
        patient(tgi.address).invoke("Hello", deadline_seconds=0.4)
    assert len(tgi.posts) == 2


def test_nobody_there() -> None:
    with pytest.raises(ModelUnavailableError, match="Nobody answers"):
        patient("http://127.0.0.1:9").invoke("Hello")


def test_a_passing_failure_is_survived(tgi: FakeTGI) -> None:
    tgi.faults.extend(["overloaded", "empty"])
    assert patient(tgi.address).invoke("Hello").text == "Hello from the model."
    tgi.faults.extend(["overload_in_stream", "generation"])
    streamed = "".join(c.text for c in patient(tgi.address).stream("Hello"))
    assert streamed == "Hello from the model."


def test_retry_after_is_kept_within_the_deadline_only(tgi: FakeTGI) -> None:
    tgi.faults.append("overloaded_for_long")
    started = time.monotonic()
    with pytest.raises(ModelOverloadedError) as caught:
        patient(tgi.address).invoke("Hello")
    assert caught.value.retry_after == 30.0
    assert time.monotonic() - started < 2.0
    assert len(tgi.posts) == 1


async def test_failures_without_blocking(tgi: FakeTGI) -> None:
    tgi.faults.extend(["incomplete"] * 3)
    with pytest.raises(ModelUnavailableError):
        await patient(tgi.address).ainvoke("Hello")
    tgi.faults.append("error_in_stream")
    with pytest.raises(ModelUnavailableError, match="CUDA"):
        async for _ in patient(tgi.address).astream("Hello"):
            pass


def test_the_breaker_opens_and_recovers_by_itself(tgi: FakeTGI) -> None:
    now = [0.0]
    breaker = CircuitBreaker("the test", threshold=3, cooldown=10, clock=lambda: now[0])
    model = patient(tgi.address, breaker=breaker)
    tgi.faults.extend(["incomplete"] * 3)
    with pytest.raises(ModelUnavailableError):
        model.invoke("Hello")
    asked = len(tgi.exchanges)
    with pytest.raises(ModelUnavailableError, match="tried again in 10 seconds"):
        model.invoke("Hello")
    assert len(tgi.exchanges) == asked, "an open breaker asks nothing"
    now[0] = 10.5
    for _ in range(2):
        assert model.invoke("Hello").text == "Hello from the model."
    assert not breaker.is_open


def test_a_refusal_does_not_open_the_breaker(tgi: FakeTGI) -> None:
    breaker = CircuitBreaker("the test", threshold=2)
    model = patient(tgi.address, breaker=breaker)
    tgi.faults.extend(["validation"] * 4)
    for _ in range(4):
        with pytest.raises(ModelRequestError):
            model.invoke("Hello")
    assert not breaker.is_open


def test_closing_a_stream_reaches_the_server(tgi: FakeTGI) -> None:
    tgi.pause = 0.05
    tgi.reply = lambda body: "word " * 500
    stream = patient(tgi.address, Patience()).stream("Hello")
    next(stream)
    stream.close()
    assert tgi.disconnected.wait(2.0)


async def test_cancelling_a_task_reaches_the_server(tgi: FakeTGI) -> None:
    tgi.pause = 0.05
    tgi.reply = lambda body: "word " * 500
    model = patient(tgi.address, Patience())

    async def read() -> None:
        async for _ in model.astream("Hello"):
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(tgi.disconnected.wait, 2.0)


async def test_cancelling_an_answer_in_one_piece_reaches_the_server(tgi: FakeTGI) -> None:
    tgi.faults.append("slow_first_byte")
    task = asyncio.create_task(patient(tgi.address, Patience()).ainvoke("Hello"))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(tgi.disconnected.wait, 2.0)


def test_a_client_outlives_event_loops(tgi: FakeTGI) -> None:
    model = patient(tgi.address)
    for _ in range(3):
        assert asyncio.run(model.ainvoke("Hello")).text == "Hello from the model."


@pytest.mark.parametrize("fault", [*FAILURES, ""])
def test_nothing_of_a_key_is_ever_shown(
    tgi: FakeTGI, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model = patient(tgi.address, key=SecretStr(KEY))
    tgi.faults.extend([fault] * 3 if fault else [])
    shown = f"{model!r} {model} {model.server!r} {vars(model.server)} {model.label}"
    shown += f"{model.model_dump()} {model._identifying_params}"
    try:
        shown += repr(model.invoke("Hello"))
    except ModelError as error:
        cause = error.__cause__ or error.__context__
        shown += f"{error!r} {error} {error.hint} {cause!r}"
    assert tgi.posts[-1].headers["authorization"] == f"Bearer {KEY}"
    for text in (shown, caplog.text):
        assert KEY not in text
        assert KEY[3:] not in text
