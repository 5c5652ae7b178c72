"""Captured steps: the same text as without, whatever comes, goes and is replaced meanwhile."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import local_models
import pytest

from chorei.adapters.local import LoadOptions, LocalEngine
from chorei.core import Generation

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

PROMPTS = ["xin chào", "How many days of leave do part-timers get?", "7", "Đà Nẵng " * 9]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return local_models.make_model(tmp_path_factory.mktemp("base"), kind="qwen3")


@pytest.fixture(scope="module")
def adapters(base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("adapters")
    return {
        name: local_models.make_adapter(base, root / name, seed=seed)
        for seed, name in enumerate(("one", "two", "three"))
    }


def opened(base: Path) -> LocalEngine:
    return LocalEngine(*LocalEngine.key(str(base), LoadOptions(threads=1)))


@pytest.fixture
def plain(base: Path) -> Iterator[LocalEngine]:
    engine = opened(base)
    yield engine
    engine.close()


@pytest.fixture
def captured(base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalEngine]:
    from local_recording import Recording

    monkeypatch.setattr("chorei.adapters.local.scheduler.capture_for", lambda _: Recording)
    # Little room, so that it has to grow.
    monkeypatch.setattr("chorei.adapters.local.table.BLOCK", 16)
    monkeypatch.setattr(Recording, "made", 0)
    engine = opened(base)
    yield engine
    engine.close()


def write(engine: LocalEngine, text: str, adapter: str | None = None, **settings: Any) -> list[int]:
    generation = Generation(**{"max_new_tokens": 40, "temperature": 0.0, **settings})
    request = engine.request(engine.encode(text), generation, adapter=adapter)
    for _ in engine.stream(request):
        pass
    return request.tokens


def made() -> int:
    from local_recording import Recording

    return Recording.made


def test_a_captured_step_writes_the_same(plain: LocalEngine, captured: LocalEngine) -> None:
    for text in PROMPTS:
        assert write(captured, text) == write(plain, text)
    before = made()
    assert 0 < before < 12
    write(captured, PROMPTS[0], max_new_tokens=4)
    assert made() <= before + 1


def test_rows_come_and_go(plain: LocalEngine, captured: LocalEngine) -> None:
    asked = [(text, length) for length in (3, 40, 11) for text in PROMPTS]

    def run(engine: LocalEngine) -> list[list[int]]:
        with ThreadPoolExecutor(len(asked)) as pool:
            return list(pool.map(lambda a: write(engine, a[0], max_new_tokens=a[1]), asked))

    assert run(captured) == [write(plain, text, max_new_tokens=n) for text, n in asked]


def test_sampling_and_penalties(plain: LocalEngine, captured: LocalEngine) -> None:
    settings: dict[str, Any] = {"temperature": 1.5, "top_k": 40, "repetition_penalty": 1.2}
    for seed in (1, 2):
        expected = write(plain, "a", seed=seed, **settings)
        assert write(captured, "a", seed=seed, **settings) == expected


def test_adapters_side_by_side_and_replaced(
    plain: LocalEngine, captured: LocalEngine, adapters: dict[str, Path]
) -> None:
    for engine in (plain, captured):
        for name in ("one", "two"):
            engine.load_adapter(adapters[name], name)
    names = [None, "one", "two"]
    alone = {name: write(plain, PROMPTS[1], name) for name in names}
    assert len({tuple(tokens) for tokens in alone.values()}) == 3
    for _ in range(2):
        for name in names:
            assert write(captured, PROMPTS[1], name) == alone[name]
    with ThreadPoolExecutor(9) as pool:
        together = list(pool.map(lambda name: write(captured, PROMPTS[1], name), names * 3))
    assert together == [alone[name] for name in names] * 3
    for engine in (plain, captured):
        engine.load_adapter(adapters["three"], "one")
    replaced = write(plain, PROMPTS[1], "one")
    assert replaced != alone["one"]
    assert write(captured, PROMPTS[1], "one") == replaced
    captured.unload_adapter("one")
    assert write(captured, PROMPTS[1], "two") == alone["two"]
    assert write(captured, PROMPTS[1]) == alone[None]


def test_choosing_among_loaded_adapters_captures_nothing_again(
    captured: LocalEngine, adapters: dict[str, Path]
) -> None:
    for name, folder in adapters.items():
        captured.load_adapter(folder, name)
    for name in adapters:
        write(captured, "a", name, max_new_tokens=5)
    before = made()
    for name in adapters:
        write(captured, "a", name, max_new_tokens=5)
    assert made() == before


def test_a_step_that_cannot_be_captured_is_run(
    plain: LocalEngine,
    base: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_: Any) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing")

    expected = [write(plain, text) for text in PROMPTS]
    monkeypatch.setattr("chorei.adapters.local.scheduler.capture_for", lambda _: refuse)
    engine = opened(base)
    with caplog.at_level(logging.WARNING):
        assert [write(engine, text) for text in PROMPTS] == expected
    engine.close()
    assert caplog.text.count("cannot be captured") == 1
