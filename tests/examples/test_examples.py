"""Every script in examples/ runs from an empty folder and prints what it promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PROMISED = {
    "add_while_chatting.py": (
        "The documents do not answer this.",
        "The choir rehearses on Mondays at 18:00 in Fulmar.",
        "Probation lasts three months.",
        "documents, 3 turns",
    ),
    "ask_documents.py": (
        "£160",
        "60 ngày",
        "company/handbook.md › ",
        "company/so-tay-nhan-vien.md › ",
        "The documents do not answer this.",
    ),
    "async_app.py": (
        "Mondays, Tuesdays and Thursdays",
        "0236 000 0120",
        "522",
        "Friday 11 December",
    ),
    "own_retriever.py": (
        "<company/handbook.md>",
        "Probation lasts three months.",
        "--- human\nHow long is the probation period?",
    ),
    "shop_returns.py": (
        "within 30 days of delivery",
        "Opened coffee cannot be returned.",
        "I find no order with this number and this e-mail address.",
        "I will return order SEN-1001 and send the label to lan@example.com.",
        "Done: SEN-1001 (hand grinder) will be returned",
        "Tôi sẽ trả đơn SEN-1003",
        "chưa có gì được thực hiện",
        "5 ngày làm việc",
        "This order was returned already.",
    ),
    "stream_answer.py": (
        "route      documents: ",
        "company/handbook.md",
        "26 days of paid annual leave",
        "(quoted)",
        "seconds    ",
    ),
    "subgraph.py": (
        "Salaries are paid on the 25th of each month",
        "Your help desk",
        "will answer: May I bring my dog to the office?",
    ),
}


def test_every_script_has_promises() -> None:
    assert {script.name for script in EXAMPLES.glob("*.py")} == set(PROMISED)


@pytest.mark.parametrize("script", sorted(PROMISED))
def test_script_prints_what_it_promises(script: str, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHOREI_")}
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", str(EXAMPLES / script)],
        cwd=folder,
        env=environment | {"PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    for promised in PROMISED[script]:
        assert promised in run.stdout
    assert list(folder.iterdir()) == []
