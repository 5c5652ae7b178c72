"""Served adapters held against the trainer's model, with a base of a few thousand parameters."""

import importlib.util
import shutil
from pathlib import Path

import pytest

if importlib.util.find_spec("torch") is None or importlib.util.find_spec("trl") is None:
    pytest.skip("needs the extra train", allow_module_level=True)

from tgi_fake import FakeTGI
from tiny_base import make_base

from chorei.adapters.export import export
from chorei.adapters.records import exchange, prepare
from chorei.adapters.registry import Registry
from chorei.adapters.serving import exported_for, parity, parity_prompts
from chorei.adapters.training import TrainingConfig, train
from chorei.core import AdapterError, AdapterNotFoundError, RecordsError
from chorei.interfaces.main import main

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

PROMPTS = "What is T0?\n\nWhat is T3?\nWhat is T5?\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base, a registry with two versions, and prompts."""
    folder = tmp_path_factory.mktemp("parity")
    base = make_base(folder / "base")
    registry = Registry(folder / "registry")
    for word in ("Thing", "Matter"):
        records = [exchange(f"What is T{n}?", f"{word} {n}.") for n in range(8)]
        config = TrainingConfig(
            base=str(base), epochs=20, batch=4, rank=4, learning_rate=0.02, precision="float32"
        )
        train(prepare(records), config, folder / word)
        registry.add("terms", folder / word)
    (folder / "prompts.txt").write_text(PROMPTS)
    return folder


def test_in_process_it_answers_as_it_was_trained(trained: Path) -> None:
    registry = Registry(trained / "registry")
    export(registry, "terms", trained / "peft", target="local", version=1)
    name = f"local:{trained / 'base'}#{trained / 'peft'}"
    prompts = parity_prompts(trained / "prompts.txt")
    assert [record.question for record in prompts] == PROMPTS.split("\n")[0:1] + PROMPTS.split(
        "\n"
    )[2:4]
    found = parity(registry, "terms", name, version=1, prompts=prompts, max_new_tokens=12)
    assert found.passed, found.problems
    assert {one.prompt_told for one in found.prompts} == {"text"}
    assert all(one.changed and one.expected for one in found.prompts)
    assert found.count("same") == 3


def test_another_version_is_found_out(trained: Path) -> None:
    registry = Registry(trained / "registry")
    name = f"local:{trained / 'base'}#{registry.path('terms', 1)}"
    prompts = parity_prompts(trained / "prompts.txt")
    found = parity(registry, "terms", name, version=2, prompts=prompts, max_new_tokens=12)
    assert not found.passed
    assert found.count("different") > 0
    assert "not those of this version" in found.problems[0]


def test_a_merged_model_is_compared_without_a_served_base(trained: Path) -> None:
    registry = Registry(trained / "registry")
    export(registry, "terms", trained / "merged", target="vllm", version=1, merge=True)
    prompts = parity_prompts(trained / "prompts.txt")
    asked = {"version": 1, "prompts": prompts, "max_new_tokens": 12}
    found = parity(registry, "terms", f"local:{trained / 'merged'}", **asked)
    assert found.passed, found.problems
    assert found.prompts[0].base is None
    (problem,) = parity(registry, "terms", f"local:{trained / 'base'}", **asked).problems
    assert "ignores the adapter" in problem


def test_a_tgi_that_silently_serves_the_base_is_found_out(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeTGI() as server:
        arguments = ["adapters", "parity", "terms", "--registry", str(trained / "registry")]
        arguments += ["--prompts", str(trained / "prompts.txt"), "--tokens", "12"]
        code = main([*arguments, "--model", f"tgi:{server.address}#terms"])
    printed = capsys.readouterr()
    assert code == 1
    assert "ignores the adapter: all 3 answers" in printed.err
    assert printed.out.count("ignored") == 3


def test_the_command_says_that_it_is_the_adapter(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = Registry(trained / "registry")
    name = f"local:{trained / 'base'}#{registry.path('terms', 2)}"
    arguments = ["adapters", "parity", "terms", "--registry", str(trained / "registry")]
    arguments += ["--prompts", str(trained / "prompts.txt"), "--tokens", "12"]
    assert main([*arguments, "--model", name]) == 0
    assert "answers as terms version 2" in capsys.readouterr().out


def test_an_adapter_that_is_not_served_is_an_error(trained: Path) -> None:
    name = f"local:{trained / 'base'}#{trained / 'nowhere'}"
    with pytest.raises(AdapterNotFoundError):
        parity(Registry(trained / "registry"), "terms", name)


def test_a_file_of_prompts_must_hold_some(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(RecordsError, match="one question a line"):
        parity_prompts(tmp_path / "empty.txt")
    with pytest.raises(RecordsError, match="cannot be read"):
        parity_prompts(tmp_path / "nowhere.txt")


def test_what_is_loaded_at_run_time_is_exported_once(trained: Path, tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry")
    shutil.copytree(trained / "registry", tmp_path / "registry")
    folder = Path(exported_for(registry, "terms", "vllm:http://h:1", version=1))
    assert {path.name for path in folder.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "knows.json",
    }
    assert exported_for(registry, "terms", "vllm:http://h:1", version=1) == str(folder)
    assert exported_for(registry, "terms", "llamacpp:http://h:1") == ""
    assert registry.names() == ["terms"]


def test_what_must_be_merged_is_not_loaded(trained: Path, tmp_path: Path) -> None:
    config = TrainingConfig(
        base=str(trained / "base"), method="dora", epochs=1, batch=4, rank=4, precision="float32"
    )
    records = [exchange(f"What is T{n}?", f"Thing {n}.") for n in range(4)]
    train(prepare(records), config, tmp_path / "made")
    registry = Registry(tmp_path / "registry")
    registry.add("dora", tmp_path / "made")
    with pytest.raises(AdapterError, match="DoRA") as caught:
        exported_for(registry, "dora", "sglang:http://h:1")
    assert "merged" in caught.value.hint
