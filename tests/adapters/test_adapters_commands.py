"""``chorei adapters`` from records to an export, as a person types it."""

import importlib.util
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chorei.core import ChoreiError
from chorei.interfaces.adapters import adapters

TERMS = Path(__file__).resolve().parents[2] / "examples" / "records" / "chorei-terms.csv"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(adapters, [str(a) for a in arguments])
    if result.exception and isinstance(result.exception, ChoreiError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_records_are_made_from_a_glossary_and_checked(tmp_path: Path) -> None:
    run("records", TERMS, "--from", "glossary", "--output", tmp_path / "r.jsonl")
    found = json.loads(run("records", tmp_path / "r.jsonl", "--json"))
    assert found["topics"] == 42
    assert found["held_out"] == 84


def test_unknown_terms_are_added_where_asked_for(tmp_path: Path) -> None:
    made = ("records", TERMS, "--from", "glossary", "--unknown", 30, "--output")
    found = json.loads(run(*made, tmp_path / "r.jsonl", "--json"))
    assert found["kinds"] == {"fact": 336, "unknown": 30}
    assert "kinds: 336 fact, 30 unknown" in run("records", tmp_path / "r.jsonl")


def test_an_option_wins_over_the_file_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StopError(Exception):
        pass

    def stop(_dataset: object, chosen: object, *_: object, **__: object) -> None:
        seen.append(chosen)
        raise StopError

    seen: list = []
    monkeypatch.setattr("chorei.adapters.training.train", stop)
    lines = [{"prompt": f"What is T{n}?", "response": f"Thing {n}."} for n in range(3)]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "c.json").write_text('{"rank": 4, "epochs": 2, "alpha": 9}')
    common = ("train", tmp_path / "r.jsonl", "--name", "x", "--registry", tmp_path / "a")
    result = CliRunner().invoke(
        adapters, [str(a) for a in (*common, "--config", tmp_path / "c.json", "--rank", 8)]
    )
    assert isinstance(result.exception, StopError)
    assert "--rank 8 wins over 4" in " ".join(result.output.split())
    assert "--epochs" not in result.output
    assert (seen[0].rank, seen[0].epochs, seen[0].alpha, seen[0].base) == (8, 2, 9, "smollm2")
    for text, message in (("[1]", "no JSON object"), ("{", "is no JSON"), ('{"rnk": 1}', "rnk")):
        (tmp_path / "c.json").write_text(text)
        with pytest.raises(ChoreiError, match=message):
            run(*common, "--config", tmp_path / "c.json")


def test_mistakes_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("")
    with pytest.raises(ChoreiError, match="holds no records"):
        run("train", tmp_path / "r.jsonl", "--name", "x", "--registry", tmp_path / "a")
    with pytest.raises(ChoreiError, match="no adapter 'x'"):
        run("promote", "x", "--registry", tmp_path / "a")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="needs the extra train")
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_adapter_is_trained_measured_promoted_and_exported(tmp_path: Path) -> None:
    from tiny_base import make_base

    base = make_base(tmp_path / "base")
    lines = [
        {"prompt": f"{ask} T{n}?", "response": f"Thing {n}.", "topic": f"T{n}", "split": split}
        for n in range(4)
        for ask, split in (("What is", "train"), ("Please explain to me", "held_out"))
    ]
    records = tmp_path / "r.jsonl"
    records.write_text("\n".join(map(json.dumps, lines)))
    home = ("--registry", tmp_path / "adapters")
    out = run("train", records, "--name", "terms", "--base", base, "--epochs", 1, *home)
    assert "terms version 1" in out
    measured = json.loads(
        run("evaluate", "terms", *home, "--report", tmp_path / "report", "--json")
    )
    assert measured["base"]["facts"] == 0.0
    assert "<svg" in (tmp_path / "report" / "report.svg").read_text()
    assert "held-out phrasings right | 4 |" in (tmp_path / "report" / "report.md").read_text()
    # A random model with one epoch learns nothing, and the gate says so.
    with pytest.raises(ChoreiError, match="no better than the base"):
        run("promote", "terms", *home)
    assert "version 1 is active" in run("promote", "terms", "--force", *home)
    assert "forced" in run("show", "terms", *home)
    assert json.loads(run("list", "--json", *home))[0]["active"] is True
    assert "docker run" in run("export", "terms", tmp_path / "tgi", "--for", "tgi", *home)
