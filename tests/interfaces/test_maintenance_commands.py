import json

import fakes
import pytest

from chorei.interfaces import checks
from chorei.retrieval.report import Verification

pytestmark = pytest.mark.usefixtures("library")


def test_verify_of_a_sound_library(run):
    result = run("verify")
    assert result.exit_code == 0
    assert result.stdout == (
        "changed since it was added: prices.csv\nsound: 3 documents, 3 passages, 3 indexed\n"
    )
    assert json.loads(run("verify", "--json").stdout)["ok"] is True


def test_verify_of_a_damaged_library_fails(run, monkeypatch):
    broken = Verification(ok=False, problems=("Passage 3 is lost.",))
    monkeypatch.setattr(fakes.FakeLibrary, "verify", lambda _: broken)
    result = run("verify")
    assert result.exit_code == 1
    assert "damaged: Passage 3 is lost." in result.stdout


def test_rebuild_with_another_embedder(run):
    assert "embedder builtin" in run("rebuild").stdout
    result = run("rebuild", "--embedder", "mini", "--json")
    assert json.loads(result.stdout)["embedder"] == "mini"
    assert 'embedder = "mini"' in result.stderr
    assert run("rebuild", "--embedder", "builtin").stderr == ""


def test_doctor_without_a_library_says_how_to_begin(run, tmp_path):
    (tmp_path / "new").mkdir()
    result = run("doctor", "--library", tmp_path / "new")
    assert result.exit_code == 0
    assert "→ Add documents with: chorei add PATH" in result.stdout


def test_doctor_says_what_to_do(run, library):
    (library / "catalogue.sqlite").touch()
    result = run("doctor")
    assert result.exit_code == 0
    assert "ok   python" in result.stdout
    assert "2 of 3 passages\n" in result.stdout
    assert "→ Words still find the rest; run: chorei rebuild" in result.stdout
    found = {check["name"]: check for check in json.loads(run("doctor", "--json").stdout)}
    assert found["files"]["status"] == "warn"
    assert found["sessions"]["detail"] == "0 conversations"


def test_doctor_fails_on_what_is_broken(run, monkeypatch):
    monkeypatch.setattr(checks.metadata, "version", lambda _: "0.0.1")
    result = run("doctor")
    assert result.exit_code == 1
    assert "chromadb 0.0.1 is not" in result.stdout
    monkeypatch.undo()


def test_doctor_reports_a_bad_setting(run, monkeypatch):
    monkeypatch.setenv("CHOREI_MAX_QUOTE", "3")
    result = run("doctor")
    assert result.exit_code == 1
    assert "→ Did you mean 'CHOREI_MAX_QUOTES'?" in result.stdout


def test_sessions_are_listed_shown_exported_and_deleted(run, tmp_path):
    assert "No conversations yet" in run("sessions").stderr
    run("ask", "leave?", "--session", "abc1")
    run("ask", "2*3", "--session", "abd2")
    assert run("sessions").stdout.splitlines()[0] == "abc1\t2026-02-01 09:30\t1\tleave?"
    assert [s["id"] for s in json.loads(run("sessions", "--json").stdout)] == ["abc1", "abd2"]
    assert run("sessions", "list").stdout == run("sessions").stdout
    assert "**leave?**" in run("sessions", "show", "abc").stdout
    file = tmp_path / "out.md"
    assert run("sessions", "export", "abc1", "-o", file).exit_code == 0
    assert "**leave?**" in file.read_text(encoding="utf-8")
    assert run("sessions", "export", "abc1", "--format", "json").stdout == "[]"
    assert run("sessions", "show", "ab").exit_code == 1
    assert run("sessions", "show", "zz").exit_code == 1
    assert run("sessions", "export", "abc1", "-o", tmp_path / "no" / "out.md").exit_code == 1
    assert run("sessions", "delete", "abc1").stdout == "deleted abc1\n"
    assert [s["id"] for s in json.loads(run("sessions", "--json").stdout)] == ["abd2"]
