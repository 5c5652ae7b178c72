"""Rating in a chat and with ``chorei feedback``, over a real library."""

import json
from pathlib import Path

import pytest

from chorei.agent import Agent
from chorei.core import ChoreiError, Settings
from chorei.retrieval import Library


@pytest.fixture
def folder(tmp_path):
    with Library(tmp_path / ".chorei") as library:
        library.add_text(
            "# Leave\n\nPart-time staff get 12 days of annual leave.\n\n"
            "# Nghỉ phép\n\nNhân viên được nghỉ 14 ngày phép mỗi năm.\n",
            name="handbook.md",
        )
    return tmp_path / ".chorei"


def test_the_last_answer_is_rated_in_a_chat_in_its_own_language(run, folder):
    result = run(
        "chat", "--session", "abc1",
        stdin="/good\nHow much annual leave do part-time staff get?\n/bad Half of 24.\n"
        "Nhân viên được nghỉ phép mấy ngày?\n/bad\n/good rất rõ\n",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "Nothing has been answered yet." in result.stdout
    assert "Noted as bad, with your correction. Kept with this conversation" in result.stdout
    assert "Hãy cho biết câu đúng: /bad" in result.stdout
    assert "Đã ghi nhận: câu trả lời tốt." in result.stdout
    first, second = json.loads(run("feedback", "list", "--json").stdout)
    assert (first["rating"], first["correction"], first["turn"]) == ("down", "Half of 24.", 1)
    assert (second["rating"], second["comment"], second["language"]) == ("up", "rất rõ", "vi")
    run("sessions", "delete", "abc1", "--yes")
    assert json.loads(run("feedback", "list", "--json").stdout) == []


def test_ratings_are_made_listed_exported_and_removed_by_command(run, folder):
    assert "No ratings" in run("feedback").stderr
    with Agent(Library(folder), settings=Settings()) as agent:
        agent.ask("What is 2 * 3?", session="abc1")
        agent.ask("What is 2 * 4?", session="abc1")
    made = run("feedback", "rate", "abc", "down", "--turn", 1, "--correction", "Six.", "--json")
    assert json.loads(made.stdout)["origin"] == "computed"
    assert run("feedback", "rate", "abc1", "up").stdout == "rated up: abc1, turn 2\n"
    assert run("feedback").stdout.splitlines()[0].split("\t") == [
        "down", "abc1", "1", "computed", "What is 2 * 3?", "Six."
    ]  # fmt: skip
    assert run("feedback", "list", "--origin", "model").stdout == ""
    run("feedback", "export", "ratings.jsonl", "--rating", "up")
    with Path("ratings.jsonl").open(encoding="utf-8") as file:
        assert [json.loads(line)["turn"] for line in file] == [2]
    assert "removed 1 rating of abc1" in run("feedback", "remove", "abc1", "--turn", 2).stdout
    assert "removed 1 rating" in run("feedback", "remove", "abc1", "--yes").stdout
    assert len(json.loads(run("sessions", "show", "abc1", "--json").stdout)) == 2


def test_wrong_use_is_named(run, folder):
    assert run("feedback", "list", "--rating", "sideways").exit_code == 2
    assert run("feedback", "list", "--origin", "moon").exit_code == 2
    assert run("feedback", "--json", "list").exit_code == 2
    with Agent(Library(folder), settings=Settings()) as agent:
        agent.ask("What is 2 * 3?", session="abc1")
    result = run("feedback", "rate", "abc1", "up", "--turn", 9)
    assert (result.exit_code, "no answer 9" in result.stderr) == (1, True)
    assert "Nothing was rated" in run("feedback", "remove", "abc1", "--yes").stderr
    with pytest.raises(ChoreiError):
        Agent(Library(folder), settings=Settings()).rate("zzz", "up")
