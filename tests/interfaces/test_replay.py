"""``chorei replay``: programs run again, citations looked up again."""

import json

import fakes
import pytest
import typer
from typer.testing import CliRunner

from chorei.interfaces.ask import ask
from chorei.interfaces.main import Commands
from chorei.interfaces.replay import replay

app = typer.Typer(cls=Commands, pretty_exceptions_enable=False)
app.command()(ask)
app.command()(replay)


@pytest.fixture
def run():
    """Runs a command line of these two commands in this process."""

    def run(*arguments, stdin=None):
        result = CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


SOLUTION = "def solution():\n    return 16 - 3 - 4\n\nsolution()"


def answer(*programs, **more):
    listed = [
        {"language": language, "source": source, "result": result}
        for language, source, result in programs
    ]
    return {"answer": "…", "route": "program", "programs": listed, "citations": []} | more


RIGHT = answer(("python", SOLUTION, "9"), ("calculator", "12 * 7", "84"))
WRONG = answer(("python", SOLUTION, "10"), ("calculator", "12 * 7", "84"))


@pytest.fixture
def file(tmp_path):
    def write(*answers, lines=False):
        path = tmp_path / "answer.json"
        text = (
            "\n".join(map(json.dumps, answers))
            if lines
            else json.dumps(answers[0] if len(answers) == 1 else answers)
        )
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_all_the_same(run, file):
    result = run("replay", file(RIGHT))
    assert result.exit_code == 0
    assert "same: calculator 12 * 7\n  = 84\n" in result.stdout
    assert "same: python\n  def solution():" in result.stdout
    assert "different" not in result.stdout


def test_a_difference_ends_with_one(run, file):
    result = run("replay", file(WRONG))
    assert result.exit_code == 1
    assert "different: python" in result.stdout
    assert "= 9 (the answer says 10)" in result.stdout


@pytest.mark.parametrize("lines", [False, True])
def test_several_answers_in_one_file(run, file, lines):
    assert run("replay", file(RIGHT, RIGHT, lines=lines)).exit_code == 0
    assert run("replay", file(RIGHT, WRONG, lines=lines)).exit_code == 1


def test_json_says_it_for_each_program(run):
    result = run("replay", "-", "--json", stdin=json.dumps(WRONG))
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["same"] is False
    assert [(p["result"], p["now"], p["same"]) for p in found["programs"]] == [
        ("10", "9", False),
        ("84", "84", True),
    ]


def test_a_program_that_failed_fails_again_the_same_way(run, file):
    failed = answer(("python", "1 / 0", "error: ZeroDivisionError: division by zero"))
    assert run("replay", file(failed)).exit_code == 0


def test_without_programs_it_says_so(run, file):
    result = run("replay", file(answer()))
    assert result.exit_code == 0
    assert "ran no program" in result.stderr


@pytest.mark.parametrize(
    "text", ["", "no json", "{}", "[]", "17", '{"programs": [{"language": "perl"}]}']
)
def test_what_is_no_answer_is_refused(run, tmp_path, text):
    path = tmp_path / "answer.json"
    path.write_text(text)
    result = run("replay", path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "chorei ask --json" in result.stderr


def test_turn_is_for_conversations(run, file):
    assert run("replay", file(RIGHT), "--turn", 1).exit_code == 2


def citation(document="handbook/leave.md", start=26, end=81, quote=None):
    text = fakes.TEXTS[document]
    return {
        "number": 1,
        "document": document,
        "document_id": document,
        "source": document,
        "title": "Leave",
        "quote": text[start:end] if quote is None else quote,
        "shown": "…",
        "start": start,
        "end": end,
    }


def test_quotations_are_looked_up_again(run, file, library, monkeypatch):
    monkeypatch.setattr(
        fakes.FakeLibrary, "text", lambda self, identity: fakes.TEXTS[identity], raising=False
    )
    held = run("replay", file(answer(citations=[citation()])), "--json")
    assert json.loads(held.stdout)["citations"][0]["literal"] is True
    assert held.exit_code == 0
    moved = run("replay", file(answer(citations=[citation(quote="something else")])))
    assert moved.exit_code == 1
    assert "different: [1] handbook/leave.md" in moved.stdout


def test_without_a_library_quotations_are_not_judged(run, file):
    result = run("replay", file(answer(citations=[citation()])))
    assert result.exit_code == 0
    assert "not looked up" in result.stderr


def test_it_is_a_command_that_explains_itself():
    result = CliRunner().invoke(app, ["replay", "--help"])
    assert "--turn" in result.stdout


def test_an_answer_of_a_conversation(run, library):
    run("ask", "--session", "abc", "2*3")
    result = run("replay", "abc", "--turn", 1)
    assert result.exit_code == 0
    assert "same: calculator 2*3" in result.stdout
    assert run("replay", "abc", "--turn", 9).exit_code == 1
    assert run("replay", "nobody").exit_code == 1


def test_a_file_that_is_not_there_is_not_taken_for_a_conversation(run):
    result = run("replay", "nothing.json")
    assert result.exit_code == 1
    assert "no file nothing.json" in result.stderr
