"""The chat without a terminal, and its commands."""

import json

import fakes
import pytest

pytestmark = pytest.mark.usefixtures("library")


def test_each_line_is_a_question(run):
    result = run("chat", stdin="leave?\n\nwho?\n2*3")
    assert result.exit_code == 0
    assert result.stdout.count("[1]") == 2
    assert fakes.DECLINED in result.stdout
    assert "2*3 = 6" in result.stdout
    assert [len(turns) for turns in fakes.SESSIONS.turns.values()] == [3]


def test_an_error_is_one_line_and_the_chat_goes_on(run):
    result = run("chat", stdin="explode\nleave?\n")
    assert result.stderr == "Error: The catalogue cannot be read.\nRun: chorei rebuild\n"
    assert "24 days" in result.stdout
    assert result.exit_code == 1


def test_json_is_one_object_for_each_question(run):
    result = run("chat", "--json", "--session", "abc1", stdin="leave?\n/route\n2*3\n")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["route"] for answer in answers] == ["documents", "arithmetic"]
    assert {answer["session"] for answer in answers} == {"abc1"}
    assert "It asks about the company." in result.stderr


def test_quit_ends_it(run):
    result = run("chat", stdin="/quit\nleave?\n")
    assert (result.stdout.strip(), result.exit_code) == ("", 0)


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ("/help", "/sessions [ID]    list conversations"),
        ("/sorces", "Did you mean /sources?"),
        ("/sources", "Nothing has been asked yet."),
        ("leave?\n/sources", "“Full-time employees get 24 days of annual leave a year.”"),
        ("2*3\n/sources", "The last answer quotes nothing."),
        ("leave?\n/open 1", "»Full-time employees get 24 days of annual leave a year.«"),
        ("leave?\n/open 7", "has 1 source, none numbered 7"),
        ("/open leave.md", "## Annual leave"),
        ("/open", "/open DOCUMENT"),
        ("leave?\n/route", "route: documents. It asks about the company."),
        ("/new", "A new conversation"),
        ("/sessions", "No conversations yet."),
        ("leave?\n/sessions", "1\tleave?"),
        ("/add", "/add PATH"),
        ("leave?\n/export", "**leave?**"),
        ("/export", "Nothing has been asked yet."),
    ],
)
def test_commands(run, lines, shown):
    assert shown in run("chat", stdin=lines + "\n").stdout


def test_open_of_an_unknown_document_is_an_error(run):
    assert "See: chorei list" in run("chat", stdin="/open absent.md\n").stderr


def test_add_within_a_chat(run, tmp_path):
    (tmp_path / "two words.md").write_text("# Two\n", encoding="utf-8")
    (tmp_path / "it's.md").write_text("# Its\n", encoding="utf-8")
    result = run("chat", stdin="/add 'two words.md'\n/add it's.md\n/open it's.md\n")
    assert result.stdout.count("added 1, ") == 2
    assert "# Its" in result.stdout


def test_add_before_a_chat_says_only_what_is_new(run, tmp_path):
    (tmp_path / "a.md").write_text("# A\n", encoding="utf-8")
    result = run("chat", "--add", tmp_path / "a.md", stdin="leave?\n")
    assert "added 1" in result.stderr
    assert "added 1" not in result.stdout
    (tmp_path / "b.bad").touch()
    again = run("chat", "--add", tmp_path / "b.bad", stdin="").stderr
    assert again == "1 file could not be read; chorei add PATH tells why.\n"


def test_a_conversation_is_resumed(run):
    run("chat", "--session", "abc1", stdin="leave?\n")
    result = run("chat", stdin="/sessions abc\n/open 1\n2*3\n")
    assert "Going on with abc1 after: leave?" in result.stdout
    assert "»Full-time" in result.stdout
    assert "»Full-time" in run("chat", "--session", "abc1", stdin="leave?\n/open 1\n").stdout
    assert len(fakes.SESSIONS.turns["abc1"]) == 3


def test_export_to_a_file(run, tmp_path):
    file = tmp_path / "talk.md"
    result = run("chat", stdin=f"leave?\n/export {file}\n/export {tmp_path}/no/talk.md\n")
    assert "**leave?**" in file.read_text(encoding="utf-8")
    assert "cannot be written" in result.stderr
