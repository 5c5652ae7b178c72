"""Prompts that begin as others did are read from there on, and the answer is the same."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from typing import Any

import local_models
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorei.adapters.local import LoadOptions, LocalEngine
from chorei.adapters.local.request import Request
from chorei.core import Generation

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

SYSTEM = "You answer questions of the company Chorei from its documents, briefly and exactly. " * 2
QUESTIONS = ["How many days?", "Ngày nghỉ phép là bao nhiêu?", "Who?", "When does the office open?"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return local_models.make_model(tmp_path_factory.mktemp("base"))


def opened(base: Path, **options: Any) -> LocalEngine:
    return LocalEngine(*LocalEngine.key(str(base), LoadOptions(threads=1, **options)))


@pytest.fixture
def engine(base: Path) -> Iterator[LocalEngine]:
    engine = opened(base)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def expected(base: Path) -> Iterator[dict[str, list[int]]]:
    engine = opened(base, prompt_cache=0)
    yield {q: write(engine, SYSTEM + q).tokens for q in QUESTIONS}
    engine.close()


def write(engine: LocalEngine, text: str, adapter: str | None = None) -> Request:
    settings = Generation(max_new_tokens=16, temperature=0.0)
    request = engine.request(engine.encode(text), settings, adapter=adapter)
    for _ in engine.stream(request):
        pass
    return request


def test_a_beginning_is_read_once(engine: LocalEngine, expected: dict[str, list[int]]) -> None:
    first, *others = QUESTIONS
    assert write(engine, SYSTEM + first).remembered == 0
    shared = len(engine.encode(SYSTEM))
    for question in others:
        request = write(engine, SYSTEM + question)
        assert request.remembered >= shared
        assert request.tokens == expected[question]
    again = write(engine, SYSTEM + first)
    assert again.remembered == len(again.prompt) - 1
    assert again.tokens == expected[first]


def test_beginnings_of_a_batch(engine: LocalEngine, expected: dict[str, list[int]]) -> None:
    write(engine, SYSTEM)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda q: write(engine, SYSTEM + q), QUESTIONS * 2))
    assert [request.tokens for request in found] == [expected[q] for q in QUESTIONS * 2]
    assert all(request.remembered >= 100 for request in found)


def test_an_adapter_reads_for_itself(
    engine: LocalEngine, base: Path, tmp_path: Path, expected: dict[str, list[int]]
) -> None:
    for seed in (1, 2):
        local_models.make_adapter(base, tmp_path / str(seed), seed=seed)
    engine.load_adapter(tmp_path / "1", "live")
    write(engine, SYSTEM)
    one = write(engine, SYSTEM + QUESTIONS[0], "live")
    assert one.remembered == 0
    assert one.tokens != expected[QUESTIONS[0]]
    assert write(engine, SYSTEM + QUESTIONS[1], "live").remembered > 0
    engine.load_adapter(tmp_path / "2", "live")
    assert write(engine, SYSTEM + QUESTIONS[0], "live").remembered == 0


def test_what_is_too_large_is_forgotten(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = opened(base, prompt_cache=0)
    write(engine, SYSTEM)
    assert write(engine, SYSTEM).remembered == 0
    engine.close()
    # Room for one prompt of this model: 2 layers, keys and values, 2 heads of 8 numbers.
    token = 2 * 2 * 2 * 8 * 4
    engine = opened(base, prompt_cache=1)
    engine.load()
    running = engine._running
    assert running is not None
    monkeypatch.setattr(running[1]._prefixes, "_room", 250 * token)
    for _ in range(2):
        assert write(engine, "a" * 200).remembered == 0
        assert write(engine, "b" * 200).remembered == 0
    assert write(engine, "b" * 200).remembered == 199
    engine.close()


@given(
    prompts=st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=12), max_size=6),
    asked=st.lists(st.integers(0, 1), min_size=1, max_size=12),
)
def test_the_longest_beginning_is_found(prompts: list[list[int]], asked: list[int]) -> None:
    from chorei.adapters.local import prefixes

    least, prefixes.LEAST = prefixes.LEAST, 1
    try:
        kept = prefixes.Prefixes(1 << 20)
        for prompt in prompts:
            # The keys of these tokens are the tokens themselves.
            states = torch.tensor(prompt, dtype=torch.float32).view(1, 1, -1, 1)
            kept.keep(None, prompt, [(states, states)])
        found = kept.find(None, asked)
        assert kept.find("other", asked) is None
    finally:
        prefixes.LEAST = least
    common = [
        len(list(takewhile(lambda pair: pair[0] == pair[1], zip(prompt, asked, strict=False))))
        for prompt in prompts
    ]
    longest = min(max(common, default=0), len(asked) - 1)
    if found is None:
        assert longest == 0
    else:
        assert found.length == longest
        assert found.layers[0][0].flatten()[:longest].tolist() == asked[:longest]
