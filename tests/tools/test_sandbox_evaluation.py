"""The sandbox against recorded programs and hostile ones, as `chorei.evaluation` measures it."""

import json
from pathlib import Path

import pytest

from chorei.evaluation.programs import agrees, evaluate
from chorei.evaluation.sandbox import Canaries, attack
from chorei.tools.sandbox import Limits, ProgramResult, Sandbox


@pytest.mark.parametrize(
    ("expected", "result", "same"),
    [
        ({"ok": True, "value": 3.0, "type": "int"}, ProgramResult(value=3, type="int"), True),
        ({"ok": True, "value": 3.0, "type": "int"}, ProgramResult(value=3.0, type="float"), False),
        (
            {"ok": True, "value": 3.1, "type": "float"},
            ProgramResult(value=3.2, type="float"),
            False,
        ),
        ({"ok": True, "value": "'a'", "type": "str"}, ProgramResult(value="a", type="str"), True),
        ({"ok": True, "value": None, "type": "NoneType"}, ProgramResult(type="NoneType"), True),
        ({"ok": False, "error": "x"}, ProgramResult(error="y"), True),
        ({"ok": False, "error": "x"}, ProgramResult(value=1, type="int"), False),
        ({"ok": True, "value": 1.0, "type": "int"}, ProgramResult(error="y"), False),
    ],
)
def test_agreement_is_type_and_value_or_failing_in_both(
    expected: dict[str, object], result: ProgramResult, same: bool
) -> None:
    assert agrees(expected, result) is same


def test_the_canaries_notice() -> None:
    with Canaries() as canaries:
        aimed = canaries.aimed("open('/x/chorei_canary/new', 'w'); port = 45999")
        assert "45999" not in aimed
        assert canaries.touched("") == ()
        Path(aimed.split("'")[1]).write_text("x")
        assert canaries.touched("") == ("file written",)
        assert canaries.touched("") == ()
        assert canaries.touched("CANARY-from-session-A") == ("carried over",)


@pytest.mark.shared
@pytest.mark.slow
def test_recorded_programs_agree_with_cpython(shared: Path) -> None:
    programs = shared / "programs" / "programs.jsonl"
    assert all(outcome.agrees for outcome in evaluate(programs, source="pal_gsmhard"))
    outcomes = evaluate(programs, source="pot_aqua_zeroshot")
    assert sum(outcome.agrees for outcome in outcomes) / len(outcomes) >= 0.99


@pytest.mark.shared
@pytest.mark.slow
def test_no_hostile_program_reaches_the_machine(shared: Path) -> None:
    lines = (shared / "sandbox" / "payloads.jsonl").read_text(encoding="utf-8").splitlines()
    with Sandbox(limits=Limits(seconds=0.3)) as sandbox:
        touches = attack([json.loads(line) for line in lines], sandbox.run)
    assert [touch.id for touch in touches if touch.touched or touch.after < 0] == []
    assert max(touch.printed for touch in touches) <= 65_536
