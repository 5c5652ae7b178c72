"""What docs/tools.md shows runs as shown."""

import re
from pathlib import Path

import pytest

DOC = (Path(__file__).parents[2] / "docs" / "tools.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", DOC, flags=re.DOTALL)


def test_the_first_example(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(EXAMPLES[0], "tools.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first == "phin filter: 12 in Leeds"
    quoted = re.search(r"`(itm: [^`]+)`", DOC)
    assert quoted is not None
    assert quoted[1] in second


def test_the_conversation_about_the_acting_tool() -> None:
    from chorei.agent.forms import Forms, converse
    from chorei.tools import Toolbox

    names: dict[str, object] = {}
    exec(compile(EXAMPLES[1], "tools.md", "exec"), names)
    box = Toolbox([names["returns"]])  # type: ignore[list-item]
    said = re.search(r"^> (\*\*Tôi.*?)\n\n", DOC, flags=re.DOTALL | re.MULTILINE)
    assert said is not None
    parts = [part.strip(" \n>") for part in said[1].split("·")]
    forms = Forms()
    for heard, told in zip(parts[0:-2:2], parts[1:-2:2], strict=True):
        turn = converse(forms, heard.strip("*"), language="vi", toolbox=box)
        assert turn.say == told
        forms = turn.forms
    assert turn.approval is not None
    call = box.call(turn.approval.tool, turn.approval.arguments, approved=True)
    assert call.result == parts[-1]
