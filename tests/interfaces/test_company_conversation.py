"""The whole command line over the real library, agent and example company."""

import json
from pathlib import Path

import pytest

COMPANY = Path(__file__).parents[2] / "examples" / "company"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    from typer.testing import CliRunner

    from chorei.interfaces import application

    folder = tmp_path_factory.mktemp("library") / "company"
    added = CliRunner().invoke(
        application(), ["add", str(COMPANY), "--json", "--library", str(folder)]
    )
    assert added.exit_code == 0, added.output
    assert len(json.loads(added.stdout)["added"]) == len([*COMPANY.iterdir()])
    return folder


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("How many days of annual leave do full-time employees have?", "company/handbook.md"),
        ("Nhân viên có bao nhiêu ngày phép năm?", "company/so-tay-nhan-vien.md"),
    ],
)
def test_every_citation_can_be_opened(run, company, question, document):
    answer = json.loads(run("ask", question, "--json", "--library", company).stdout)
    assert document in [citation["document"] for citation in answer["citations"]]
    for cited in answer["citations"]:
        span = ("--start", cited["start"], "--end", cited["end"])
        opened = run("show", cited["document"], *span, "--json", "--library", company)
        assert json.loads(opened.stdout)["quote"] == cited["quote"]


def test_batch_of_several_kinds(run, company):
    questions = ["What is 15% of 80?", "What is a zxqvat blorptang?", "What can you do?"]
    lines = [json.dumps({"id": n, "question": q}) for n, q in enumerate(questions)]
    result = run("ask", "--batch", "-", "--library", company, stdin="\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [0, 1, 2]
    assert [answer["declined"] for answer in answers] == [False, True, False]
    assert "12" in answers[0]["answer"]


def test_a_chat_is_kept_resumed_exported_and_deleted(run, company):
    asked = run(
        "chat", "--library", company, stdin="How many days of annual leave do I get?\n/open 1\n"
    )
    assert asked.exit_code == 0
    assert "»" in asked.stdout
    sessions = json.loads(run("sessions", "--json", "--library", company).stdout)
    assert [info["turns"] for info in sessions] == [1]
    identity = sessions[0]["id"]
    run("ask", "15% of 80", "--session", identity, "--library", company)
    exported = run("sessions", "export", identity, "--format", "json", "--library", company)
    assert [turn["route"] for turn in json.loads(exported.stdout)] == ["documents", "arithmetic"]
    assert run("sessions", "delete", identity, "--library", company).exit_code == 0
    assert json.loads(run("sessions", "--json", "--library", company).stdout) == []


def test_search_and_health(run, company):
    hits = json.loads(
        run("search", "annual leave", "-k", "3", "--json", "--library", company).stdout
    )
    assert len(hits) == 3
    for hit in hits:
        text = json.loads(
            run("show", hit["document"], "--text", "--json", "--library", company).stdout
        )["text"]
        assert text[hit["start"] : hit["end"]] == hit["text"]
    assert run("verify", "--library", company).exit_code == 0
    assert run("doctor", "--library", company).exit_code == 0


def test_suggested_questions_are_answered(company):
    from chorei.interfaces.opening import open_agent
    from chorei.interfaces.welcome import suggested_questions

    with open_agent(company) as agent:
        suggested = suggested_questions(agent)
        assert len(suggested) == 3
        assert not any(agent.ask(question).declined for question in suggested)
