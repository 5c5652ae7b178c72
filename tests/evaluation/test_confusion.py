"""Where questions end up: the set is sound, and a few of each kind go where they belong."""

from collections import Counter
from pathlib import Path

import pytest

from chorei.adapters.declaration import declare
from chorei.agent.claims import Claims
from chorei.evaluation import confusion, routing
from chorei.evaluation.confusion import ClaimCase, Ended, claim_cases, claim_records


def test_the_set_is_large_bilingual_and_split_in_halves() -> None:
    cases = claim_cases()
    assert len(cases) >= 200
    assert len({case.id for case in cases}) == len(cases)
    assert {case.route for case in cases} <= set(confusion.ENDS)
    languages, halves = Counter(c.language for c in cases), Counter(c.split for c in cases)
    assert min(languages.values()) >= 100
    assert min(halves.values()) >= 100
    ids = {case.id for case in cases}
    assert all(case.after in ids for case in cases if case.after)


def test_no_question_of_the_set_is_a_trained_one() -> None:
    trained = {record.question.casefold() for record in claim_records() if record.split != "held"}
    asked = [case for case in claim_cases() if case.note in ("faq", "near faq")]
    assert not [case.question for case in asked if case.question.casefold() in trained]


def test_unknown_terms_and_near_misses_are_never_claimed() -> None:
    claims = Claims(declare(claim_records()))
    for case in claim_cases():
        if case.note in ("unknown", "near miss"):
            assert claims.claim(case.question, case.language) is None, case.question


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    kinds: Counter[tuple[str, str]] = Counter()
    chosen: list[ClaimCase] = []
    followed = {case.after: case for case in claim_cases("dev") if case.after}
    for case in claim_cases("dev"):
        if case.after or case.id in followed:
            continue
        kinds[case.route, case.note] += 1
        if kinds[case.route, case.note] == 1:
            chosen.append(case)
    ended, chat = confusion.ended(chosen, tmp_path_factory.mktemp("confusion"))
    assert all("\n" not in question for question in chat.recalled)
    return ended


def test_one_question_of_each_kind_ends_up_where_it_belongs(found: list[Ended]) -> None:
    wrong = [(one.case.question, one.case.route, one.end) for one in found if not one.right]
    assert not wrong
    assert {one.end for one in found} >= set(confusion.ENDS) - {"about"}


def test_what_is_invented_is_never_shown(found: list[Ended]) -> None:
    assert not [one for one in found if "red house" in one.answer.text]


def test_the_tables_count_every_question(found: list[Ended]) -> None:
    table = confusion.matrix("title", found)
    assert table.row_count == len({one.case.route for one in found}) + 1
    assert confusion.kinds(found).row_count == len(found)
    assert "1 of 1 where it was, 0 of 1 where not" in confusion.disagreements(found)


def test_the_command_prints_the_matrix(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few = [case for case in claim_cases("dev") if case.route in ("arithmetic", "program")][:3]
    monkeypatch.setattr(confusion, "claim_cases", lambda part: few)
    routing.main(["--only", "matrix", "--keep", str(tmp_path), "--show", "wrong"])
    printed = capsys.readouterr().out
    assert "where questions end up: dev half" in printed
    assert "3/3" in printed
