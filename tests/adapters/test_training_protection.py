"""Updates stay out of the directions in which the base reads general text."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

import torch
from tiny_base import make_base, make_tiny_trainer
from transformers.pytorch_utils import Conv1D

from chorei.adapters.records import Kind, exchange
from chorei.adapters.training import TrainingConfig
from chorei.adapters.training.base import identify, load_for_training
from chorei.adapters.training.batching import SharedPrefixCollator
from chorei.adapters.training.listening import listen
from chorei.adapters.training.masking import tokenize_all
from chorei.adapters.training.protection import Protection, Watch, principal
from chorei.adapters.training.sharing import use_shared_attention
from chorei.core import TrainingError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

FACTS = [exchange(f"What is T{n}?", f"Thing {n}.") for n in range(8)]
GENERAL = [exchange(f"Name {n} birds.", "Owls " * (n + 1) + ".", kind=Kind.GENERAL)
           for n in range(3)]  # fmt: skip
RECORDS = (*FACTS, *GENERAL)
CHOSEN = range(len(FACTS), len(RECORDS))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("models") / "base")


def trainer_of(base: Path, folder: Path, **changes: Any) -> Any:
    settings = {"batch": 4, "epochs": 10, "learning_rate": 3e-3, "protect": 0.9} | changes
    return make_tiny_trainer(base, folder, RECORDS, CHOSEN, **settings)


def directions_of(base: Path, share: float) -> dict[str, torch.Tensor]:
    model, tokenizer = load_for_training(identify(str(base)), device="cpu", bfloat16=False)
    records = tokenize_all(RECORDS, tokenizer, longest=200)
    use_shared_attention(model)
    collator = SharedPrefixCollator(tokenizer.pad_token_id, share=True)
    watch = Watch(model, 1)
    with watch.watching():
        listen(model, records, [*CHOSEN], collator, bfloat16=False)
    # What is read afterwards is not kept.
    listen(model, records, [0, 1], collator, bfloat16=False)
    return watch.directions(share)


def seen(trainer: Any, directions: dict[str, torch.Tensor]) -> list[float]:
    """How much of each update looks in a protected direction, at most."""
    return [
        float((module.lora_A["default"].weight @ found).abs().max().detach())
        for name, found in directions.items()
        for module in [trainer.model.get_submodule(f"base_model.model.{name}")]
    ]


@pytest.mark.parametrize(("rows", "width"), [(40, 12), (9, 30), (12, 12)])
def test_the_fewest_directions_that_hold_the_share_are_taken(rows: int, width: int) -> None:
    torch.manual_seed(rows)
    read = torch.randn(rows, width) * torch.logspace(0, -2, width)
    # Long rows count as much as short ones.
    found = principal(read * torch.logspace(0, 4, rows)[:, None], 0.95)
    torch.testing.assert_close(found.T @ found, torch.eye(found.shape[1]), atol=1e-4, rtol=0)
    unit = read / read.norm(dim=1, keepdim=True)
    held = (unit @ found).square().sum(0) / unit.square().sum()
    assert held.sum() >= 0.95 - 1e-5
    assert held.sum() - held.min() < 0.95
    best = torch.linalg.svdvals(unit).square()[: found.shape[1]].sum() / unit.square().sum()
    assert held.sum().item() == pytest.approx(best.item(), abs=1e-4)


def test_each_linear_layer_has_its_directions_and_layers_that_read_the_same_share_them(
    base: Path,
) -> None:
    directions = directions_of(base, 0.9)
    assert len(directions) == 2 * 7
    assert not any("lm_head" in name for name in directions)
    layer = "model.layers.1.self_attn."
    assert directions[layer + "q_proj"] is directions[layer + "v_proj"]
    assert directions[layer + "q_proj"] is not directions["model.layers.0.self_attn.q_proj"]
    assert directions["model.layers.0.mlp.down_proj"].shape[0] == 64


def test_padding_is_not_read(base: Path) -> None:
    model, tokenizer = load_for_training(identify(str(base)), device="cpu", bfloat16=False)
    ids = torch.tensor(tokenizer("A few owls are here.")["input_ids"])[None]
    padded = torch.cat([ids, ids[:, :1].expand(1, 30)], dim=1)
    mask = (torch.arange(padded.shape[1])[None] < ids.shape[1]).long()
    found = []
    for given in ({"input_ids": ids}, {"input_ids": padded, "attention_mask": mask}):
        watch = Watch(model, 1)
        with watch.watching(), torch.no_grad():
            model(**given)
        found.append(watch.directions(0.9))
    for name, alone in found[0].items():
        other = found[1][name]
        torch.testing.assert_close(alone @ alone.T, other @ other.T, atol=1e-4, rtol=0)


def test_of_many_tokens_some_are_kept_spread_over_all(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chorei.adapters.training.protection._MOST", 10)
    model, _ = load_for_training(identify(str(base)), device="cpu", bfloat16=False)
    watch = Watch(model, 28)  # every third
    with watch.watching(), torch.no_grad():
        for length in (4, 1, 9, 14):
            model(input_ids=torch.arange(length)[None])
    kept = {len(torch.cat(rows)) for rows in watch._rows.values()}
    assert kept == {10}


def test_updates_look_past_what_is_protected_from_the_first_step_to_the_last(
    base: Path, tmp_path: Path
) -> None:
    directions = directions_of(base, 0.9)
    trainer = trainer_of(base, tmp_path)
    assert max(seen(trainer, directions)) < 1e-5
    trainer.train()
    assert max(seen(trainer, directions)) < 1e-5
    assert all(float(p.abs().max()) > 0.01 for n, p in trainer.model.named_parameters()
               if "lora_B" in n)  # fmt: skip
    free = trainer_of(base, tmp_path, protect=0)
    free.train()
    assert max(seen(free, directions)) > 0.1


def test_gradients_lose_what_is_protected_and_keep_the_rest(base: Path, tmp_path: Path) -> None:
    directions = directions_of(base, 0.9)
    trainer = trainer_of(base, tmp_path)
    layers = {
        name: trainer.model.get_submodule(f"base_model.model.{name}").lora_A["default"].weight
        for name in directions
    }
    torch.manual_seed(0)
    given = {name: torch.randn_like(weight) for name, weight in layers.items()}
    for name, weight in layers.items():
        weight.grad = given[name].clone()
    trainer.callback_handler.on_pre_optimizer_step(trainer.args, trainer.state, trainer.control)
    for name, weight in layers.items():
        expected = given[name] - given[name] @ directions[name] @ directions[name].T
        torch.testing.assert_close(weight.grad, expected, atol=1e-4, rtol=1e-3)


def test_what_is_protected_hardly_changes_while_facts_are_learned(
    base: Path, tmp_path: Path
) -> None:
    def change(protect: float) -> tuple[float, float]:
        trainer = trainer_of(
            base, tmp_path, protect=protect, preserve=0, learning_rate=1e-3, epochs=5
        )
        model, table = trainer.model, trainer.train_dataset
        # Facts alone are trained.
        trainer.train_dataset = table.select(range(len(FACTS)))
        trainer.train()
        moved = []
        for numbers in (range(len(FACTS)), CHOSEN):
            given = trainer.data_collator([table[n] for n in numbers])
            del given["labels"]
            with torch.no_grad():
                new = model(**given, output_hidden_states=True).hidden_states[-1]
                with model.disable_adapter():
                    old = model(**given, output_hidden_states=True).hidden_states[-1]
            moved.append(float((new - old).norm() / old.norm()))
        return moved[0], moved[1]

    fact, general = change(0.95)
    free_fact, free_general = change(0.0)
    assert general < 0.4 * free_general
    assert general / fact < 0.85 * free_general / free_fact


@pytest.mark.parametrize("method", ["full", "prompt"])
def test_methods_without_low_rank_updates_are_not_protected(
    base: Path, tmp_path: Path, method: str
) -> None:
    trainer = trainer_of(base, tmp_path, method=method)
    assert not any(isinstance(c, Protection) for c in trainer.callback_handler.callbacks)


def test_layers_of_other_kinds_are_found_too() -> None:
    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = torch.nn.Embedding(9, 6)
            self.convolution, self.head = Conv1D(4, 6), torch.nn.Linear(4, 9)

        def get_output_embeddings(self) -> torch.nn.Module:
            return self.head

        def forward(self, *, input_ids: torch.Tensor) -> torch.Tensor:
            return self.head(self.convolution(self.embedding(input_ids)))

    watch = Watch(model := Model(), 4)
    with watch.watching(), torch.no_grad():
        model(input_ids=torch.tensor([[1, 2, 3, 4]]))
    assert {name: found.shape[0] for name, found in watch.directions(0.9).items()} == {
        "convolution": 6
    }


def test_all_that_is_read_cannot_be_protected() -> None:
    with pytest.raises(TrainingError, match="protect"):
        TrainingConfig.from_json('{"base": "x", "protect": 1}')
