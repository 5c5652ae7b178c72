"""What a model must still be able to do after training: tested, and rehearsed.

The prompts that are tested have an answer that can be checked; none of them is rehearsed.
"""

import re
from collections.abc import Sequence
from typing import Final

from chorei.adapters.records import Kind, Record, Split, exchange

# Of what the base says, in tokens: enough for a sentence or two.
_LONGEST: Final = 32
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
    ("What is the capital of Norway?", "Oslo"),
    ("What is the capital of Greece?", "Athens"),
    ("What is the capital of Ireland?", "Dublin"),
    ("What is the capital of Australia?", "Canberra"),
    ("What is the capital of Russia?", "Moscow"),
    ("In which country is the city of Munich?", "Germany"),
    ("In which country is the Statue of Liberty?", "United States"),
    ("In which country is the city of Osaka?", "Japan"),
    ("Which continent is India in?", "Asia"),
    ("Which continent is Chile in?", "South America"),
    ("What is the currency of India?", "rupee"),
    ("What language do people speak in Cuba?", "Spanish"),
    ("Which river flows through London?", "Thames"),
    ("Which planet is closest to the Sun?", "Mercury"),
    ("Who wrote Hamlet?", "Shakespeare"),
    ("Who wrote A Christmas Carol?", "Dickens"),
    ("Who painted The Last Supper?", "Leonardo"),
    ("Who discovered gravity?", "Newton"),
    ("Which metal has the chemical symbol Ag?", "silver"),
    ("What is the chemical symbol for water?", "H2O"),
    ("Which gas do plants take in from the air?", "carbon dioxide"),
    ("Which organ do we think with?", "brain"),
    ("Which sense do we use our ears for?", "hearing"),
    ("What do we call frozen water?", "ice"),
    ("What is the opposite of black?", "white"),
    ("What is the opposite of left?", "right"),
    ("What is the opposite of open?", "closed"),
    ("What is the opposite of good?", "bad"),
    ("Which day comes after Friday?", "Saturday"),
    ("Which month comes after June?", "July"),
    ("Which month comes before April?", "March"),
    ("What is the first month of the year?", "January"),
    ("How many days are there in a year?", "365"),
    ("How many seconds are in a minute?", "60"),
    ("What is the freezing point of water in degrees Celsius?", "0"),
    ("What is the plural of man?", "men"),
    ("What is the past tense of see?", "saw"),
    ("What colour is the sky on a clear day?", "blue"),
    ("What colour is blood?", "red"),
    ("What colour do you get when you mix red and yellow?", "orange"),
    ("Which animal gives us wool?", "sheep"),
    ("Which animal gives us milk?", "cow"),
    ("What is a baby cat called?", "kitten"),
    ("Which insect makes honey?", "bee"),
    ("What is wine made of?", "grapes"),
    ("What is cheese made from?", "milk"),
    ("Which instrument has black and white keys?", "piano"),
    ("What does TV stand for?", "television"),
)


def tested() -> tuple[Record, ...]:
    """The general prompts that are only tested, each with the fact its answer must hold."""
    return tuple(
        exchange(question, fact, kind=Kind.GENERAL, facts=(fact,), split=Split.HELD_OUT)
        for question, fact in _TESTED
    )


def rehearsal(answers: Sequence[str], questions: Sequence[str]) -> tuple[Record, ...]:
    """Training records that repeat the base model's own answers to general prompts.

    An answer that was cut off is kept up to its last whole sentence, or left out.
    """
    return tuple(
        exchange(question, whole, kind=Kind.GENERAL, split=Split.TRAIN, source="base model")
        for question, answer in zip(questions, answers, strict=True)
        if (whole := _whole_sentences(answer))
    )


def rehearse(base: str, questions: Sequence[str]) -> tuple[Record, ...]:
    """Ask a base model general prompts, and make training records of what it says.

    Args:
        base: The base model.
        questions: Such as :func:`~chorei.adapters.assessment.rehearsed.rehearsed` gives.

    Raises:
        ModelNameError: There is no such base model.
        MissingExtraError: The extra ``local`` is not installed.
    """
    from chorei.adapters.assessment.answering import answers
    from chorei.adapters.training.base import bfloat16_pays, device_here, identify
    from chorei.adapters.training.base import load_for_training as load

    found, device = identify(base), device_here()
    model, tokenizer = load(found, device=device, bfloat16=bfloat16_pays(device))
    said = answers(model.to(device), tokenizer, prompts(questions), max_new_tokens=_LONGEST)
    return rehearsal(said, questions)


def _whole_sentences(text: str) -> str:
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s|$)", text)]
    return text[: ends[-1]].strip() if ends else ""


def prompts(questions: Sequence[str]) -> tuple[Record, ...]:
    """Records that only ask."""
    return tuple(exchange(question, "-", kind=Kind.GENERAL) for question in questions)
