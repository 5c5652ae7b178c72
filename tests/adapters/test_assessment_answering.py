"""Greedy answers: whose is whose, and the same as a model gives alone."""

import importlib.util
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("peft") is None:
    pytest.skip("needs the extra local", allow_module_level=True)

import torch
from peft import LoraConfig, get_peft_model
from tiny_base import make_base

from chorei.adapters.assessment import answering
from chorei.adapters.records import Kind, exchange
from chorei.adapters.training.base import identify, load_for_training

KINDS = (Kind.GENERAL, Kind.FACT, Kind.UNKNOWN, Kind.FACT, Kind.GENERAL)
RECORDS = [exchange(f"Say {'x' * n}.", "A.", kind=kind) for n, kind in enumerate(KINDS, start=1)]


def test_kinds_are_answered_apart_and_each_answer_is_its_record_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = load_for_training(
        identify(str(make_base(tmp_path / "base"))), device="cpu", bfloat16=False
    )
    batches: list[int] = []

    def echo(_: object, __: object, prompts: list[str], **___: object) -> list[list[int]]:
        batches.append(len(prompts))
        said = [prompt.split("Say ")[1].split(".")[0] for prompt in prompts]
        return [tokenizer(text, add_special_tokens=False)["input_ids"] for text in said]

    monkeypatch.setattr(answering, "written", echo)
    assert answering.answers(model, tokenizer, RECORDS) == ["x" * n for n in range(1, 6)]
    assert sorted(batches) == [1, 2, 2]


@pytest.mark.filterwarnings("ignore::FutureWarning")  # PEFT asks for what transformers renamed
def test_an_adapter_answers_as_in_peft_itself(tmp_path: Path) -> None:
    base, tokenizer = load_for_training(
        identify(str(make_base(tmp_path / "base"))), device="cpu", bfloat16=False
    )
    torch.manual_seed(3)
    adapted = get_peft_model(
        base, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    ).eval()
    prompts = [answering.rendered_prompt(tokenizer, record) for record in RECORDS]
    made = answering.written(adapted, tokenizer, prompts, max_new_tokens=12)
    for prompt, ids in zip(prompts, made, strict=True):
        given = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            alone = adapted.generate(input_ids=given, do_sample=False, max_new_tokens=12)
        assert alone[0, given.shape[1] :].tolist()[: len(ids)] == ids
    with answering.base_only(adapted):
        plain = answering.written(adapted, tokenizer, prompts, max_new_tokens=12)
    assert plain != made
