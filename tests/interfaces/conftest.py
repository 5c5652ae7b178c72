"""The commands run against stand-ins, in an empty folder, with a neutral environment."""

import os

import fakes
import pytest
from typer.testing import CliRunner

import chorei.agent
import chorei.retrieval


@pytest.fixture(autouse=True)
def neutral(monkeypatch, tmp_path):
    for name in [*os.environ]:
        if name.startswith(("CHOREI_", "FORCE_COLOR", "TTY_")) or name == "NO_COLOR":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def library(monkeypatch, tmp_path):
    """A library of stand-ins in ``.chorei``; the agent over it is a stand-in too."""
    monkeypatch.setattr(chorei.retrieval, "Library", fakes.FakeLibrary, raising=False)
    monkeypatch.setattr(chorei.agent, "Agent", fakes.FakeAgent, raising=False)
    monkeypatch.setattr(fakes, "SESSIONS", fakes.FakeSessions())
    folder = tmp_path / ".chorei"
    folder.mkdir()
    return folder


@pytest.fixture
def run():
    """Runs a command line in this process; the result has stdout, stderr and exit_code."""
    from chorei.interfaces import application

    def run(*arguments, stdin=None):
        result = CliRunner().invoke(application(), [str(a) for a in arguments], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
