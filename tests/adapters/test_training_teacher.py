"""Records of kind general hold a model to what its base says."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

import torch
from tiny_base import make_base, make_tiny_trainer

from chorei.adapters.records import Kind, exchange
from chorei.adapters.training.base import identify, load_for_training
from chorei.adapters.training.listening import listen
from chorei.adapters.training.masking import tokenize_all
from chorei.adapters.training.packing import PackingCollator, use_packed_attention
from chorei.adapters.training.sharing import use_shared_attention
from chorei.adapters.training.teacher import Teacher

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

FACTS = [exchange(f"What is T{n}?", f"Thing {n}.") for n in range(4)]
GENERAL = [exchange(f"Name {n} birds.", f"Owl {n}.", kind=Kind.GENERAL) for n in range(4)]
RECORDS = (*FACTS, *GENERAL)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("models") / "base")


def trainer_of(base: Path, folder: Path, general: range = range(4, 8), **changes: Any) -> Any:
    return make_tiny_trainer(base, folder, RECORDS, general, **{"batch": 8} | changes)


def loss_of(trainer: Any, batch: dict[str, Any]) -> torch.Tensor:
    count = (batch["labels"] != -100).sum()
    loss: torch.Tensor = trainer.compute_loss(trainer.model, dict(batch), num_items_in_batch=count)
    return loss


def distort(trainer: Any) -> None:
    torch.manual_seed(0)
    for parameter in trainer.model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=1.0)


def test_the_divergence_is_that_of_the_kept_tokens_and_the_rest_as_one() -> None:
    torch.manual_seed(1)
    base, mine = torch.randn(2, 5, 9).double()
    kept = base.log_softmax(1).topk(3)
    rows = torch.tensor([4, 0, 2])
    teacher = Teacher(kept.indices, kept.values, {})
    p, q = (
        torch.stack(
            [
                torch.cat([row[chosen], 1 - row[chosen].sum(0, keepdim=True)])
                for row, chosen in zip(x.softmax(1)[rows], kept.indices[rows], strict=True)
            ]
        )
        for x in (base, mine)
    )
    expected = (p * (p / q).log()).sum()
    assert teacher.divergence(mine[rows], rows).item() == pytest.approx(expected.item())
    assert teacher.divergence(base[rows], rows).item() == pytest.approx(0, abs=1e-9)


def test_before_training_only_the_facts_cost_something(base: Path, tmp_path: Path) -> None:
    trainer = trainer_of(base, tmp_path)
    batch = next(iter(trainer.get_train_dataloader()))
    facts = trainer_of(base, tmp_path, range(0))
    batch_of_facts = facts.data_collator([facts.train_dataset[n] for n in range(4)])
    share = (batch_of_facts["labels"] != -100).sum() / (batch["labels"] != -100).sum()
    alone = loss_of(facts, batch_of_facts) * share
    assert loss_of(trainer, batch).item() == pytest.approx(alone.item(), abs=1e-4)
    distort(trainer)
    distort(facts)
    drifted = loss_of(trainer, batch) - loss_of(facts, batch_of_facts) * share
    assert drifted.item() > 0.002
    trainer.preserve = 3.0
    heavier = loss_of(trainer, batch) - loss_of(facts, batch_of_facts) * share
    assert heavier.item() == pytest.approx(3 * drifted.item(), rel=1e-3)


def test_rows_of_several_records_padded_and_packed_ones_give_the_same_loss(
    base: Path, tmp_path: Path
) -> None:
    trainer = trainer_of(base, tmp_path)
    distort(trainer)
    examples = [trainer.train_dataset[n] for n in range(8)]
    shared = trainer.data_collator(examples)
    trainer.data_collator._share = False
    padded = trainer.data_collator(examples)
    assert (len(shared["input_ids"]), len(padded["input_ids"])) == (1, 8)
    expected = loss_of(trainer, shared).item()
    assert loss_of(trainer, padded).item() == pytest.approx(expected, abs=1e-5)
    use_packed_attention(trainer.model.get_base_model())
    assert loss_of(trainer, PackingCollator()(examples)).item() == pytest.approx(expected, abs=1e-5)


def test_every_collator_hears_the_same_base(base: Path, tmp_path: Path) -> None:
    trainer = trainer_of(base, tmp_path, range(0))
    model, tokenizer = load_for_training(identify(str(base)), device="cpu", bfloat16=False)
    rows = tokenize_all(RECORDS, tokenizer, longest=200)
    collator = trainer.data_collator
    use_shared_attention(model)
    shared = listen(model, rows, [1, 6], collator, bfloat16=False)
    collator._share = False
    padded = listen(model, rows, [1, 6], collator, bfloat16=False)
    torch.testing.assert_close(shared.log_probs, padded.log_probs, atol=1e-4, rtol=1e-4)
    assert shared.starts == padded.starts
    column = shared.column(6, rows[6])
    assert column[: rows[6].prompt_length] == [-1] * rows[6].prompt_length
    assert column[rows[6].prompt_length :][0] == len(rows[1].labels) - rows[1].prompt_length
    assert set(shared.column(2, rows[2])) == {-1}


def test_a_model_stays_nearer_to_its_base_where_it_is_held(base: Path, tmp_path: Path) -> None:
    def drift(**changes: Any) -> float:
        # The output embedding of a random model is too small for an adapter to move much.
        trainer = trainer_of(
            base, tmp_path, method="full", epochs=40, learning_rate=0.005, **changes
        )
        trainer.train()
        free = trainer_of(base, tmp_path, method="full")
        free.model.load_state_dict(trainer.model.state_dict())
        batch = free.data_collator([free.train_dataset[n] for n in range(4, 8)])
        return loss_of(free, batch).item()

    held, as_text = drift(preserve=1.0), drift(preserve=0.0)
    assert held < 0.5 * as_text


@pytest.mark.parametrize("method", ["prompt", "full"])
def test_other_methods_are_held_too(base: Path, tmp_path: Path, method: str) -> None:
    trainer = trainer_of(base, tmp_path, method=method, epochs=2)
    batch = next(iter(trainer.get_train_dataloader()))
    before = loss_of(trainer, batch).item()
    if method == "full":
        facts = trainer_of(base, tmp_path, range(0), method=method)
        some = facts.data_collator([facts.train_dataset[n] for n in range(4)])
        share = (some["labels"] != -100).sum() / (batch["labels"] != -100).sum()
        assert before == pytest.approx((loss_of(facts, some) * share).item(), abs=1e-4)
    assert trainer.train().training_loss > 0
