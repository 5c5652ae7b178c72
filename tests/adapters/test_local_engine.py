"""The engine on small models with random weights: batches, adapters, swaps, cancelling."""

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import local_models
import pytest

from chorei.adapters.local import LoadOptions, LocalEngine
from chorei.adapters.local.request import Request
from chorei.core import Generation
from chorei.core.errors import (
    AdapterError,
    AdapterNotFoundError,
    ContextLengthError,
    ModelNameError,
    ModelSettingError,
    ModelTimeoutError,
    ModelUnavailableError,
)

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

PROMPTS = ["xin chào", "How many days of leave do part-timers get?", "7", "Đà Nẵng " * 9]
LONG = Generation(max_new_tokens=400)


def endless(engine: LocalEngine) -> Request:
    """A request that only its length ends."""
    return replace(engine.request(engine.encode("a"), LONG), stop_tokens=frozenset())


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("bases")
    return {kind: local_models.make_model(root / kind, kind=kind) for kind in KINDS}


KINDS = ("llama", "qwen3", "window")


@pytest.fixture(scope="module")
def adapters(bases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("adapters")
    made = {
        name: local_models.make_adapter(bases["llama"], root / name, seed=seed)
        for seed, name in enumerate(("one", "two"))
    }
    made["dora"] = local_models.make_adapter(bases["llama"], root / "dora", seed=7, use_dora=True)
    return made


def opened(folder: Path, **options: Any) -> LocalEngine:
    return LocalEngine(*LocalEngine.key(str(folder), LoadOptions(threads=1, **options)))


@pytest.fixture
def engine(bases: dict[str, Path]) -> Iterator[LocalEngine]:
    engine = opened(bases["llama"])
    yield engine
    engine.close()


@pytest.fixture
def adapted(engine: LocalEngine, adapters: dict[str, Path]) -> LocalEngine:
    for name, folder in adapters.items():
        engine.load_adapter(folder, name)
    return engine


def write(engine: LocalEngine, text: str, adapter: str | None = None, **settings: Any) -> list[int]:
    """The tokens that the engine writes after a text."""
    generation = Generation(**{"max_new_tokens": 24, **settings})
    request = engine.request(engine.encode(text), generation, adapter=adapter)
    for _ in engine.stream(request):
        pass
    return request.tokens


@pytest.mark.parametrize("kind", KINDS)
def test_writes_what_generate_writes(bases: dict[str, Path], kind: str) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(bases[kind]).eval()
    engine = opened(bases[kind])
    for text in PROMPTS:
        prompt = torch.tensor([engine.encode(text)])
        with torch.no_grad():
            expected = model.generate(
                prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=24, do_sample=False
            )
        assert write(engine, text) == expected[0, prompt.shape[1] :].tolist()
    engine.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_writes_what_each_writes_alone(bases: dict[str, Path], kind: str) -> None:
    engine = opened(bases[kind])
    alone = [write(engine, text) for text in PROMPTS]
    with ThreadPoolExecutor(len(PROMPTS)) as pool:
        together = list(pool.map(lambda text: write(engine, text), PROMPTS * 3))
    engine.close()
    assert together == alone * 3


def test_a_prompt_longer_than_a_stretch(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [write(engine, text) for text in PROMPTS]
    monkeypatch.setattr("chorei.adapters.local.lane.STRETCH", 5)
    with ThreadPoolExecutor(len(PROMPTS)) as pool:
        assert list(pool.map(lambda text: write(engine, text), PROMPTS)) == expected


def test_a_mixed_batch_equals_separate_runs(adapted: LocalEngine) -> None:
    prompts = [adapted.encode(text) for text in PROMPTS]
    names = [None, "one", "two", None]
    mixed = adapted.logits(prompts, names)
    for row, (prompt, name) in enumerate(zip(prompts, names, strict=True)):
        alone = adapted.logits([prompt], [name])[0]
        assert (mixed[row] - alone).abs().max() <= 1e-5 * max(1.0, float(alone.abs().max()))
    assert len({tuple(adapted.logits(prompts[:1], [n])[0].tolist()) for n in names[:3]}) == 3


def test_mixed_generations_equal_separate_ones(adapted: LocalEngine) -> None:
    names = [None, "one", "two", "dora"]
    alone = {name: write(adapted, PROMPTS[1], name) for name in names}
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda name: write(adapted, PROMPTS[1], name), names * 4))
    assert together == [alone[name] for name in names * 4]
    assert len({tuple(tokens) for tokens in alone.values()}) == 4


def test_the_base_is_untouched_by_loaded_adapters(
    engine: LocalEngine, adapters: dict[str, Path]
) -> None:
    prompt = engine.encode(PROMPTS[1])
    before = engine.logits([prompt], [None])
    engine.load_adapter(adapters["one"])
    assert torch.equal(engine.logits([prompt], [None]), before)
    engine.unload_adapter("one")
    assert torch.equal(engine.logits([prompt], [None]), before)
    assert engine.adapters == []
    engine.load_adapter(adapters["two"])
    assert not torch.equal(engine.logits([prompt], ["two"]), before)


def test_a_hundred_swaps_while_chats_run(engine: LocalEngine, adapters: dict[str, Path]) -> None:
    engine.load_adapter(adapters["one"], "live")
    expected = {tuple(write(engine, PROMPTS[1], "live"))}
    engine.load_adapter(adapters["two"], "live")
    last = tuple(write(engine, PROMPTS[1], "live"))
    expected.add(last)
    bare = write(engine, PROMPTS[1])
    done = threading.Event()

    def chat(name: str | None) -> list[tuple[int, ...]]:
        answers = []
        while not done.is_set():
            answers.append(tuple(write(engine, PROMPTS[1], name)))
        return answers

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(chat, name) for name in ("live", "live", "live", None)]
        for number in range(100):
            engine.load_adapter(adapters[("one", "two")[number % 2]], "live")
        done.set()
        *swapped, base = [run.result() for run in running]
    # Each with one of them from its first token to its last.
    assert {answer for answers in swapped for answer in answers} <= expected
    assert tuple(write(engine, PROMPTS[1], "live")) == last
    assert set(base) == {tuple(bare)}
    assert engine.adapters == ["live"]


def test_unloading_lets_the_running_answer_end(adapted: LocalEngine) -> None:
    expected = write(adapted, "a", "one", max_new_tokens=200)
    request = adapted.request(adapted.encode("a"), Generation(max_new_tokens=200), adapter="one")
    stream = adapted.stream(request)
    next(stream)
    adapted.unload_adapter("one")
    for _ in stream:
        pass
    assert request.tokens == expected
    with pytest.raises(AdapterNotFoundError, match="no adapter 'one'"):
        write(adapted, "a", "one")


def test_an_unknown_adapter_is_said_with_the_nearest(adapted: LocalEngine) -> None:
    with pytest.raises(AdapterNotFoundError, match="Did you mean 'one'"):
        write(adapted, "a", "onee")


def test_bad_adapters_are_refused_and_the_model_goes_on(
    adapted: LocalEngine, adapters: dict[str, Path], tmp_path: Path
) -> None:
    expected = write(adapted, "a", "one")
    cases = {
        "pickle": ("pickle", lambda f: (f / WEIGHTS).rename(f / "adapter_model.bin")),
        "absent": ("lacks", lambda f: (f / WEIGHTS).unlink()),
        "corrupt": ("damaged", lambda f: (f / WEIGHTS).write_bytes(b"\x00" * 64)),
        "short": ("damaged", lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:900])),
        "config": ("cannot be read", lambda f: (f / CONFIG).write_text("{")),
        "kind": ("IA3", lambda f: set_config(f, peft_type="IA3")),
        "rank": ("cannot be loaded", lambda f: set_config(f, r=8)),
    }
    for name, (words, spoil) in cases.items():
        folder = tmp_path / name
        shutil.copytree(adapters["two"], folder)
        spoil(folder)
        with pytest.raises(AdapterError, match=words):
            adapted.load_adapter(folder, "one")
        assert write(adapted, "a", "one") == expected
    with pytest.raises(AdapterNotFoundError):
        adapted.load_adapter(tmp_path / "nowhere")


WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def set_config(folder: Path, **values: Any) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | values))


def test_an_adapter_of_another_base_is_refused(engine: LocalEngine, tmp_path: Path) -> None:
    import transformers

    config = transformers.LlamaConfig(
        vocab_size=258, hidden_size=48, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "base")
    folder = local_models.make_adapter(tmp_path / "base", tmp_path / "other", seed=0)
    before = write(engine, "a")
    with pytest.raises(AdapterError, match=r"does not fit this model.* 48 where the model has 32"):
        engine.load_adapter(folder)
    assert write(engine, "a") == before


def test_closing_the_stream_stops_the_model(engine: LocalEngine) -> None:
    request = endless(engine)
    stream = engine.stream(request)
    next(stream)
    stream.close()
    wait_until(lambda: request.finish == "cancelled")
    written = len(request.tokens)
    assert written < 400
    write(engine, "b")
    assert len(request.tokens) == written


async def test_cancelling_the_task_stops_the_model(engine: LocalEngine) -> None:
    request = endless(engine)
    begun = asyncio.Event()

    async def listen() -> None:
        async for _ in engine.astream(request):
            begun.set()

    task = asyncio.create_task(listen())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(wait_until, lambda: request.finish == "cancelled")
    assert len(request.tokens) < 400


def wait_until(true: Any) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within 10 s")


def test_a_deadline_ends_the_answer(engine: LocalEngine) -> None:
    engine.load()
    request = endless(engine)
    with pytest.raises(ModelTimeoutError, match="was not done"):
        list(engine.stream(request, seconds=0.01))
    wait_until(lambda: request.finish == "cancelled")


def test_a_seed_gives_the_same_text_in_any_batch(engine: LocalEngine) -> None:
    state = torch.get_rng_state()
    warm = {"temperature": 1.5, "top_p": 0.95, "top_k": 50, "min_p": 0.001}
    alone = write(engine, "a", seed=3, **warm)
    with ThreadPoolExecutor(6) as pool:
        seeds = [3, 4, 3, 5, 3, 6]
        together = list(pool.map(lambda seed: write(engine, "a", seed=seed, **warm), seeds))
    assert [together[i] for i in (0, 2, 4)] == [alone] * 3
    assert len({tuple(tokens) for tokens in together}) == 4
    assert write(engine, "a", **warm) != write(engine, "a", **warm)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_context_is_never_cut_silently(engine: LocalEngine) -> None:
    with pytest.raises(ContextLengthError, match="600 tokens; the model llama takes 512"):
        engine.request([1] * 600, Generation())
    request = engine.request([1] * 500, LONG)
    for _ in engine.stream(request):
        pass
    assert len(request.tokens) <= 12


def test_more_requests_than_the_batch_takes(bases: dict[str, Path]) -> None:
    engine = opened(bases["llama"], batch=2)
    alone = write(engine, "a")
    with ThreadPoolExecutor(9) as pool:
        assert list(pool.map(lambda _: write(engine, "a"), range(9))) == [alone] * 9
    engine.close()


def test_one_engine_for_the_same_model(bases: dict[str, Path], tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(LocalEngine.open, [str(bases["qwen3"])] * 8))
        tokenizers = list(pool.map(lambda engine: id(engine.tokenizer), engines))
    assert len(set(map(id, engines))) == 1
    assert len(set(tokenizers)) == 1
    engines[0].close()
    assert LocalEngine.open(str(bases["qwen3"])) is not engines[0]


def test_a_closed_engine_ends_what_it_was_doing(bases: dict[str, Path]) -> None:
    engine = opened(bases["llama"])
    stream = engine.stream(endless(engine))
    next(stream)
    engine.close()
    with pytest.raises(ModelUnavailableError, match="was closed"):
        list(stream)


def test_a_failing_step_ends_its_requests_only(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = write(engine, "a")

    def full(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError

    with monkeypatch.context() as patch:
        patch.setattr("chorei.adapters.local.lane.next_tokens", full)
        with pytest.raises(ModelUnavailableError, match="memory does not suffice"):
            write(engine, "a")
    assert write(engine, "a") == expected


@pytest.mark.parametrize("reference", ["./nowhere", "/nowhere/model.gguf", "a b", "x/y/z"])
def test_a_model_that_is_not_there(reference: str) -> None:
    with pytest.raises(ModelNameError, match="There is no model"):
        LocalEngine.open(reference)


def test_folders_that_hold_no_model(adapters: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ModelNameError, match="holds an adapter"):
        LocalEngine.open(str(adapters["one"]))
    with pytest.raises(ModelNameError, match="holds no model"):
        LocalEngine.open(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelNameError, match="cannot be loaded"):
        opened(tmp_path).load()


def test_a_device_that_is_not_there(bases: dict[str, Path]) -> None:
    with pytest.raises(ModelSettingError, match="cannot be used"):
        opened(bases["llama"], device="xpu:9").load()


def test_what_a_model_in_this_process_is(bases: dict[str, Path], adapters: dict[str, Path]) -> None:
    from chorei.adapters import probe

    report = probe(f"local:{bases['llama']}#{adapters['one']}")
    assert report.answers
    assert report.max_total == 512
    assert report.adapters == (str(adapters["one"]),)
    assert "llama" in report.model
    assert probe(f"local:{bases['llama']}").adapters == ()
    LocalEngine.close_all()
