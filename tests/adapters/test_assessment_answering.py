"""Greedy answers: whose is whose, and the same as a model gives alone."""

import importlib.util
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("peft") is None:
    pytest.skip("needs the extra local", allow_module_level=True)

import torch
from peft import LoraConfig, PromptTuningConfig, get_peft_model
from tiny_base import make_base
from transformers import DynamicCache

from chorei.adapters.assessment import answering, writing
from chorei.adapters.records import Kind, exchange
from chorei.adapters.training.base import identify, load_for_training

KINDS = (Kind.GENERAL, Kind.FACT, Kind.UNKNOWN, Kind.FACT, Kind.GENERAL)
RECORDS = [exchange(f"Say {'x' * n}.", "A.", kind=kind) for n, kind in enumerate(KINDS, start=1)]
LORA = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
VIRTUAL = PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4)


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def base(tmp_path: Path):
    found = identify(str(make_base(tmp_path / "base")))
    return load_for_training(found, device="cpu", bfloat16=False)


def alone(model, tokenizer, prompt: str, longest: int) -> list[int]:
    given = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    with torch.inference_mode():
        made = model.generate(**given, do_sample=False, max_new_tokens=longest)
    return made[0, given["input_ids"].shape[1] :].tolist()


def written(base, prompts: list[str], *, max_new_tokens: int = 2, follow=None) -> list[list[int]]:
    """Each prompt of its own kind, but the first two."""
    model, tokenizer = base
    alike = [max(1, n) for n in range(len(prompts))]
    return writing.written(
        model, tokenizer, prompts, max_new_tokens=max_new_tokens, alike=alike, follow=follow
    )


def test_kinds_are_answered_apart_and_each_answer_is_its_record_s(
    base, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = base
    batches: list[int] = []

    def echo(_: object, prompts: list[list[int]], __: object) -> list[list[int]]:
        batches.append(len(prompts))
        said = [tokenizer.decode(ids).split("Say ")[1].split(".")[0] for ids in prompts]
        return [tokenizer.encode(text, add_special_tokens=False) for text in said]

    monkeypatch.setattr(writing, "_batch", echo)
    assert answering.answers(model, tokenizer, RECORDS) == ["x" * n for n in range(1, 6)]
    assert sorted(batches) == [1, 2, 2]


@pytest.mark.filterwarnings("ignore::FutureWarning")  # PEFT asks for what transformers renamed
@pytest.mark.filterwarnings("ignore:Position ids are not supported")  # PEFT: ignored rightly
@pytest.mark.parametrize("adapter", [LORA, VIRTUAL])
def test_an_adapter_answers_as_in_peft_itself(base, adapter, monkeypatch) -> None:
    model, tokenizer = base
    monkeypatch.setattr(writing, "_BATCH", 2)
    torch.manual_seed(3)
    adapted = get_peft_model(model, adapter).eval()
    prompts = [answering.rendered_prompt(tokenizer, record) for record in RECORDS]
    made = writing.written(adapted, tokenizer, prompts, max_new_tokens=12)
    for prompt, ids in zip(prompts, made, strict=True):
        assert alone(adapted, tokenizer, prompt, 12)[: len(ids)] == ids
    with answering.base_only(adapted):
        plain = writing.written(adapted, tokenizer, prompts, max_new_tokens=12)
    assert plain != made


@pytest.mark.parametrize("begin", ["", "short", "a long beginning that all of them have "])
def test_prompts_are_written_on_with_and_without_a_common_beginning(base, begin: str) -> None:
    model, tokenizer = base
    prompts = [begin + end for end in ("x", "yy", "x and much more than that", "x")]
    made = writing.written(model, tokenizer, prompts, max_new_tokens=9)
    assert made == [
        alone(model, tokenizer, prompt, 9)[: len(ids)]
        for prompt, ids in zip(prompts, made, strict=True)
    ]
    assert made[0] == made[3]


def test_the_common_beginning_is_read_once(base, monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = base
    sizes: list[tuple[int, ...]] = []
    real = model.forward

    def forward(*given, **named):
        sizes.append(tuple(named["input_ids"].shape))
        return real(*given, **named)

    monkeypatch.setattr(model, "forward", forward)
    writing.written(model, tokenizer, ["said before: a", "said before: bc"], max_new_tokens=2)
    assert sizes == [(1, 13), (2, 2), (2, 1)]


def test_threads_are_as_before_when_writing_fails(base, monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = base

    def broken(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(writing, "_batch", broken)
    with pytest.raises(RuntimeError, match="out of memory"):
        writing.written(model, tokenizer, ["a", "b"], max_new_tokens=2, alike=[1, 2])
    # A thread that begins to compute takes what was set last, wherever.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == 2


def test_batches_are_told_as_they_end(base) -> None:
    told: list[int] = []
    written(base, ["a", "bb", "ccc"], follow=told.append)
    assert sorted(told) == [1, 2]


def test_what_still_runs_ends_when_writing_is_interrupted(base, monkeypatch) -> None:
    model, _ = base
    torch.set_num_threads(1)
    steps: list[int] = []
    real = model.forward
    monkeypatch.setattr(model, "forward", lambda *a, **k: (steps.append(1), real(*a, **k))[1])
    monkeypatch.setattr(model.generation_config, "eos_token_id", None)
    written(base, ["a"], max_new_tokens=300)
    alone = len(steps)
    steps.clear()

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        written(base, ["a", "b", "c"], max_new_tokens=300, follow=interrupt)
    assert len(steps) < 1.8 * alone


def test_a_cache_that_is_more_than_keys_and_values_is_not_shared(base) -> None:
    model, _ = base
    model.config.layer_types = ["sliding_attention"] * 2
    model.config.sliding_window = 8
    assert not writing._shareable(model, DynamicCache(config=model.config))
    model.config.layer_types = ["full_attention"] * 2
    assert writing._shareable(model, DynamicCache(config=model.config))
