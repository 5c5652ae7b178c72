import json

import fakes
import pytest

pytestmark = pytest.mark.usefixtures("library")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("a.md", "b.md", "c.bad"):
        (folder / name).write_text(f"# {name}\n", encoding="utf-8")
    return folder


def test_add_reports_and_tells_that_some_failed(run, folder):
    result = run("add", folder)
    assert result.exit_code == 4
    assert result.stdout == "added 2, replaced 0, unchanged 2, removed 0, failed 1\n"
    assert result.stderr.splitlines() == [
        "added a.md",
        "added b.md",
        "failed c.bad: This type is not read.",
    ]


def test_add_json_holds_the_report(run, folder):
    result = run("add", folder / "a.md", folder / "c.bad", "--tag", "x", "--tag", "y", "--json")
    report = json.loads(result.stdout)
    assert [d["tags"] for d in report["added"]] == [["x", "y"]]
    assert report["unchanged"] == 2
    assert report["failed"][0]["error"] == "UnsupportedTypeError"
    assert result.exit_code == 4


def test_add_interrupted_says_what_is_stored(run, folder, monkeypatch):
    monkeypatch.setattr(fakes.FakeLibrary, "interrupt_after", 1)
    result = run("add", folder)
    assert result.exit_code == 130
    assert "1 document is safely stored. The same command goes on" in result.stderr


def test_add_from_standard_input(run):
    assert run("add", "-", "--name", "note.md", stdin="# Note\n").stdout == "stored note.md\n"
    stored = json.loads(run("add", "-", "--name", "note", "--json", stdin="Nghỉ\n").stdout)
    assert stored["name"] == "note"
    assert run("add", "-", stdin="x").exit_code == 2
    assert run("add", "x.md", "--name", "y").exit_code == 2


def test_list_is_tab_separated_without_a_terminal(run):
    lines = [line.split("\t") for line in run("list").stdout.splitlines()]
    assert [line[0] for line in lines] == list(fakes.TEXTS)
    assert lines[1][1:5] == ["Nghỉ phép", "vi", "2026-01-31", "1"]
    assert len(run("list", "--folder", "handbook").stdout.splitlines()) == 2
    result = run("list", "--tag", "none")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "No documents" in result.stderr
    assert json.loads(run("list", "--json").stdout)[0]["name"] == "handbook/leave.md"


def test_show_opens_a_document_and_its_text(run):
    shown = run("show", "leave.md").stdout
    assert "/files/handbook/leave.md" in shown
    assert "2026-02-01 09:30 UTC" in shown
    assert run("show", "leave.md", "--text").stdout == fakes.TEXTS["handbook/leave.md"]
    assert json.loads(run("show", "leave.md", "--text", "--json").stdout)["text"]
    assert "› Annual leave (0–" in run("show", "leave.md", "--passages").stdout
    pieces = json.loads(run("show", "leave.md", "--passages", "--json").stdout)["pieces"]
    assert pieces[0]["document"] == "handbook/leave.md"


def test_show_opens_a_citation(run):
    cited = json.loads(run("ask", "leave?", "--json").stdout)["citations"][0]
    span = ("--start", cited["start"], "--end", cited["end"])
    assert f"»{cited['quote']}«" in run("show", cited["document"], *span).stdout
    opened = json.loads(run("show", cited["document"], *span, "--json").stdout)
    assert opened["quote"] == cited["quote"]
    assert opened["before"].endswith("Annual leave\n\n")


@pytest.mark.parametrize(
    "options",
    [
        ("--start", 3),
        ("--start", 9, "--end", 3),
        ("--start", 1, "--end", 9999),
        ("--text", "--passages"),
    ],
)
def test_show_refuses_what_makes_no_sense(run, options):
    assert run("show", "leave.md", *options).exit_code == 2


def test_unknown_document_is_an_error(run):
    result = run("show", "absent.md")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[1] == "See: chorei list"


def test_remove_without_a_terminal_does_not_ask(run):
    assert run("remove", "leave.md", "prices.csv").stdout == (
        "removed handbook/leave.md\nremoved prices.csv\n"
    )
    assert json.loads(run("remove", "prices.csv", "--json").stdout)[0]["name"] == "prices.csv"


def test_remove_with_one_wrong_name_removes_nothing(run, monkeypatch):
    removed = []
    monkeypatch.setattr(fakes.FakeLibrary, "remove", lambda _, *names: removed.append(names))
    assert run("remove", "prices.csv", "absent.md").exit_code == 1
    assert removed == []


def test_search_lists_places_and_snippets(run):
    result = run("search", "annual", "leave", "-k", "2")
    assert "1  handbook/leave.md › Annual leave (0–" in result.stdout
    assert "2  handbook/nghỉ-phép.md" in result.stdout
    assert "3  " not in result.stdout


def test_search_json_is_an_array_of_hits(run):
    hits = json.loads(run("search", "leave", "--json").stdout)
    assert hits[0].keys() >= {"document", "score", "text", "start", "end", "heading", "page", "row"}
    assert [h["document"] for h in hits] == list(fakes.TEXTS)
    assert json.loads(run("search", "nothing", "--json").stdout) == []
    result = run("search", "nothing")
    assert (result.stdout, result.stderr) == ("", "Nothing found.\n")


def test_search_dates_are_checked(run):
    assert run("search", "x", "--since", "2026-01-01", "--until", "2026-02-01").exit_code == 0
    result = run("search", "x", "--since", "yesterday")
    assert result.exit_code == 2
    assert "2026-01-31" in result.stderr


def test_documents_cannot_steer_the_terminal(run):
    for arguments in (("search", "tea"), ("show", "prices.csv", "--passages")):
        assert "\x1b" not in run(*arguments).stdout
        assert "\x07" not in run(*arguments).stdout
