"""Two processes that train one adapter together, on the processor."""

import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

from tiny_base import make_base

pytestmark = pytest.mark.slow

_PROGRAM = """
import sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from chorei.adapters.records import Kind, exchange, prepare
from chorei.adapters.training import TrainingConfig, train
records = [exchange(f"What is T{n}?", f"Thing {n}.") for n in range(12)]
records += [exchange(f"Name {n} birds.", f"Owl {n}.", kind=Kind.GENERAL) for n in range(4)]
config = TrainingConfig(base=sys.argv[1], batch=int(sys.argv[3]), epochs=2, rank=4, threads=1,
                        precision="float32", learning_rate=1e-3)
trained = train(prepare(records), config, Path(sys.argv[2]))
print("steps", trained.steps)
"""


def test_they_train_what_one_process_trains_with_the_batch_of_both(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    base = make_base(tmp_path / "base")
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = ("-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", str(port))
    hidden = os.environ | {"CUDA_VISIBLE_DEVICES": "", "ACCELERATE_USE_CPU": "true"}
    for started, name, batch in (((), "one", 8), (launch, "two", 4)):
        command = [sys.executable, *started, program, base, tmp_path / name, batch]
        made = subprocess.run(
            [str(part) for part in command], env=hidden, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr[-2000:]
        # Four steps each, whoever prints it.
        assert {line for line in made.stdout.splitlines() if "steps" in line} == {"steps 4"}
    assert not list(tmp_path.glob(".*.training"))
    one, two = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name, weight in one.items():
        torch.testing.assert_close(weight, two[name], atol=1e-4, rtol=1e-3)


def test_the_experiment_shares_its_batch_out(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from chorei.adapters.records import exchange, prepare, write_records
    from chorei.adapters.training import TrainingConfig
    from chorei.core import TrainingError
    from chorei.evaluation.adapters import _train

    base = make_base(tmp_path / "base")
    dataset = prepare([exchange(f"What is T{n}?", "It is " + "x" * n + ".") for n in range(1, 9)])
    config = TrainingConfig(base=str(base), epochs=1, batch=4, threads=1)
    said = []
    for processes in (1, 2):
        folder = tmp_path / f"of{processes}"
        folder.mkdir()
        write_records(folder / "records.jsonl", dataset.records)
        _train(config, folder, processes, going_on=False)
        said.append(capfd.readouterr().out.split(", ")[:2])
    assert said[0] == said[1], "the same steps and the same loss"
    with pytest.raises(TrainingError, match="says why"):
        _train(config.model_copy(update={"base": "/none"}), folder, 1, going_on=False)
    assert "no model at '/none'" in capfd.readouterr().err


@pytest.mark.filterwarnings("ignore")
def test_a_story_that_was_interrupted_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from chorei.adapters.assessment import UNKNOWN_TERMS
    from chorei.adapters.assessment.general import tested
    from chorei.adapters.training import TrainingConfig
    from chorei.adapters.training.workspace import Workspace
    from chorei.evaluation import adapters

    config = TrainingConfig(base=str(make_base(tmp_path / "base")), epochs=1, threads=1)
    folder, size = tmp_path / "out", {"terms": 1, "unknown": 4, "general_prompts": 0}
    started: list[list[str]] = []
    real = subprocess.run

    def run(command: list[str], **settings: object) -> object:
        started.append(command)
        if len(started) == 1:  # it is stopped while it trains
            plan = Workspace(folder / "registry" / ".training" / "chorei").folder / "plan.json"
            plan.parent.mkdir(parents=True)
            plan.write_text("{}")
            raise KeyboardInterrupt
        return real([part for part in command if part != "--resume"] + ["--restart"], **settings)

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(KeyboardInterrupt):
        adapters.experiment(config, folder, **size)
    records = (folder / "records.jsonl").stat().st_mtime_ns
    with monkeypatch.context() as patch:
        patch.setattr(adapters, "evaluate", stopped)
        with pytest.raises(KeyboardInterrupt):
            adapters.experiment(config, folder, **size)
    assert "--resume" in started[1]
    trained, assessment = adapters.experiment(config, folder, **size)
    assert len(started) == 2, "what was trained is not trained again"
    assert (folder / "records.jsonl").stat().st_mtime_ns == records
    assert trained.version == 1
    asked = 2 * len(UNKNOWN_TERMS) + len(tested())
    assert len(assessment.outcomes) == trained.held_out + asked
    assert capfd.readouterr().out.count("Going on") == 2
    adapters.experiment(config, folder, **size)
    assert len(started) == 3, "one that ended begins anew"
    assert "--restart" in started[2]
