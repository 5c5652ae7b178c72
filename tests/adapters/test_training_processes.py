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
    from chorei.adapters.records import exchange, prepare
    from chorei.adapters.training import TrainingConfig
    from chorei.core import TrainingError
    from chorei.evaluation.adapters import _trained

    base = make_base(tmp_path / "base")
    dataset = prepare([exchange(f"What is T{n}?", "It is " + "x" * n + ".") for n in range(1, 9)])
    config = TrainingConfig(base=str(base), epochs=1, batch=4, threads=1)
    said = []
    for processes in (1, 2):
        assert _trained(dataset, config, tmp_path / f"of{processes}", processes) == 1
        said.append(capfd.readouterr().out.split(", ")[:2])
    assert said[0] == said[1], "the same steps and the same loss"
    with pytest.raises(TrainingError, match="says why"):
        _trained(dataset, config.model_copy(update={"base": "/none"}), tmp_path / "no", 1)
    assert "no model at '/none'" in capfd.readouterr().err
