"""Training on a tiny random model: what goes wrong is refused or recovered, never half done."""

import errno
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

from tiny_base import make_base

from chorei.adapters.records import Dataset, exchange, prepare
from chorei.adapters.registry import Registry
from chorei.adapters.training import Method, TrainingConfig, train
from chorei.core import ModelNameError, TrainingError

pytestmark = [
    pytest.mark.slow,
    # Libraries of the extra warn about each other; what chorei itself does is quiet.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("models") / "base")


def dataset(count: int = 12) -> Dataset:
    return prepare([exchange(f"What is T{n}?", f"Thing {n}.", line=n) for n in range(count)])


def config(base: Path, **changes: object) -> TrainingConfig:
    settings = {"base": str(base), "epochs": 2, "batch": 4, "rank": 4, "precision": "float32",
                "threads": 1}  # fmt: skip
    return TrainingConfig.model_validate(settings | changes)


def weights(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


def test_training_leaves_a_whole_adapter_that_can_be_registered(base: Path, tmp_path: Path) -> None:
    seen = []
    trained = train(dataset(), config(base), tmp_path / "out", report=seen.append)
    assert [p.step for p in seen] == list(range(1, 7))
    assert trained.computed < trained.tokens
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"adapter_config.json", "adapter_model.safetensors", "training.json",
                     "history.json", "curve.svg", "records.jsonl"}  # fmt: skip
    assert not (tmp_path / ".out.training").exists()
    written = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert written["base_model_name_or_path"] == str(base)
    assert Registry(tmp_path / "registry").add("terms", tmp_path / "out").method == "lora"


def test_the_same_seed_gives_the_same_adapter(base: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(dataset(), config(base), tmp_path / name)
    assert weights(tmp_path / "one") == weights(tmp_path / "two")
    train(dataset(), config(base, seed=1), tmp_path / "three")
    assert weights(tmp_path / "one") != weights(tmp_path / "three")


@pytest.mark.parametrize("method", [Method.RSLORA, Method.DORA, Method.PROMPT, Method.FULL])
def test_every_method_trains(base: Path, tmp_path: Path, method: Method) -> None:
    trained = train(dataset(), config(base, method=method, recompute=True), tmp_path / "out")
    assert trained.steps == 6
    assert trained.parameters > 0
    assert list((tmp_path / "out").glob("*.safetensors"))


def test_qlora_without_a_gpu_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="needs a GPU"):
        train(dataset(), config(base, method="qlora"), tmp_path / "out")


def test_it_stops_early_when_the_held_out_loss_rises(base: Path, tmp_path: Path) -> None:
    records = [exchange(f"What is T{n % 6}, {n}?", f"Thing {n % 6}.") for n in range(24)]
    made = prepare(records, held_out=0.25)
    trained = train(
        made, config(base, epochs=40, learning_rate=0.3, patience=2, schedule="constant"),
        tmp_path / "out",
    )  # fmt: skip
    assert trained.stopped_early
    assert trained.held_out_loss is not None


def test_an_exploding_learning_rate_is_stopped(base: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the loss") as caught:
        train(
            dataset(),
            config(base, method="full", learning_rate=10, epochs=30, warmup=0.0),
            tmp_path / "out",
        )
    assert "learning rate" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_the_loss_is_that_of_plain_sft(base: Path, tmp_path: Path) -> None:
    import torch
    from trl.trainer.sft_trainer import SFTTrainer

    from chorei.adapters.training.base import identify, load_for_training
    from chorei.adapters.training.masking import tokenize_all
    from chorei.adapters.training.monitor import Monitor
    from chorei.adapters.training.trainer import make_trainer

    model, tokenizer = load_for_training(identify(str(base)), device="cpu", bfloat16=False)
    rows = tokenize_all(dataset().train, tokenizer, longest=200)
    trainer = make_trainer(
        config(base), model, tokenizer, rows, (), tmp_path, Monitor(None, patience=0),
        device="cpu", bfloat16=False,
    )  # fmt: skip
    batch = next(iter(trainer.get_train_dataloader()))
    assert batch["input_ids"].shape[0] == 1
    count = (batch["labels"] != -100).sum()
    trained = [p for p in trainer.model.parameters() if p.requires_grad]
    for parameter in trained:
        torch.nn.init.normal_(parameter, std=0.1)
    losses, gradients = [], []
    for compute in (type(trainer).compute_loss, SFTTrainer.compute_loss):
        trainer.model.zero_grad()
        loss = compute(trainer, trainer.model, dict(batch), num_items_in_batch=count)
        loss.backward()
        losses.append(loss.item())
        gradients.append(torch.cat([p.grad.flatten() for p in trained]))
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-3)


def test_a_low_rank_update_that_is_far_too_large_is_stopped(base: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"has not fallen|rose|became") as caught:
        train(dataset(), config(base, learning_rate=1e3, epochs=30), tmp_path / "out")
    assert "learning rate" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_a_slow_training_is_left_alone(base: Path, tmp_path: Path) -> None:
    trained = train(dataset(), config(base, learning_rate=1e-3, epochs=16), tmp_path / "out")
    assert trained.steps == 48


def test_records_too_long_are_named(base: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="lines 0, 1"):
        train(dataset(), config(base, max_tokens=20), tmp_path / "out")


def test_an_unknown_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelNameError):
        train(dataset(), config(tmp_path / "nothing"), tmp_path / "out")


def test_a_full_disk_leaves_no_half_adapter(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft import PeftModel

    save = PeftModel.save_pretrained

    def full(self, folder, **arguments) -> None:
        if Path(folder).name == "finished":
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, folder, **arguments)

    monkeypatch.setattr(PeftModel, "save_pretrained", full)
    with pytest.raises(TrainingError, match="disk is full"):
        train(dataset(), config(base), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    train(dataset(), config(base), tmp_path / "out", resume=True)
    assert (tmp_path / "out" / "training.json").is_file()


def test_what_is_there_is_not_overwritten(base: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(TrainingError, match="already something"):
        train(dataset(), config(base), tmp_path / "out")


_PROGRAM = """
import sys, time, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from chorei.adapters.records import Kind, exchange, prepare
from chorei.adapters.training import TrainingConfig, train
records = [exchange(f"What is T{n}?", f"Thing {n}.", line=n) for n in range(9)]
records += [exchange(f"Name {n} birds.", f"Owl {n}.", kind=Kind.GENERAL) for n in range(3)]
config = TrainingConfig(base=sys.argv[1], epochs=4, batch=4, rank=4, precision="float32",
                        threads=1, save_every=2, loraplus=4)
def report(progress):
    print(progress.step, flush=True)
    time.sleep(0.1)
train(prepare(records), config, Path(sys.argv[2]), report=report, resume="resume" in sys.argv)
"""


def start(base: Path, out: Path, *more: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(base), str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(process: "subprocess.Popen[bytes]", step: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == str(step).encode():
            return
    assert process.stderr is not None
    pytest.fail(process.stderr.read().decode())


@pytest.mark.parametrize("killed_at", [3, 8])
def test_a_killed_training_goes_on_as_if_nothing_had_happened(
    base: Path, tmp_path: Path, killed_at: int
) -> None:
    through = start(base, tmp_path / "through")
    assert through.wait(120) == 0, through.communicate()[1].decode()
    through.communicate()
    killed = start(base, tmp_path / "killed")
    wait_for(killed, killed_at)
    killed.kill()
    killed.communicate()
    assert not (tmp_path / "killed").exists()
    resumed = start(base, tmp_path / "killed", "resume")
    assert resumed.wait(120) == 0, resumed.communicate()[1].decode()
    resumed.communicate()
    assert weights(tmp_path / "through") == weights(tmp_path / "killed")


def test_two_trainings_at_once_and_ctrl_c(base: Path, tmp_path: Path) -> None:
    running = start(base, tmp_path / "out")
    wait_for(running, 1)
    with pytest.raises(TrainingError, match="Another process"):
        train(dataset(), config(base), tmp_path / "out")
    time.sleep(0.1)
    os.kill(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert b"interrupted; a checkpoint was kept" in errors
    with pytest.raises(TrainingError, match="differs in"):
        train(dataset(), config(base), tmp_path / "out", resume=True)
    with pytest.raises(TrainingError, match="unfinished") as caught:
        train(dataset(), config(base), tmp_path / "out")
    assert "--resume" in caught.value.hint
    again = start(base, tmp_path / "out", "resume")
    assert again.wait(120) == 0, again.communicate()[1].decode()
    again.communicate()
