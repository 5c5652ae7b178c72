"""Preference tuning on a tiny random model: as whole, as resumable as any training."""

import errno
import importlib.util
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

from tiny_base import make_base

from chorei.adapters.records import (
    Preference,
    Preferences,
    Split,
    Turn,
    exchange,
    prepare,
    prepare_preferences,
    read_records,
)
from chorei.adapters.registry import Registry
from chorei.adapters.training import TrainingConfig, train
from chorei.adapters.tuning import Objective, Start, TuningConfig, tune
from chorei.core import TrainingError

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


@pytest.fixture(scope="module")
def start(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Start:
    folder = tmp_path_factory.mktemp("adapters") / "one"
    records = [exchange(f"What is T{n}?", f"Thing {n}.") for n in range(6)]
    records += [exchange("Please explain T1", "Thing 1.", split=Split.HELD_OUT),
                exchange("Tell me about T2", "Thing 2.", split=Split.HELD_OUT)]  # fmt: skip
    settings = TrainingConfig(base=str(base), epochs=20, batch=4, rank=4, precision="float32",
                              threads=1, learning_rate=1e-2)  # fmt: skip
    train(prepare(records), settings, folder)
    return Start(folder=folder, sha256="s")


def pair(question: str, chosen: str = "", rejected: str = "") -> Preference:
    prompt = (Turn(role="user", content=question),)
    return Preference(prompt=prompt, chosen=chosen, rejected=rejected)


def pairs(count: int = 8) -> Preferences:
    return prepare_preferences(
        [pair(f"What is T{n}?", f"Thing {n}, sir.", f"Stuff {n}") for n in range(count)],
        held_out=0.0,
    )


def thumbs() -> Preferences:
    found = [pair(f"What is T{n}?", chosen="Yes.") for n in range(6)]
    return prepare_preferences([*found, pair("Who?", rejected="No."), pair("How?", rejected="No")])


def config(base: Path, **changes: object) -> TuningConfig:
    settings = {"base": str(base), "epochs": 2, "batch": 4, "rank": 4, "alpha": 32,
                "precision": "float32", "threads": 1, "learning_rate": 1e-3}  # fmt: skip
    return TuningConfig.model_validate(settings | changes)


def weights(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


def test_dpo_begins_at_the_version_it_tunes_and_widens_the_margin(
    base: Path, start: Start, tmp_path: Path
) -> None:
    seen = []
    settings = config(base, start=1, epochs=8)
    tuned = tune(pairs(), settings, tmp_path / "out", start=start, report=seen.append)
    assert len(seen) == 16
    # The model is its own reference at the first step, whichever version it begins with.
    assert seen[0].loss == pytest.approx(math.log(2), abs=1e-4)
    assert seen[0].margin == pytest.approx(0.0, abs=1e-4)
    assert tuned.margin > 0.1
    assert tuned.accuracy == 1.0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"adapter_config.json", "adapter_model.safetensors", "training.json",
                     "history.json", "curve.svg", "margin.svg", "preferences.jsonl",
                     "records.jsonl"}  # fmt: skip
    assert not (tmp_path / ".out.training").exists()
    history = json.loads((tmp_path / "out" / "history.json").read_text())
    assert {"step", "loss", "margin", "chosen", "rejected", "accuracy"} == set(history[0])
    entry = Registry(tmp_path / "registry").add("terms", tmp_path / "out")
    assert (entry.method, entry.objective, entry.parent) == ("lora", "dpo", 1)
    assert entry.training["margin"] == tuned.margin


def test_kto_learns_from_thumbs(base: Path, start: Start, tmp_path: Path) -> None:
    seen = []
    settings = config(base, objective=Objective.KTO, epochs=8, start=1, learning_rate=3e-3)
    tuned = tune(thumbs(), settings, tmp_path / "out", start=start, report=seen.append)
    # A bad answer weighs three times a good one, of which there are three times as many.
    assert 0.5 <= seen[0].loss <= 1.5
    assert tuned.margin is not None
    assert tuned.margin > 0.1
    assert tuned.accuracy is None


@pytest.mark.parametrize("method", ["lora", "rslora", "dora"])
@pytest.mark.parametrize("objective", list(Objective))
def test_the_base_can_be_tuned_too(
    base: Path, tmp_path: Path, method: str, objective: Objective
) -> None:
    settings = config(base, method=method, objective=objective, recompute=True)
    tuned = tune(pairs(), settings, tmp_path / "out")
    assert tuned.steps == (4 if objective is Objective.DPO else 8)
    assert not (tmp_path / "out" / "records.jsonl").exists()
    entry = Registry(tmp_path / "registry").add("terms", tmp_path / "out")
    assert entry.parent is None


def test_the_reference_is_the_version_not_the_base(
    base: Path, start: Start, tmp_path: Path
) -> None:
    from chorei.adapters.training.base import identify, load_for_training
    from chorei.adapters.tuning.monitor import PreferenceMonitor
    from chorei.adapters.tuning.run import _adapted
    from chorei.adapters.tuning.trainer import make_tuner

    said = []
    for adapted in (False, True):
        model, tokenizer = load_for_training(identify(str(base)), device="cpu", bfloat16=False)
        if adapted:
            model = _adapted(model, start.folder)
        trainer = make_tuner(
            config(base), model, tokenizer, pairs().train, (), tmp_path,
            PreferenceMonitor(None, patience=0), device="cpu", bfloat16=False,
        )  # fmt: skip
        said.append(trainer.train_dataset["ref_chosen_logps"])
        assert list(trainer.model.peft_config) == ["default"]
        assert any(p.requires_grad for p in trainer.model.parameters())
    assert said[0] != pytest.approx(said[1], abs=1.0)


def test_phrasings_that_are_trained_now_are_tested_no_more(
    base: Path, start: Start, tmp_path: Path
) -> None:
    asked = prepare_preferences(
        [pair("Please explain T1?", "Thing 1.", "No."), pair("x?", "a", "b")]
    )
    tune(asked, config(base, start=1), tmp_path / "out", start=start)
    records, _ = read_records(tmp_path / "out" / "records.jsonl")
    held = [r.question for r in records if r.split is Split.HELD_OUT]
    assert held == ["Tell me about T2"]


def test_what_the_objective_cannot_learn_from_is_refused(base: Path, tmp_path: Path) -> None:
    good = prepare_preferences([pair("a?", "x"), pair("b?", "y")])
    with pytest.raises(TrainingError, match="DPO learns from pairs"):
        tune(good, config(base), tmp_path / "out")
    with pytest.raises(TrainingError, match="2 good and 0 bad"):
        tune(good, config(base, objective="kto"), tmp_path / "out")
    with pytest.raises(TrainingError, match="batch of two"):
        tune(pairs(), config(base, objective="kto", batch=1), tmp_path / "out")
    with pytest.raises(TrainingError, match="'full' cannot be tuned"):
        tune(pairs(), config(base, method="full"), tmp_path / "out")
    with pytest.raises(TrainingError, match="more than 20 tokens"):
        tune(pairs(), config(base, max_tokens=20), tmp_path / "out")


def test_a_rate_that_ruins_the_model_is_stopped(base: Path, start: Start, tmp_path: Path) -> None:
    settings = config(base, learning_rate=3.0, epochs=30, start=1)
    with pytest.raises(TrainingError, match=r"less likely|rose|became|not fallen") as caught:
        tune(pairs(), settings, tmp_path / "out", start=start)
    assert "5e-6 to 1e-4" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_losing_the_better_answers_with_the_worse_is_noticed() -> None:
    from types import SimpleNamespace

    from chorei.adapters.tuning.monitor import PreferenceMonitor

    monitor = PreferenceMonitor(None, patience=0)
    monitor.floor = -2.0
    args = SimpleNamespace(warmup_steps=0, num_train_epochs=1)
    control = SimpleNamespace(should_training_stop=False, should_save=True)
    # The loss falls all the while; a batch of KTO without better answers says nothing of them.
    rewards = [-3.0, -1.0, -3.0, None, -3.5, None, -4.0]
    for step, reward in enumerate(rewards, start=1):
        assert not control.should_training_stop
        state = SimpleNamespace(global_step=step, max_steps=20)
        logs = {"loss": 0.6 / step, "rewards/rejected": -9.0}
        logs |= {} if reward is None else {"rewards/chosen": reward}
        monitor.on_log(args, state, control, logs)
    assert control.should_training_stop
    assert "ever less likely (reward -4.0) at step 7" in monitor.exploded


def test_it_stops_early_when_the_held_out_loss_rises(
    base: Path, start: Start, tmp_path: Path
) -> None:
    found = [pair(f"What is {n}?", f"a{n}", f"b{n}") for n in range(10)]
    settings = config(base, patience=2, epochs=60, learning_rate=0.02, start=1)
    tuned = tune(prepare_preferences(found, held_out=0.3), settings, tmp_path / "out", start=start)
    assert tuned.stopped_early
    assert tuned.held_out_loss is not None


def test_a_full_disk_leaves_no_half_adapter(
    base: Path, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft import PeftModel

    save = PeftModel.save_pretrained

    def full(self, folder, **arguments) -> None:
        if Path(folder).name == "finished":
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, folder, **arguments)

    monkeypatch.setattr(PeftModel, "save_pretrained", full)
    with pytest.raises(TrainingError, match="disk is full"):
        tune(pairs(), config(base, start=1), tmp_path / "out", start=start)
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    tune(pairs(), config(base, start=1), tmp_path / "out", start=start, resume=True)
    assert (tmp_path / "out" / "training.json").is_file()


_PROGRAM = """
import sys, time, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from chorei.adapters.records import Preference, Turn, prepare_preferences
from chorei.adapters.tuning import Start, TuningConfig, tune
found = [Preference(prompt=(Turn(role="user", content=f"What is T{n}?"),),
                    chosen=f"Thing {n}, sir.", rejected=f"Stuff {n}") for n in range(8)]
config = TuningConfig(base=sys.argv[1], objective=sys.argv[2], epochs=4, batch=4, rank=4,
                      precision="float32", threads=1, save_every=2, start=1, learning_rate=1e-3)
def report(progress):
    print(progress.step, flush=True)
    time.sleep(0.1)
tune(prepare_preferences(found, held_out=0), config, Path(sys.argv[4]), report=report,
     start=Start(folder=Path(sys.argv[3]), sha256="s"), resume="resume" in sys.argv)
"""


def begin(base: Path, objective: str, start: Start, out: Path, *more: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(base), objective, str(start.folder), str(out), *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def wait_for(process: subprocess.Popen, step: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == str(step).encode():
            return
    assert process.stderr is not None
    pytest.fail(process.stderr.read().decode())


@pytest.mark.parametrize("objective", list(Objective))
def test_a_killed_tuning_goes_on_as_if_nothing_had_happened(
    base: Path, start: Start, tmp_path: Path, objective: str
) -> None:
    through = begin(base, objective, start, tmp_path / "through")
    _, errors = through.communicate(timeout=900)
    assert through.returncode == 0, errors.decode()
    killed = begin(base, objective, start, tmp_path / "killed")
    wait_for(killed, 5)
    killed.kill()
    killed.communicate()
    assert not (tmp_path / "killed").exists()
    resumed = begin(base, objective, start, tmp_path / "killed", "resume")
    _, errors = resumed.communicate(timeout=900)
    assert resumed.returncode == 0, errors.decode()
    assert weights(tmp_path / "through") == weights(tmp_path / "killed")
    first, second = (
        json.loads((tmp_path / name / "history.json").read_text()) for name in ("through", "killed")
    )
    assert first == second


def test_two_tunings_at_once_and_ctrl_c(base: Path, start: Start, tmp_path: Path) -> None:
    running = begin(base, "dpo", start, tmp_path / "out")
    wait_for(running, 1)
    with pytest.raises(TrainingError, match="Another process"):
        tune(pairs(), config(base, start=1), tmp_path / "out", start=start)
    os.kill(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=900)
    assert b"interrupted; a checkpoint was kept" in errors
    other = Start(folder=start.folder, sha256="another")
    with pytest.raises(TrainingError, match="differs in") as caught:
        tune(pairs(), config(base, start=1), tmp_path / "out", start=other, resume=True)
    assert "start" in str(caught.value)
    again = begin(base, "dpo", start, tmp_path / "out", "resume")
    _, errors = again.communicate(timeout=900)
    assert again.returncode == 0, errors.decode()
