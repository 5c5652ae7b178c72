import gc
import json

import fakes
import pytest

pytestmark = pytest.mark.usefixtures("library")

FIELDS = {"answer", "route", "declined", "degraded", "citations", "numbers", "seconds"}


def test_answer_has_text_and_numbered_sources(run):
    result = run("ask", "how", "much", "leave?")
    assert result.exit_code == 0
    text, source = result.stdout.split("\n\n")
    assert text.endswith("24 days of annual leave a year.” [1]")
    assert source == "[1] handbook/leave.md › Annual leave (26–81)\n"
    assert result.stderr == ""


def test_garbage_is_collected_again_once_everything_is_imported(run):
    run("ask", "leave?")
    assert gc.isenabled()


def test_route_shows_reason_quotes_and_numbers(run):
    result = run("ask", "-v", "leave?")
    assert "“Full-time employees get 24 days" in result.stdout.split("\n\n")[1]
    assert "route: documents. It asks about the company." in result.stdout
    assert "number 24: quoted in [1]" in result.stdout
    assert "calculator: 2*3 = 6" in run("ask", "--route", "2*3").stdout


def test_json_is_one_object(run):
    result = run("ask", "leave?", "--json")
    found = json.loads(result.stdout)
    assert found.keys() >= FIELDS
    assert found["route"] == "documents"
    citation = found["citations"][0]
    text = fakes.TEXTS[citation["document"]]
    assert text[citation["start"] : citation["end"]] == citation["quote"]


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_question_from_standard_input(run, arguments):
    assert "24 days" in run("ask", *arguments, stdin="leave?\n").stdout


@pytest.mark.parametrize("stdin", ["", "  \n"])
def test_empty_question_is_wrong_usage(run, stdin):
    result = run("ask", stdin=stdin)
    assert result.exit_code == 2
    assert "empty" in result.stderr


def test_decline_is_no_failure_unless_asked_for(run):
    result = run("ask", "who?")
    assert result.exit_code == 0
    assert "Closest documents: prices.csv" in result.stdout
    assert "A note." in result.stdout
    assert "Neither quoted nor computed: 99" in result.stdout
    assert run("ask", "who?", "--fail-on-decline").exit_code == 3
    assert run("ask", "who?", "--json", "--fail-on-decline").exit_code == 3
    assert run("ask", "leave?", "--fail-on-decline").exit_code == 0


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_error_is_one_line_and_a_hint(run, flag):
    result = run("ask", "explode", *flag)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "Error: The catalogue cannot be read.\nRun: chorei rebuild\n"


def test_missing_library_is_an_error_and_not_made(run, tmp_path):
    result = run("ask", "leave?", "--library", tmp_path / "other")
    assert result.exit_code == 1
    assert "chorei add PATH" in result.stderr
    assert not (tmp_path / "other").exists()


def test_batch_answers_each_line_and_goes_on_after_bad_ones(run, tmp_path):
    lines = [
        '{"id": 1, "question": "leave?"}',
        "",
        "not json",
        '{"id": "b", "question": "  "}',
        '["a list"]',
        '{"id": "c", "question": "explode"}',
        '{"id": "d", "question": "leave?", "session": 5}',
        '{"id": "e", "question": "leave?", "session": "s"}',
    ]
    file = tmp_path / "q.jsonl"
    file.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    result = run("ask", "--batch", file, "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [r["id"] for r in rows] == [1, None, "b", None, "c", "d", "e"]
    assert [r.get("line") for r in rows] == [None, 3, 4, 5, 6, 7, None]
    assert rows[0].keys() >= FIELDS
    assert "catalogue" in rows[4]["error"]
    assert rows[-1]["session"] == "s"
    assert result.exit_code == 1


def test_batch_from_standard_input_without_bad_lines_succeeds(run):
    result = run("ask", "--batch", "-", "--json", stdin='{"id": 1, "question": "leave?"}\n')
    assert result.exit_code == 0
    assert json.loads(result.stdout)["id"] == 1


def test_batch_refuses_a_question_beside_it_and_a_missing_file(run):
    assert run("ask", "leave?", "--batch", "-").exit_code == 2
    result = run("ask", "--batch", "absent.jsonl")
    assert result.exit_code == 1
    assert "absent.jsonl cannot be read" in result.stderr
