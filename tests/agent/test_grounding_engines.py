import json
from pathlib import Path

import pytest
from grounding_chat import Scripted, scripted

from chorei.agent import ExtractiveReader, RuleRouter
from chorei.agent.completion import Completer
from chorei.agent.grounding import (
    ModelRouter,
    ModelSolver,
    Part,
    Profile,
    TokenBudget,
    facts_in,
    introduce,
    is_word_problem,
    keep_moved,
    read_facts,
    summarised,
    trimmed,
)
from chorei.agent.tokens import estimate_tokens
from chorei.agent.turn import Turn
from chorei.core import ContextLengthError, Language, SettingsError
from chorei.retrieval import Library


def words(text: str) -> int:
    return len(text.split())


def router(chat: Scripted) -> ModelRouter:
    choices = ("documents", "program", "tools", "decline")
    return ModelRouter(Completer(chat), RuleRouter(), choices=choices)


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("How many days of leave do I get?", "en", "documents"),
        ("12 * 3", "en", "arithmetic"),
        ("Hello", "en", "about"),
        ("A crate holds 24 bottles and costs 18 euros. How much is one bottle?", "en", "program"),
        ("Một thùng có 24 chai, giá 18 euro. Hỏi mỗi chai bao nhiêu tiền?", "vi", "program"),
        ("???", "en", "decline"),
    ],
)
def test_where_the_rules_are_sure_no_model_is_asked(
    question: str, language: Language, kind: str
) -> None:
    chat = scripted("tools")
    assert router(chat).route(question, language=language, follow_up=False).kind == kind
    assert chat.seen == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("tools", "tools"),
        ("Answer: tools.", "tools"),
        ("It could be tools or documents", "documents"),
        ("I cannot say", "documents"),
        ("", "documents"),
        ("model", "documents"),
    ],
)
def test_where_they_are_not_the_model_chooses_among_the_choices(reply: str, kind: str) -> None:
    chat = scripted(reply)
    assert router(chat).route("Cancel order A-1042", language="en", follow_up=False).kind == kind
    assert len(chat.seen) == 1


@pytest.mark.shared
def test_word_problems_are_told_from_questions_of_fact(shared: Path) -> None:
    problems = (shared / "gsm8k" / "test_first200.jsonl").read_text("utf-8").splitlines()
    found = sum(is_word_problem(json.loads(line)["question"], "en") for line in problems)
    assert found >= 0.85 * len(problems)
    for name in ("abstention_en", "abstention_vi"):
        lines = (shared / "abstention" / f"{name}.jsonl").read_text("utf-8").splitlines()
        language: Language = "vi" if name.endswith("vi") else "en"
        taken = [
            q for q in (json.loads(x)["question"] for x in lines) if is_word_problem(q, language)
        ]
        assert taken == []


def test_a_budget_reports_what_it_drops() -> None:
    budget = TokenBudget(30, 10, words, overhead=0)
    allocation = budget.allocate(
        [
            Part(name="system", pieces=("a b c d",), required=True),
            Part(name="passages", pieces=("one two three", "x " * 9, "four"), share=0.5),
            Part(name="history", pieces=("p " * 5, "q " * 5, "r " * 6), newest_first=True),
        ]
    )
    assert allocation["passages"].kept == ("one two three", "four")
    assert allocation["passages"].dropped == ("x " * 9,)
    assert allocation["history"].kept == ("q " * 5, "r " * 6)
    assert allocation.tokens <= allocation.room == 20
    assert not allocation.complete
    assert allocation.report()["history"] == {"kept": 2, "dropped": 1, "tokens": 11}


def test_what_is_required_must_fit() -> None:
    with pytest.raises(ContextLengthError, match="system"):
        TokenBudget(5, 2, words).allocate([Part(name="system", pieces=("a b c",), required=True)])


def test_conversations_lose_their_oldest_turns_whole() -> None:
    turns = [Turn(question=f"q{i}", answer="a b c") for i in range(5)]
    recent = trimmed(turns, 22, words, "en")
    assert recent.turns == tuple(turns[3:])
    assert recent.dropped == 3
    assert "3" in recent.notes[0]


def test_conversations_are_summarised_only_if_they_do_not_fit() -> None:
    turns = [Turn(question=f"q{i}", answer="a b c") for i in range(5)]
    chat = scripted("They asked q0 to q3.")
    whole = summarised(turns, 200, words, "en", Completer(chat))
    assert (whole.summary, chat.seen) == ("", [])
    short = summarised(turns, 24, words, "en", Completer(chat))
    assert short.text.startswith("They asked q0 to q3.\nUser: q")
    assert words(short.text) <= 24


def test_facts_that_do_not_fit_are_moved_into_the_library(library: Library) -> None:
    facts = ("We roast coffee.", "The founder was " + "very " * 60 + "patient.", "Open on Mondays.")
    profile = Profile(assistant="Sen", company="Puffin", facts=facts, rules=("Be brief.",))
    short = introduce(profile, None, words, tokens=80)
    assert short.facts == (facts[0], facts[2])
    assert short.moved == (facts[1],)
    assert "Be brief." in short.text
    assert "We roast coffee." in short.text
    assert words(short.text) <= 80
    assert keep_moved(library, short.moved)
    assert not keep_moved(library, short.moved)
    assert "patient" in library.text("company-facts")
    assert keep_moved(library, ())
    assert "company-facts" not in {document.name for document in library.documents()}


def test_rules_are_never_cut() -> None:
    with pytest.raises(SettingsError, match="system message"):
        introduce(Profile(rules=("be " * 90,)), None, words, tokens=60)


def test_facts_are_read_from_lists(tmp_path: Path) -> None:
    (tmp_path / "facts.md").write_text("# Facts\n- One\n  goes on\n* Two\n", encoding="utf-8")
    (tmp_path / "facts.toml").write_text('facts = ["Một", "Hai"]', encoding="utf-8")
    (tmp_path / "bad.toml").write_text("facts = 3", encoding="utf-8")
    assert read_facts(tmp_path / "facts.md") == ("One goes on", "Two")
    assert read_facts(tmp_path / "facts.toml") == ("Một", "Hai")
    assert facts_in("One\nTwo") == ("One", "Two")
    with pytest.raises(SettingsError, match="facts"):
        read_facts(tmp_path / "bad.toml")


def test_tokens_are_estimated_higher_for_vietnamese() -> None:
    english, vietnamese = "paid leave of the employees", "nghỉ phép hưởng lương của nhân viên"
    assert estimate_tokens(vietnamese) / len(vietnamese) > 2 * estimate_tokens(english) / len(
        english
    )
    assert estimate_tokens("") == 0


def solver(library: Library, chat: Scripted) -> ModelSolver:
    return ModelSolver(
        Completer(chat),
        library.search,
        frequency=library.frequency,
        total=lambda: library.passage_count,
        reader=ExtractiveReader(),
    )


def test_what_a_model_knows_is_marked(library: Library) -> None:
    said = "CHOREI is a morning briefing, held 5 times a week."
    solution = solver(library, scripted(said)).solve("What does CHOREI mean?", language="en")
    assert said in solution.text
    assert "not from your documents" in solution.text
    assert "5" in solution.notes[0]
    assert solution.quotes == ()


def test_the_documents_win_over_what_a_model_knows(library: Library) -> None:
    asked = "How many days of paid leave do full-time staff get?"
    solution = solver(library, scripted("They get 30 days.")).solve(asked, language="en")
    assert "25 days" in solution.text
    assert "30" not in solution.text
    assert solution.quotes
    assert solution.notes
    agreed = solver(library, scripted("They get 25 days.")).solve(asked, language="en")
    assert agreed.notes == ()
