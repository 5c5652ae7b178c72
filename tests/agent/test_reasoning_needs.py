"""What the reader says would need a language model."""

import json
from pathlib import Path

import pytest

from chorei.agent.reasoning import needs_model
from chorei.core import Language

PROBLEMS = [
    json.loads(line)
    for line in Path(__file__).with_name("programs.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("question", "language", "word"),
    [
        ("A desk costs $120 and a chair $45. How much are 3 desks and 6 chairs?", "en", "words"),
        ("Một ly giá 35.000 đồng, bán 120 ly thì được bao nhiêu tiền?", "vi", "bằng lời"),
        ("mot ly gia 35.000 dong, ban 120 ly thi duoc bao nhieu tien?", "vi", "bằng lời"),
        ("Find the rent of each office, then compare them and rank them.", "en", "step by step"),
        ("Tìm giá thuê từng văn phòng rồi so sánh giúp tôi", "vi", "từng bước"),
        ("Write an e-mail to the supplier", "en", "written"),
        ("Soạn giúp tôi một email cho nhà cung cấp", "vi", "soạn văn bản"),
    ],
)
def test_what_a_model_could_do(question: str, language: Language, word: str) -> None:
    said = needs_model(question, language)
    assert said is not None
    assert word in said
    assert "`model`" in said


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How many days of leave do part-timers get?", "en"),
        ("What is the capital of Peru?", "en"),
        ("How many people worked here in 2019 and 2020?", "en"),
        ("When does the office open?", "en"),
        ("Who approves expenses above $500?", "en"),
        ("Is the shop open from 9:00 to 17:30?", "en"),
        ("Nhân viên thử việc được nghỉ bao nhiêu ngày?", "vi"),
        ("Giờ làm việc của văn phòng Hà Nội?", "vi"),
        ("Điều 5 khoản 2 nói gì?", "vi"),
        ("", "en"),
    ],
)
def test_what_a_model_could_not_answer_either(question: str, language: Language) -> None:
    assert needs_model(question, language) is None


def test_word_problems_are_recognised() -> None:
    missed = [
        problem["question"]
        for problem in PROBLEMS
        if not problem["facts"] and needs_model(problem["question"], problem["language"]) is None
    ]
    assert len(missed) <= 4, missed


@pytest.mark.shared
def test_gsm8k_is_recognised_and_questions_of_fact_are_not(shared: Path) -> None:
    gsm = (shared / "gsm8k" / "test_first200.jsonl").read_text("utf-8").splitlines()
    found = [needs_model(json.loads(line)["question"], "en") for line in gsm]
    assert sum(said is not None for said in found) >= 180
    languages: tuple[Language, ...] = ("en", "vi")
    for language in languages:
        file = shared / "abstention" / f"abstention_{language}.jsonl"
        records = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        wrong = [r["question"] for r in records if needs_model(r["question"], language)]
        assert len(wrong) <= len(records) * 0.01, wrong
