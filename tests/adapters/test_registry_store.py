"""The registry: versions, the gate, rollback; nothing damaged, pickled or of another base."""

import datetime as dt
import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chorei.adapters.registry import Evaluation, Measured, Registry, readable_safetensors
from chorei.core import GateError, RegistryError

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def safetensors(values: int = 4) -> bytes:
    header = json.dumps({"a": {"dtype": "F32", "shape": [values], "data_offsets": [0, 4 * values]}})
    return struct.pack("<Q", len(header)) + header.encode() + bytes(4 * values)


def adapter(folder: Path, *, base: str = "b" * 64, rank: int = 16) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(safetensors())
    (folder / "adapter_config.json").write_text("{}")
    trained = {
        "config": {"method": "lora", "rank": rank},
        "base": {"reference": "smollm2", "sha256": base, "model_type": "llama"},
        "data": "d" * 64,
        "steps": 10,
        "loss": 0.25,
    }
    (folder / "training.json").write_text(json.dumps(trained))
    return folder


def measured(facts: float, general: float = 0.8, active: int | None = None) -> Evaluation:
    return Evaluation(
        base=Measured(facts=0.0, unknown=1.0, general=0.8),
        adapter=Measured(facts=facts, unknown=1.0, general=general),
        active=Measured(facts=0.9, unknown=1.0, general=0.8) if active else None,
        active_version=active,
        at=NOW,
    )


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "adapters")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return adapter(tmp_path / "made")


def test_an_adapter_goes_through_its_life(registry: Registry, made: Path, tmp_path: Path) -> None:
    assert registry.add("terms", made).version == 1
    assert registry.active_version("terms") is None
    registry.record("terms", 1, measured(0.9))
    registry.promote("terms")
    folder = registry.path("terms", base_sha256="b" * 64)
    assert (folder / "adapter_model.safetensors").is_file()
    assert "90.0%" in (folder / "card.md").read_text()
    registry.add("terms", adapter(tmp_path / "second", rank=8), note="smaller")
    registry.record("terms", 2, measured(0.95, active=1))
    registry.promote("terms")
    assert registry.active_version("terms") == 2
    assert registry.diff("terms", 1, 2)["config.rank"] == (16, 8)
    registry.rollback("terms")
    assert registry.active_version("terms") == 1
    registry.delete("terms", 2)
    assert [(entry.version, active) for entry, active in registry.entries()] == [(1, True)]
    assert registry.add("terms", made).version == 3, "a number is never used twice"
    assert [p.version for p in registry.history("terms")] == [1, 2, 1]


def test_a_worse_adapter_is_refused_with_figures_and_forcing_is_recorded(
    registry: Registry, made: Path
) -> None:
    registry.add("terms", made)
    registry.record("terms", 1, measured(0.9))
    registry.promote("terms")
    registry.add("terms", made)
    with pytest.raises(GateError, match="not evaluated"):
        registry.promote("terms")
    registry.record("terms", 2, measured(0.85, active=1))
    with pytest.raises(GateError, match=r"85\.0%, the active version 1 90\.0%"):
        registry.promote("terms")
    assert registry.active_version("terms") == 1
    registry.promote("terms", force=True)
    assert registry.active_version("terms") == 2
    assert "85.0%" in registry.history("terms")[-1].forced


def test_forgetting_and_learning_nothing_are_worse(registry: Registry, made: Path) -> None:
    for number, (facts, general) in enumerate([(0.9, 0.5), (0.0, 0.8)], start=1):
        registry.add("terms", made)
        registry.record("terms", number, measured(facts, general))
        with pytest.raises(GateError):
            registry.promote("terms", number)


def test_a_comparison_with_an_older_version_does_not_count(registry: Registry, made: Path) -> None:
    for number in (1, 2, 3):
        registry.add("terms", made)
        registry.record("terms", number, measured(0.9, active=1 if number > 1 else None))
    registry.promote("terms", 1)
    registry.promote("terms", 2)
    with pytest.raises(GateError, match="not compared with version 2"):
        registry.promote("terms", 3)


def test_corrupted_weights_are_refused_on_the_way_in_and_out(
    registry: Registry, made: Path
) -> None:
    registry.add("terms", made)
    registry.record("terms", 1, measured(0.9))
    weights = registry.path("terms", 1) / "adapter_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(RegistryError, match="damaged or was exchanged"):
        registry.promote("terms")
    assert registry.active_version("terms") is None
    (made / "adapter_model.safetensors").write_bytes(safetensors()[:-3])
    with pytest.raises(RegistryError, match="damaged"):
        registry.add("terms", made)


@pytest.mark.parametrize(
    "data",
    [b"", b"1234", struct.pack("<Q", 2**40) + b"{}", struct.pack("<Q", 2) + b"{}x", b"\x80\x04" * 9,
     struct.pack("<Q", 4) + b"[1]x"],
)  # fmt: skip
def test_what_is_no_safetensors_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    with pytest.raises(RegistryError):
        readable_safetensors(path)


def test_a_pickle_is_refused(registry: Registry, made: Path) -> None:
    (made / "adapter_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(RegistryError, match="pickle"):
        registry.add("terms", made)
    assert registry.names() == []


def test_a_wrong_base_is_refused(registry: Registry, made: Path) -> None:
    registry.add("terms", made)
    with pytest.raises(RegistryError, match="not on this model"):
        registry.path("terms", 1, base_sha256="c" * 64)


def test_an_active_version_is_not_deleted(registry: Registry, made: Path) -> None:
    registry.add("terms", made)
    registry.promote("terms", force=True)
    with pytest.raises(RegistryError, match="is active"):
        registry.delete("terms", 1)


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "ä", "-x", "x" * 65])
def test_unfit_names_are_refused(registry: Registry, made: Path, name: str) -> None:
    with pytest.raises(RegistryError, match="is no name"):
        registry.add(name, made)


def test_unknown_names_are_answered_with_the_known(registry: Registry, made: Path) -> None:
    registry.add("terms", made)
    with pytest.raises(RegistryError, match="Registered: terms"):
        registry.entry("term")
    with pytest.raises(RegistryError, match="Its versions: 1"):
        registry.entry("terms", 7)


_WRITER = """
import datetime as dt, sys
from pathlib import Path
from chorei.adapters.registry import Evaluation, Measured, Registry
registry = Registry(Path(sys.argv[1]))
share = Measured(facts=0.9, unknown=1.0, general=0.8)
print("ready", flush=True)
while True:
    entry = registry.add("terms", Path(sys.argv[2]))
    before = registry.active_version("terms")
    registry.record("terms", entry.version, Evaluation(base=Measured(), adapter=share,
        active=share if before else None, active_version=before, at=dt.datetime.now(dt.UTC)))
    registry.promote("terms")
    if before and before > 1:
        registry.delete("terms", before - 1)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_a_whole_registry(tmp_path: Path, made: Path) -> None:
    home = tmp_path / "adapters"
    registry = Registry(home)
    last = 0
    for attempt in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(home), str(made)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.02 + 0.017 * attempt)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if "terms" in registry.names() and registry.active_version("terms"):
            version = registry.active_version("terms")
            assert version is not None
            assert version >= last
            last = version
            registry.path("terms")
            assert any(active for _, active in registry.entries())
    registry.add("terms", made)
    assert not list(home.glob(".incoming-*"))
    assert last > 0
