"""General prompts: what a model must still be able to do after training.

Two sets that share no prompt: one to rehearse, with the base model's own answers as what to
repeat, and one to test, with an answer that can be checked.
"""

import re
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
    "What is the capital of Sweden?",
    "What is the capital of Argentina?",
    "In which country is the Taj Mahal?",
    "In which country is the city of Sydney?",
    "Which continent is Peru in?",
    "What is the largest country in the world?",
    "What language do people speak in Austria?",
    "What is the currency of Great Britain?",
    "Who wrote War and Peace?",
    "Who invented the telephone?",
    "Who was Napoleon?",
    "Who was Mozart?",
    "Who was Isaac Newton?",
    "Who painted The Starry Night?",
    "What is a volcano?",
    "What is an earthquake?",
    "What is democracy?",
    "Explain what a budget is.",
    "Explain evolution.",
    "Define justice.",
    "Define temperature.",
    "What does the word generous mean?",
    "What does the word ancient mean?",
    "What is the meaning of frequent?",
    "What is electricity?",
    "What is an atom?",
    "What is oxygen?",
    "What is the moon?",
    "What is coffee?",
    "What is bread made of?",
    "What is London?",
    "What is Germany known for?",
    "What is Google?",
    "What is NASA?",
    "What does USA stand for?",
    "What does CPU stand for?",
    "What is the internet?",
    "What is a poem?",
    "What is music?",
    "What is the brain?",
    "What is the opposite of light?",
    "What is the opposite of up?",
    "What is the opposite of happy?",
    "Give me a synonym for quick.",
    "Which season comes after summer?",
    "What is the day before Friday?",
    "What is the third month of the year?",
    "What is the plural of mouse?",
    "What colour is a lemon?",
    "What colour is snow?",
    "What colour do you get when you mix red and white?",
    "Which animal has a trunk?",
    "What do rabbits eat?",
    "What do fish breathe with?",
    "Where do penguins live?",
    "What do we use an umbrella for?",
    "What do doctors do?",
    "What do teachers do?",
    "Which metal is used for electric wires?",
    "What is steam?",
    "Which planet has rings?",
    "What is the smallest planet?",
    "Name two oceans.",
    "Name a musical instrument.",
    "Name a sport that is played with a ball.",
    "Tell me a fact about elephants.",
    "Write one sentence about the rain.",
    "How do I boil an egg?",
)

_TESTED: Final = (
    ("What is the capital of Portugal?", "Lisbon"),
    ("What is the capital of Poland?", "Warsaw"),
    ("Which ocean lies between Europe and America?", "Atlantic"),
    ("Which planet is the largest in our solar system?", "Jupiter"),
    ("Which star is at the centre of our solar system?", "Sun"),
    ("What is the tallest mountain in the world?", "Everest"),
    ("In which country is the city of Toronto?", "Canada"),
    ("In which country are the pyramids of Giza?", "Egypt"),
    ("Which continent is Kenya in?", "Africa"),
    ("What is the currency of Japan?", "yen"),
    ("What language do people speak in Mexico?", "Spanish"),
    ("Who was the first president of the United States?", "Washington"),
    ("Who developed the theory of relativity?", "Einstein"),
    ("Who discovered penicillin?", "Fleming"),
    ("Who wrote Pride and Prejudice?", "Austen"),
    ("Which metal has the chemical symbol Au?", "gold"),
    ("What is the hardest natural material?", "diamond"),
    ("Which organ pumps blood through the body?", "heart"),
    ("Which animal is called the king of the jungle?", "lion"),
    ("What is the opposite of day?", "night"),
    ("What is the opposite of cold?", "hot"),
    ("Which season comes after winter?", "spring"),
    ("Which day comes after Monday?", "Tuesday"),
    ("What colour do you get when you mix blue and yellow?", "green"),
)


def tested() -> tuple[Record, ...]:
    """The general prompts that are only tested, each with the fact its answer must hold."""
    return tuple(
        exchange(question, fact, kind=Kind.GENERAL, facts=(fact,), split=Split.HELD_OUT)
        for question, fact in _TESTED
    )


def rehearsal(answers: Sequence[str], questions: Sequence[str] = REHEARSED) -> tuple[Record, ...]:
    """Training records that repeat the base model's own answers to general prompts.

    An answer that was cut off is kept up to its last whole sentence, or left out.
    """
    return tuple(
        exchange(question, whole, kind=Kind.GENERAL, split=Split.TRAIN, source="base model")
        for question, answer in zip(questions, answers, strict=True)
        if (whole := _whole_sentences(answer))
    )


def _whole_sentences(text: str) -> str:
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s|$)", text)]
    return text[: ends[-1]].strip() if ends else ""


def prompts(questions: Sequence[str]) -> tuple[Record, ...]:
    """Records that only ask."""
    return tuple(exchange(question, "-", kind=Kind.GENERAL) for question in questions)
