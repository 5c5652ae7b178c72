"""The printed reference is what the commands say of themselves."""

from pathlib import Path

from chorei.interfaces import __all__
from chorei.interfaces.reference import reference

KEPT = Path(__file__).parents[2] / "docs" / "cli.md"


def test_contract_of_the_room():
    assert __all__ == ["application", "main"]


def test_docs_hold_the_help_of_every_command():
    kept = KEPT.read_text(encoding="utf-8")
    assert kept == reference(), "Run: python -m chorei.interfaces.reference > docs/cli.md"


def test_every_command_over_documents_takes_a_library_and_json():
    sections = reference().split("\n## ")[1:]
    groups = ("chorei\n", "chorei sessions\n", "chorei feedback\n", "chorei adapters")
    leaves = [section for section in sections if not section.startswith(groups)]
    assert len(leaves) == 19
    for section in leaves:
        assert "--library DIR" in section
        assert "--json" in section
