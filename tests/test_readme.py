"""What the README shows runs as shown."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_python_example_prints_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "15 days" in printed
    assert "leave.md 0 45" in printed


def test_the_settings_example_is_valid() -> None:
    from chorei.core import Settings

    (example,) = re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)
    Path("chorei.toml").write_text(example, encoding="utf-8")
    assert Settings.load(environment={}).max_quotes == 2


def test_the_files_it_links_exist() -> None:
    root = Path(__file__).resolve().parent.parent
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (root / target).exists(), target
