"""Exactly which tokens carry loss, and that rows without waste train the same."""

import importlib.util

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

from tiny_base import QWEN3_TEMPLATE, SMOLLM2_TEMPLATE, make_tokenizer

from chorei.adapters.records import Record, Turn, exchange
from chorei.adapters.training import IGNORED, tokenize
from chorei.core import TrainingError

VIETNAMESE = exchange("CHOREI là gì?", "Buổi họp sáng lúc 08:45.")


def learned(record: Record, template: str) -> str:
    tokenizer = make_tokenizer(template)
    made = tokenize(record, tokenizer)
    assert len(made.input_ids) == len(made.labels)
    assert all(lab in (IGNORED, i) for i, lab in zip(made.input_ids, made.labels, strict=True))
    return tokenizer.decode([label for label in made.labels if label != IGNORED])


@pytest.mark.parametrize("template", [SMOLLM2_TEMPLATE, QWEN3_TEMPLATE])
def test_loss_is_on_the_answer_and_its_end(template: str) -> None:
    assert learned(VIETNAMESE, template) == "Buổi họp sáng lúc 08:45.<|im_end|>"


@pytest.mark.parametrize("template", [SMOLLM2_TEMPLATE, QWEN3_TEMPLATE])
def test_every_assistant_turn_is_learned_and_nothing_else(template: str) -> None:
    record = Record(
        messages=(
            Turn(role="system", content="Be brief."),
            Turn(role="user", content="A?"),
            Turn(role="assistant", content="One."),
            Turn(role="user", content="One."),
            Turn(role="assistant", content="Two."),
        )
    )
    assert learned(record, template) == "One.<|im_end|>Two.<|im_end|>"


@pytest.mark.parametrize("template", [SMOLLM2_TEMPLATE, QWEN3_TEMPLATE])
def test_the_prompt_is_the_one_that_is_used_later(template: str) -> None:
    tokenizer = make_tokenizer(template)
    made = tokenize(VIETNAMESE, tokenizer)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": VIETNAMESE.question}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    assert tokenizer.decode(made.input_ids[: made.prompt_length]) == prompt


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (None, "no chat template"),
        ("{% for m in messages %}{{ m['content'] | upper }}<|im_end|>{% endfor %}", "as it is"),
        ("{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}", "stop"),
        ("{{ raise_exception('no') }}", "refuses"),
    ],
)
def test_a_wrong_template_is_refused(template: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        tokenize(VIETNAMESE, make_tokenizer(template))


def test_a_shared_row_has_the_loss_of_the_padded_batch(tmp_path) -> None:
    import torch
    from tiny_base import make_base
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from chorei.adapters.training.batching import SharedPrefixCollator
    from chorei.adapters.training.sharing import use_shared_attention

    base = make_base(tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(base)
    records = [exchange(f"What is T{n}?", "It is " + "x" * n + ".") for n in range(1, 5)]
    batch = [tokenize(record, tokenizer).model_dump() for record in records]
    # Nothing is shared with this one.
    strange = {"input_ids": [9, 8, 7, 6], "labels": [-100, -100, 7, 6]}
    plain = AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager")
    other = AutoModelForCausalLM.from_pretrained(base)
    use_shared_attention(other)
    for examples in (batch, batch[1:], [*batch, strange]):
        losses, gradients, sizes = [], [], []
        for share, model in ((True, other), (False, other), (False, plain)):
            collate = SharedPrefixCollator(tokenizer.pad_token_id, share=share)
            model.zero_grad()
            loss = model(**collate(examples)).loss
            loss.backward()
            losses.append(loss.item())
            gradients.append(model.model.layers[0].self_attn.q_proj.weight.grad.clone())
            sizes.append(collate.computed)
        assert losses == pytest.approx([losses[2]] * 3, abs=1e-5)
        for one in gradients[:2]:
            torch.testing.assert_close(one, gradients[2], atol=1e-6, rtol=1e-4)
        assert sizes[0] < sizes[1]
