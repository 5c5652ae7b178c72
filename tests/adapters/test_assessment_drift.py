"""What is measured of a tuned version: refusals in two languages, likelihoods, divergence."""

import contextlib
import importlib.util
from pathlib import Path

import pytest

from chorei.adapters.assessment.drift import measure, refuses
from chorei.adapters.records import Preference, Split, Turn, exchange


@pytest.mark.parametrize(
    "answer",
    [
        "",
        " \n",
        "I'm sorry, but I can’t help with that.",
        "I cannot answer this.",
        "I don't know a term called ABC.",
        "As an AI language model, I have no opinion.",
        "Xin lỗi, tôi không trả lời câu này.",
        "Rất tiếc, tôi không thể giúp bạn.",
        "Tôi không biết từ ABC.",
    ],
)
def test_a_refusal_is_seen_in_both_languages(answer: str) -> None:
    assert refuses(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "The capital is Lisbon.",
        "Thủ đô là Lisbon.",
        "A lion is a large cat. " * 8 + "I cannot name a larger one.",
    ],
)
def test_an_answer_is_no_refusal(answer: str) -> None:
    assert not refuses(answer)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("peft") is None, reason="needs the extra train")
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_model_has_not_drifted_from_itself_and_has_when_its_weights_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from tiny_base import make_base

    from chorei.adapters.assessment import drift
    from chorei.adapters.training.base import identify, load_for_training

    monkeypatch.setattr(drift, "_LONGEST", 8)
    base = identify(str(make_base(tmp_path / "base")))
    model, tokenizer = load_for_training(base, device="cpu", bfloat16=False)
    torch.manual_seed(0)
    model = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear"))

    def preference(n: int, split: Split, chosen: str = "", rejected: str = "") -> Preference:
        prompt = (Turn(role="user", content=f"What is {n}?"),)
        return Preference(prompt=prompt, chosen=chosen, rejected=rejected, split=split)

    found = [
        preference(1, Split.HELD_OUT, "aa", "zz"),
        preference(2, Split.HELD_OUT, "aa"),
        preference(3, Split.TRAIN, "I cannot.", "zz"),
    ]

    @contextlib.contextmanager
    def before():
        with model.disable_adapter():
            yield

    facts = [exchange("What is T1?", "Thing 1.", facts=("Thing 1",))]
    same = measure(model, tokenizer, found, facts, before)
    assert same.divergence == pytest.approx(0.0, abs=1e-5)
    assert same.before == same.after
    assert (same.longer, same.learned, same.preferences, same.unseen) == (0.0, 0.0, 2, True)
    assert same.prompts == 24 + 1 + 2
    assert same.before.facts == 0.0
    # A model that has learned: the letter a is likelier everywhere, by the output embedding.
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.5)
    moved = measure(model, tokenizer, found, facts, before)
    assert moved.divergence > 0.01
    assert moved.before == same.before
