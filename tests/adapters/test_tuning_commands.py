"""From ratings to a tuned, measured version, as a person types it."""

import importlib.util
import json
from pathlib import Path

import pytest
from test_registry_store import adapter
from typer.testing import CliRunner

from chorei.adapters.registry import Registry
from chorei.core import ChoreiError, Rating
from chorei.interfaces.adapters import adapters


def run(*arguments: object) -> str:
    result = CliRunner().invoke(adapters, [str(a) for a in arguments])
    if result.exception and isinstance(result.exception, ChoreiError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    found = [
        Rating(question=f"What is T{n}?", answer=f"Stuff {n}", rating="down",
               correction=f"Thing {n}, sir.", origin="model")
        for n in range(8)
    ]  # fmt: skip
    found.append(Rating(question="How much?", answer="12", rating="up", origin="documents"))
    file = tmp_path / "ratings.jsonl"
    file.write_text("".join(json.dumps(one.as_json()) + "\n" for one in found))
    return file


def test_records_and_preferences_are_made_from_ratings(ratings: Path, tmp_path: Path) -> None:
    out = run("records", ratings, "--from", "ratings", "--output", tmp_path / "r.jsonl")
    assert "1 rated answers that are not the model's own words are left out" in out
    found = json.loads(run("records", tmp_path / "r.jsonl", "--json"))
    assert found["records"] == 8
    assert json.loads(run("records", ratings, "--from", "ratings", "--quoted", "--json"))[
        "records"
    ] == 9  # fmt: skip
    run("preferences", ratings, "--from", "ratings", "--output", tmp_path / "p.jsonl")
    found = json.loads(run("preferences", tmp_path / "p.jsonl", "--json"))
    assert (found["pairs"], found["up"], found["held_out"]) == (8, 0, 2)


def test_ratings_that_teach_nothing_and_wrong_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    one = Rating(question="How much?", answer="12", rating="up", origin="documents")
    file.write_text(json.dumps(one.as_json()))
    for command in ("records", "preferences"):
        with pytest.raises(ChoreiError, match="can be learned from"):
            run(command, file, "--from", "ratings")
    with pytest.raises(ChoreiError, match="neither 'chosen'"):
        run("preferences", file)
    Registry(tmp_path / "a").add("terms", adapter(tmp_path / "made"))
    with pytest.raises(ChoreiError, match="has no version 3"):
        run("tune", file, "--name", "terms", "--start", 3, "--registry", tmp_path / "a")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="needs the extra train")
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_version_is_tuned_measured_and_refused(
    ratings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tiny_base import make_base

    from chorei.adapters.assessment import drift

    monkeypatch.setattr(drift, "_LONGEST", 16)
    base = make_base(tmp_path / "base")
    lines = [{"prompt": f"What is T{n}?", "response": f"Thing {n}."} for n in range(4)]
    records = tmp_path / "r.jsonl"
    records.write_text("\n".join(map(json.dumps, lines)))
    home = ("--registry", tmp_path / "adapters")
    run("train", records, "--name", "terms", "--base", base, "--epochs", 1, "--rank", 4, *home)
    tuning = ("tune", ratings, "--from", "ratings", "--name", "terms", "--threads", 1, *home)
    out = run(*tuning, "--epochs", 1, "--loraplus", 4)
    assert "terms version 2, tuned from version 1: 2 steps" in out
    assert "margin" in out
    listed = json.loads(run("list", "--json", *home))
    assert [(e["objective"], e["parent"]) for e in listed] == [("sft", None), ("dpo", 1)]
    assert listed[1]["config"]["rank"] == 4
    assert listed[1]["config"]["loraplus"] == 4
    assert "lora, dpo from version 1" in run("list", *home)
    out = run("evaluate", "terms", *home, "--report", tmp_path / "report")
    assert "preferences that moved the right way: " in out
    assert "(≤ 1.5 times)" in out
    assert "## Beside what it was tuned from" in (tmp_path / "report" / "report.md").read_text()
    assert Registry(tmp_path / "adapters").entry("terms").evaluation.drift.preferences == 2
    # The base alone, from thumbs; then what it was tuned from is gone.
    out = run(*tuning, "--start", 0, "--base", base, "--method", "kto", "--epochs", 1)
    assert "terms version 3, tuned from the base" in out
    run("delete", "terms", 1, *home)
    with pytest.raises(ChoreiError, match="from which version 2 was tuned"):
        run("evaluate", "terms", "--version", 2, *home)
