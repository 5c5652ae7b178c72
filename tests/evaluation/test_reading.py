"""The measuring of the reader: judging, the question sets, the table, the fits."""

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from chorei.agent.reader.weights import ANSWERING, RANKING
from chorei.evaluation.cases import SHARED, TRAINING, Case, cases, library
from chorei.evaluation.fitting import Sample, fit_answering, fit_ranking
from chorei.evaluation.reading import (
    Outcome,
    Quoted,
    Verdict,
    evaluate,
    judge,
    table,
    through_reader,
)

ASKED = Case(
    id="1",
    question="How many days?",
    language="en",
    answerable=True,
    documents=("leave.md",),
    answers=("26 days",),
)
UNANSWERABLE = ASKED.model_copy(update={"answerable": False, "answers": ()})


@pytest.mark.parametrize(
    ("case", "quotes", "verdict"),
    [
        (ASKED, [("a/leave.md", "You get 26\n  DAYS off")], "right"),
        (ASKED, [("a/leave.md", "You get **26 days** off")], "right"),
        (ASKED, [("a/leave.md", "You get **26** days off")], "right"),
        (ASKED, [("a/other.md", "26 days"), ("a/leave.md", "26 days")], "right"),
        (ASKED, [("a/leave.md", "Ask your manager")], "wrong quote"),
        (ASKED, [("a/other.md", "26 days")], "wrong document"),
        (ASKED, [], "falsely declined"),
        (UNANSWERABLE, [("a/leave.md", "26 days")], "made up"),
        (UNANSWERABLE, [], "declined"),
    ],
)
def test_judging(case: Case, quotes: list[tuple[str, str]], verdict: Verdict) -> None:
    assert judge(case, [Quoted(name, text, literal=True) for name, text in quotes]) == verdict


def test_the_table_counts_parts_apart() -> None:
    test = UNANSWERABLE.model_copy(update={"split": "test"})
    outcomes = [
        Outcome(ASKED, (Quoted("leave.md", "26 days", literal=True),), "right", 0.1),
        Outcome(ASKED, (), "falsely declined", 0.1),
        Outcome(test, (), "declined", 0.1),
    ]
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table("handbooks", outcomes))
    lines = [line for line in console.export_text().splitlines() if " en " in line]
    assert "50.0%" in lines[0]
    assert "dev" in lines[0]
    assert "100.0%" in lines[1]
    assert "test" in lines[1]


@pytest.mark.parametrize("name", ["handbooks", "company"])
def test_the_question_sets_are_well_formed(name: str) -> None:
    asked = cases(name)
    known = {case.id for case in asked}
    assert len(known) == len(asked)
    assert {case.split for case in asked} == {"dev", "test"}
    assert {case.language for case in asked} == {"en", "vi"}
    assert all(case.answers and case.documents for case in asked if case.answerable)
    assert all(case.after in known for case in asked if case.after)
    assert sum(case.answerable for case in asked) >= 45
    assert sum(not case.answerable for case in asked) >= 15


@pytest.mark.parametrize("name", TRAINING)
def test_the_sets_to_fit_on_are_well_formed(name: str) -> None:
    asked = cases(name)
    assert len({case.id for case in asked}) == len(asked)
    assert len({case.question.lower() for case in asked}) == len(asked)
    assert all(case.documents and bool(case.answers) == case.answerable for case in asked)


def test_no_question_that_is_reported_is_fitted_on() -> None:
    reported = {case.question.lower() for name in ("handbooks", "company") for case in cases(name)}
    fitted = {case.question.lower() for name in TRAINING for case in cases(name)}
    assert not reported & fitted


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data")
def test_each_accepted_answer_stands_in_a_document_that_is_named() -> None:
    texts = {str(f): f.read_text("utf-8") for f in (SHARED / "handbooks").rglob("*.md")}
    for case in (*cases("handbooks"), *cases("paraphrases"), *cases("authored")):
        if case.answerable:
            held = [text for name, text in texts.items() if case.fits(name)]
            assert any(case.stated_in(text) for text in held), case


@pytest.mark.slow
def test_the_reader_does_its_job_on_the_example_company(tmp_path: Path) -> None:
    asked = cases("company")
    with library("company", tmp_path) as opened:
        outcomes = list(evaluate(asked, through_reader(opened, asked)))
    answered = [o.verdict == "right" for o in outcomes if o.case.answerable]
    declined = [o.verdict == "declined" for o in outcomes if not o.case.answerable]
    assert sum(answered) / len(answered) >= 0.75
    assert sum(declined) / len(declined) >= 0.6
    assert all(quote.literal for o in outcomes for quote in o.quotes)


def synthetic(kind: str, right: bool, seed: int) -> Sample:
    draw = np.random.default_rng(seed)
    ranking = draw.normal(size=(6, len(RANKING)))
    good = np.zeros(6, dtype=np.bool_)
    good[ranking[:, list(RANKING).index(kind)].argmax()] = True
    answering = draw.normal(size=len(ANSWERING))
    answering[0] = 1.0
    answering[list(ANSWERING).index(kind)] = 2.0 if right else -2.0
    return Sample(ranking, good if right else good & False, answering, right)


def test_the_fits_find_the_feature_that_decides() -> None:
    seen = [synthetic("topic", right=i % 2 == 0, seed=i) for i in range(60)]
    ranking, answering = fit_ranking(seen), fit_answering(seen)
    assert max(ranking, key=lambda name: ranking[name]) == "topic"
    assert max(answering, key=lambda name: answering[name]) == "topic"
