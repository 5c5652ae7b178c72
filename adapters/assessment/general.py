"""General prompts: what a model must still be able to do after training.

Two sets that share no prompt: one to rehearse, with the base model's own answers as what to
repeat, and one to test, with an answer that can be checked.
"""

from collections.abc import Sequence
from typing import Final

from chorei.adapters.records import Kind, Record, Split, exchange

REHEARSED: Final = (
    "What is the capital of Italy?",
    "Name a planet of our solar system.",
    "What do bees make?",
    "Write one sentence about the sea.",
    "What is the opposite of hot?",
    "How many days has a week?",
    "Who wrote Romeo and Juliet?",
    "What is ice made of?",
    "Give me a synonym for happy.",
    "What language is spoken in Brazil?",
    "What is photosynthesis?",
    "What is a computer?",
    "Name three fruits.",
    "What is gravity?",
    "Which animal barks?",
    "What is a novel?",
    "What is the capital of Egypt?",
    "What is the capital of Canada?",
    "What is the capital of China?",
    "In which country is the Colosseum?",
    "Which planet is called the red planet?",
    "How many hours are there in a day?",
    "What is the opposite of fast?",
    "What is the opposite of old?",
    "Who painted the Mona Lisa?",
    "What colour is grass?",
    "What is the last month of the year?",
    "What do cats eat?",
    "What is the largest desert on Earth?",
    "What gas do people breathe in?",
    "What is the longest river in South America?",
    "Who wrote Oliver Twist?",
)

_TESTED: Final = (
    ("What is the capital of France?", "Paris"),
    ("What is the capital of Japan?", "Tokyo"),
    ("What is the capital of Germany?", "Berlin"),
    ("What is the capital of Spain?", "Madrid"),
    ("Which planet do we live on?", "Earth"),
    ("What is the largest ocean on Earth?", "Pacific"),
    ("What is the chemical symbol of water?", "H2O"),
    ("What gas do plants take in from the air?", "carbon dioxide"),
    ("What is the opposite of big?", "small"),
    ("Who wrote Hamlet?", "Shakespeare"),
    ("How many days are there in a year?", "365"),
    ("In which country is the Eiffel Tower?", "France"),
    ("What is the longest river in Africa?", "Nile"),
    ("What do cows drink?", "water"),
    ("What colour is the sky on a clear day?", "blue"),
    ("What is the first month of the year?", "January"),
)


def tested() -> tuple[Record, ...]:
    """The general prompts that are only tested, each with the fact its answer must hold."""
    return tuple(
        exchange(question, fact, kind=Kind.GENERAL, facts=(fact,), split=Split.HELD_OUT)
        for question, fact in _TESTED
    )


def rehearsal(answers: Sequence[str], questions: Sequence[str] = REHEARSED) -> tuple[Record, ...]:
    """Training records that repeat the base model's own answers to general prompts."""
    return tuple(
        exchange(question, answer, kind=Kind.GENERAL, split=Split.TRAIN, source="base model")
        for question, answer in zip(questions, answers, strict=True)
        if answer.strip()
    )


def prompts(questions: Sequence[str]) -> tuple[Record, ...]:
    """Records that only ask."""
    return tuple(exchange(question, "-", kind=Kind.GENERAL) for question in questions)
